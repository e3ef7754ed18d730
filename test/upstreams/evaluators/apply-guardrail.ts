/**
 * ApplyGuardrail of Amazon Bedrock: verifies signature and shape as AWS does, and answers in its shapes.
 *
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html
 */
import { SignatureVerifier, type VerifierOptions } from '../aws/signature.ts';
import type { ServiceAnswer } from '../aws/service.ts';
import type { ReceivedRequest } from '../types.ts';
import { json, jsonOf, JudgeService } from './judge-service.ts';

/** A guardrail as it would be made in AWS. Expressions need the flag `g`. */
export interface BedrockGuardrail {
  readonly identifier: string;
  readonly version: string;
  readonly topics?: Readonly<Record<string, RegExp>>;
  readonly filters?: Readonly<Record<string, RegExp>>;
  /** Found, and only told. */
  readonly detected?: Readonly<Record<string, RegExp>>;
  /** `anonymized` by type. */
  readonly pii?: Readonly<Record<string, RegExp>>;
}

/** Characters of a call at most: 25 text units. */
const MAX_CHARACTERS = 25_000;

export class ApplyGuardrail extends JudgeService {
  readonly #verifier: SignatureVerifier;
  readonly #guardrail: BedrockGuardrail;
  /** All outputs of a call as one, in place of one for each text. */
  joinsOutputs = false;

  private constructor(options: VerifierOptions, guardrail: BedrockGuardrail) {
    super();
    this.#verifier = new SignatureVerifier(options);
    this.#guardrail = guardrail;
  }

  static start(options: VerifierOptions, guardrail: BedrockGuardrail): Promise<ApplyGuardrail> {
    return new ApplyGuardrail(options, guardrail).listen();
  }

  /** Every text that it was asked about. */
  get texts(): readonly string[] {
    return this.requests.flatMap((request) => textsOf(jsonOf(request)) ?? []);
  }

  protected judge(request: ReceivedRequest): ServiceAnswer {
    const signature = this.#verifier.verify(request);
    if (signature.kind !== 'Valid') return failure(signature.status, signature.type, signature.message);
    const { identifier, version } = this.#guardrail;
    if (request.target !== `/guardrail/${encodeURIComponent(identifier)}/version/${version}/apply`) {
      return failure(404, 'ResourceNotFoundException', 'The guardrail identifier or version does not exist');
    }
    const body = jsonOf(request);
    const texts = textsOf(body);
    if (body === undefined || texts === undefined || !['INPUT', 'OUTPUT'].includes(String(body['source']))) {
      return failure(400, 'ValidationException', 'The request does not satisfy the constraints');
    }
    if (texts.reduce((sum, text) => sum + text.length, 0) > MAX_CHARACTERS) {
      return failure(400, 'ValidationException', 'Content size exceeds the limit');
    }
    return json(this.#verdict(texts));
  }

  #verdict(texts: readonly string[]): object {
    const { topics = {}, filters = {}, detected = {}, pii = {} } = this.#guardrail;
    const has = (expression: RegExp): boolean => texts.some((text) => text.search(expression) !== -1);
    const found = (rules: Readonly<Record<string, RegExp>>): string[] =>
      Object.keys(rules).filter((name) => has(rules[name] ?? /$^/));
    const entities = Object.entries(pii).flatMap(([type, expression]) =>
      texts.flatMap((text) =>
        [...text.matchAll(expression)].map(([match]) => ({ type, match, action: 'ANONYMIZED', detected: true })),
      ),
    );
    const blocks = found(topics).length + found(filters).length > 0;
    const masked = texts.map((text) =>
      Object.entries(pii).reduce((whole, [type, expression]) => whole.replaceAll(expression, `{${type}}`), text),
    );
    const outputs = blocks ? ['Sorry, I cannot help with that.'] : this.joinsOutputs ? [masked.join(' ')] : masked;
    const intervened = blocks || entities.length > 0;
    return {
      usage: {
        topicPolicyUnits: 1,
        contentPolicyUnits: 1,
        wordPolicyUnits: 0,
        sensitiveInformationPolicyUnits: 1,
        sensitiveInformationPolicyFreeUnits: 0,
        contextualGroundingPolicyUnits: 0,
      },
      action: intervened ? 'GUARDRAIL_INTERVENED' : 'NONE',
      ...(intervened && { actionReason: blocks ? 'Guardrail blocked.' : 'Guardrail masked.' }),
      outputs: intervened ? outputs.map((text) => ({ text })) : [],
      assessments: [
        {
          ...(found(topics).length + found(detected).length > 0 && {
            topicPolicy: {
              topics: [
                ...found(topics).map((name) => ({ name, type: 'DENY', action: 'BLOCKED', detected: true })),
                ...found(detected).map((name) => ({ name, type: 'DENY', action: 'NONE', detected: true })),
              ],
            },
          }),
          ...(found(filters).length > 0 && {
            contentPolicy: {
              filters: found(filters).map((type) => ({
                type,
                confidence: 'HIGH',
                filterStrength: 'HIGH',
                action: 'BLOCKED',
                detected: true,
              })),
            },
          }),
          ...(entities.length > 0 && { sensitiveInformationPolicy: { piiEntities: entities, regexes: [] } }),
          invocationMetrics: { guardrailProcessingLatency: 12 },
        },
      ],
      guardrailCoverage: { textCharacters: { guarded: 1, total: 1 } },
    };
  }
}

/** Undefined: the body is not one of ApplyGuardrail's. */
function textsOf(body: Record<string, unknown> | undefined): readonly string[] | undefined {
  if (body === undefined || Object.keys(body).some((key) => !['source', 'content', 'outputScope'].includes(key))) {
    return undefined;
  }
  const { content } = body;
  if (!Array.isArray(content) || content.length === 0) return undefined;
  const texts = content.map((block: { text?: { text?: unknown } }) => block.text?.text);
  return texts.every((text) => typeof text === 'string' && text !== '') ? (texts as string[]) : undefined;
}

function failure(status: number, type: string, message: string): ServiceAnswer {
  return json({ message }, status, { 'x-amzn-errortype': type });
}

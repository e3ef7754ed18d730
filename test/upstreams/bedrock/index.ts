/**
 * Amazon Bedrock of one region: runtime and control plane on one host, every request's signature checked, and the APIs
 * of OpenAI and Anthropic beside its own.
 */
import { anthropic } from '../anthropic/index.ts';
import { SignatureVerifier, type KeyRing } from '../aws/index.ts';
import { openAI } from '../openai/index.ts';
import type { Answer, ReceivedRequest, Scenario, UpstreamWire } from '../types.ts';
import { read } from './control-plane.ts';
import { converse, converseStream, countInputTokens } from './converse.ts';
import { commonHeaders, errorAnswer, failure, validation } from './errors.ts';
import { invoke, invokeStream } from './invoke.ts';
import { findModel } from './models.ts';

export { applicationProfile, foundationModels, inferenceProfiles, profileARN } from './models.ts';

/** Settings of the wire. */
export interface BedrockOptions {
  /** Keys that may sign. */
  readonly keys: KeyRing;
  /** Default: `us-east-1`. */
  readonly region?: string;
  /** The signing name. Default: `bedrock`. */
  readonly service?: 'bedrock' | 'bedrock-mantle';
}

/** The wire of `type: Bedrock`. */
export function bedrock(options: BedrockOptions): UpstreamWire {
  const { keys, region = 'us-east-1', service = 'bedrock' } = options;
  const verifier = new SignatureVerifier({ keys, region, service });
  const openAIs = ['/openai/v1', '/v1'].map((prefix) => ({
    prefix,
    wire: openAI({ prefix, models: ['openai.gpt-oss-20b-1:0', 'openai.gpt-oss-120b-1:0'] }),
  }));
  const claude = anthropic({ models: [] });

  return {
    answer: (request, scenario) => {
      const verdict = verifier.verify(request);
      if (verdict.kind === 'Refused') return failure(verdict.status, verdict.type, verdict.message);
      const { target } = request;
      if (target.startsWith('/anthropic/')) {
        return claude.answer({ ...request, target: target.slice('/anthropic'.length) }, scenario);
      }
      const foreign = openAIs.find(({ prefix }) => target.startsWith(`${prefix}/`));
      return foreign?.wire.answer(request, scenario) ?? answerOwn(request, scenario, region);
    },
    presentedKey: (request) => /Credential=([^/]+)\//.exec(request.header('authorization') ?? '')?.[1],
    unauthorized: () =>
      failure(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
    error: errorAnswer,
  };
}

function answerOwn(request: ReceivedRequest, scenario: Scenario, region: string): Answer {
  const [path = ''] = request.target.split('?');
  if (request.method === 'GET') return read(request, region) ?? unknownOperation();
  if (request.method !== 'POST') return unknownOperation();
  if (/^\/guardrail\/[^/]+\/version\/[^/]+\/apply$/.test(path)) return guardrail();
  const [, encoded = '', action = ''] = /^\/model\/([^/]+)\/([a-z-]+)$/.exec(path) ?? [];
  if (encoded === '') return unknownOperation();
  const model = findModel(decodeURIComponent(encoded));
  if (model === undefined) return validation('The provided model identifier is invalid.');
  if (!model.onDemand) {
    return validation(
      `Invocation of model ID ${model.id} with on-demand throughput isn’t supported. Retry your request with the ID ` +
        'or ARN of an inference profile that contains this model.',
    );
  }
  const call = parse(request);
  if (call === undefined) return failure(400, 'SerializationException', 'Unable to parse the body as JSON.');
  switch (action) {
    case 'invoke':
      return invoke(model, request, call, scenario);
    case 'invoke-with-response-stream':
      return invokeStream(model, request, call, scenario);
    case 'converse':
      return converse(model, request, call, scenario);
    case 'converse-stream':
      return converseStream(model, request, call, scenario);
    case 'count-tokens':
      return countInputTokens(request, call);
    default:
      return unknownOperation();
  }
}

function parse(request: ReceivedRequest): object | undefined {
  try {
    const value: unknown = JSON.parse(request.body.toString());
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function guardrail(): Answer {
  const body = { action: 'NONE', outputs: [], assessments: [], usage: { contentPolicyUnits: 1, topicPolicyUnits: 0 } };
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...commonHeaders() },
    frames: [Buffer.from(JSON.stringify(body))],
  };
}

function unknownOperation(): Answer {
  return failure(404, 'UnknownOperationException', 'No operation is known at this path.');
}

/** A judge of one's own, written by docs/guardrail-webhook.openapi.yaml alone. */
import type { ServiceAnswer } from '../aws/service.ts';
import type { ReceivedRequest } from '../types.ts';
import { json, jsonOf, JudgeService } from './judge-service.ts';

export interface WebhookOptions {
  /** Certificate and key, in PEM; absent: plain HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Which `Authorization: Bearer` it takes; absent: anybody may ask. */
  readonly secret?: string;
  /** Words that it blocks, by rule. */
  readonly blocks?: Readonly<Record<string, string>>;
  /** Words that it replaces by `{NAME}`. */
  readonly names?: readonly string[];
}

/** What it was asked. */
export interface WebhookQuestion {
  readonly version: string;
  readonly guardrail: string;
  readonly direction: 'Input' | 'Output';
  readonly policies: { readonly filters: readonly unknown[]; readonly deniedTopics: readonly unknown[] };
  readonly texts: readonly { readonly id: string; readonly scope: string; readonly text: string }[];
}

export class GuardrailWebhook extends JudgeService {
  readonly #options: WebhookOptions;

  private constructor(options: WebhookOptions) {
    super(options.tls);
    this.#options = options;
  }

  static start(options: WebhookOptions = {}): Promise<GuardrailWebhook> {
    return new GuardrailWebhook(options).listen();
  }

  get questions(): readonly WebhookQuestion[] {
    return this.requests.map((request) => jsonOf(request) as unknown as WebhookQuestion);
  }

  protected judge(request: ReceivedRequest): ServiceAnswer {
    const { secret, blocks = {}, names = [] } = this.#options;
    if (secret !== undefined && request.header('authorization') !== `Bearer ${secret}`) return json({}, 401);
    const question = jsonOf(request) as WebhookQuestion | undefined;
    if (question?.version !== 'v1' || question.texts.length === 0) return json({}, 400);
    const hits = Object.entries(blocks).filter(([, word]) => question.texts.some(({ text }) => text.includes(word)));
    if (hits.length > 0) {
      const findings = hits.map(([rule]) => ({ rule, action: 'Block' }));
      return json({ version: 'v1', action: 'Block', findings });
    }
    const edits = question.texts.flatMap(({ id, text }) => {
      const points = Array.from(text);
      return names.flatMap((name) => places(points, Array.from(name)).map((place) => ({ id, ...place })));
    });
    if (edits.length === 0) return json({ version: 'v1', action: 'Allow' });
    const findings = [{ rule: 'pii/name', action: 'Mask', count: edits.length }];
    return json({ version: 'v1', action: 'Mask', findings, edits });
  }
}

function places(
  text: readonly string[],
  word: readonly string[],
): { start: number; end: number; replacement: string }[] {
  return text.flatMap((_point, start) =>
    word.every((point, i) => text[start + i] === point)
      ? [{ start, end: start + word.length, replacement: '{NAME}' }]
      : [],
  );
}

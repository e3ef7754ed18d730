/** OpenAI's moderation endpoint. https://platform.openai.com/docs/api-reference/moderations/create */
import type { ServiceAnswer } from '../aws/service.ts';
import type { ReceivedRequest } from '../types.ts';
import { json, jsonOf, JudgeService } from './judge-service.ts';

const CATEGORIES = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
];

export interface ModerationOptions {
  readonly key: string;
  /** Scores of texts that have a word, by word and category. */
  readonly scores: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** It flags what has a score of 0.7 and more. */
export class Moderation extends JudgeService {
  readonly #options: ModerationOptions;

  private constructor(options: ModerationOptions) {
    super();
    this.#options = options;
  }

  static start(options: ModerationOptions): Promise<Moderation> {
    return new Moderation(options).listen();
  }

  protected judge(request: ReceivedRequest): ServiceAnswer {
    const { key } = this.#options;
    if (request.header('authorization') !== `Bearer ${key}`) return failure(401, 'Incorrect API key provided');
    if (request.method !== 'POST' || request.target !== '/v1/moderations') return failure(404, 'Unknown request URL');
    const { model, input } = jsonOf(request) ?? {};
    if (typeof model !== 'string' || !Array.isArray(input) || !input.every((text) => typeof text === 'string')) {
      return failure(400, "Invalid type for 'input'");
    }
    return json({ id: 'modr-1', model, results: input.map((text) => this.#result(text)) });
  }

  #result(text: string): object {
    const found = Object.entries(this.#options.scores).filter(([word]) => text.includes(word));
    const scores = Object.assign(
      Object.fromEntries(CATEGORIES.map((category) => [category, 0.0001])),
      ...found.map(([, each]) => each),
    ) as Record<string, number>;
    const categories = Object.fromEntries(CATEGORIES.map((category) => [category, (scores[category] ?? 0) >= 0.7]));
    return {
      flagged: Object.values(categories).includes(true),
      categories,
      category_scores: scores,
      category_applied_input_types: Object.fromEntries(CATEGORIES.map((category) => [category, ['text']])),
    };
  }
}

function failure(status: number, message: string): ServiceAnswer {
  return json({ error: { message, type: 'invalid_request_error', param: null, code: null } }, status);
}

/** Families of models of InvokeModel that have no SDK of their own: what they are asked, and where they say what. */

/** Names of members and indexes. */
type Path = readonly (string | number)[];

export interface Family {
  readonly name: string;
  readonly model: string;
  /** What the family says when a Guardrail has blocked the answer. */
  readonly blockedStop: string;
  readonly request: (prompt: string) => object;
  /** Where a text is, in a whole answer or in a chunk. */
  readonly texts: readonly Path[];
  /** Where it says why the model stopped. */
  readonly stops: readonly Path[];
}

const asPrompt = (prompt: string): object => ({ prompt });

export const families: readonly Family[] = [
  {
    name: 'Nova',
    model: 'amazon.nova-lite-v1:0',
    blockedStop: 'guardrail_intervened',
    request: (prompt) => ({ messages: [{ role: 'user', content: [{ text: prompt }] }] }),
    texts: [
      ['output', 'message', 'content', 0, 'text'],
      ['contentBlockDelta', 'delta', 'text'],
    ],
    stops: [['stopReason'], ['messageStop', 'stopReason']],
  },
  {
    name: 'Llama',
    model: 'meta.llama3-1-8b-instruct-v1:0',
    blockedStop: 'content_filter',
    request: asPrompt,
    texts: [['generation']],
    stops: [['stop_reason']],
  },
  {
    name: 'Titan',
    model: 'amazon.titan-text-express-v1',
    blockedStop: 'CONTENT_FILTERED',
    request: (inputText) => ({ inputText }),
    texts: [['results', 0, 'outputText'], ['outputText']],
    stops: [['results', 0, 'completionReason'], ['completionReason']],
  },
  {
    name: 'Mistral',
    model: 'mistral.mistral-7b-instruct-v0:2',
    blockedStop: 'content_filter',
    request: asPrompt,
    texts: [['outputs', 0, 'text']],
    stops: [['outputs', 0, 'stop_reason']],
  },
  {
    name: 'gpt-oss',
    model: 'openai.gpt-oss-20b-1:0',
    blockedStop: 'content_filter',
    request: (prompt) => ({ messages: [{ role: 'user', content: prompt }] }),
    texts: [
      ['choices', 0, 'message', 'content'],
      ['choices', 0, 'delta', 'content'],
    ],
    stops: [['choices', 0, 'finish_reason']],
  },
];

/** The first string at one of the paths. */
export function stringAt(document: unknown, paths: readonly Path[]): string | undefined {
  for (const path of paths) {
    const value = path.reduce<unknown>((place, key) => (Object(place) as Record<string, unknown>)[key], document);
    if (typeof value === 'string') return value;
  }
  return undefined;
}

import { decodeJSON, decodeJSONString, type JSONKind, type JSONVisitor, onlyNames } from '../shared/json-visitor.ts';
import type { Figures } from './usage.ts';

/** Bytes of an object with figures that are held; real ones have a few hundred. */
const MAX_USAGE_BYTES = 64 * 1024;
const MAX_TEXT_BYTES = 1024;
const MAX_NUMBER_BYTES = 64;

const METRICS = 'amazon-bedrock-invocationMetrics';

/** Members that hold another document's: Anthropic's `message_start`, and the last event of a Nova stream. */
const HOLDERS: ReadonlySet<string> = new Set(['message', 'metadata']);

/** Counts at the top level: Llama's, and Titan's for text and embeddings. */
const COUNTS: ReadonlyMap<string, 'input' | 'output'> = new Map([
  ['prompt_token_count', 'input'],
  ['generation_token_count', 'output'],
  ['inputTextTokenCount', 'input'],
  ['totalOutputTextTokenCount', 'output'],
]);

export const SCAN = {
  reportDepth: 3,
  maxDepth: 1024,
  validateUTF8: false,
  nameLengths: onlyNames(
    'usage',
    'model',
    'meta',
    'billed_units',
    'results',
    'tokenCount',
    'serviceTier',
    'service_tier',
    METRICS,
    ...HOLDERS,
    ...COUNTS.keys(),
  ),
} as const;

type Want = 'Usage' | 'Metrics' | 'Model' | 'Count' | 'ResultCount' | 'Tier' | undefined;

const CAPTURED_BYTES: Readonly<Record<NonNullable<Want>, number>> = {
  Usage: MAX_USAGE_BYTES,
  Metrics: MAX_USAGE_BYTES,
  Model: MAX_TEXT_BYTES,
  Tier: MAX_TEXT_BYTES,
  Count: MAX_NUMBER_BYTES,
  ResultCount: MAX_NUMBER_BYTES,
};

/** Takes figures, model and service tier out of one JSON document: a whole answer, or the event of a stream. */
export class AnswerMembers implements JSONVisitor {
  readonly #figures: Figures;
  readonly #isWholeAnswer: boolean;
  /** Names of the members at hand, by depth. */
  #outer: string | undefined;
  #inner: string | undefined;
  #innermost: string | undefined;
  #nameDepth = 0;
  /** Titan answers with a list of results, each with its own count. */
  #results = 0;

  constructor(figures: Figures, isWholeAnswer: boolean) {
    this.#figures = figures;
    this.#isWholeAnswer = isWholeAnswer;
  }

  key(depth: number, name: string | undefined): void {
    if (depth === 1) this.#outer = name;
    else if (depth === 2) this.#inner = name;
    else this.#innermost = name;
    this.#nameDepth = depth;
  }

  begin(depth: number, kind: JSONKind): number {
    const want = kind === 'null' ? undefined : this.#wanted(depth);
    return want === undefined ? 0 : CAPTURED_BYTES[want];
  }

  end(depth: number, kind: JSONKind, _start: number, _end: number, raw: Buffer | undefined): void {
    if (depth === 0) {
      if (this.#isWholeAnswer) this.#figures.isFinal = true;
      return;
    }
    const want = kind === 'null' ? undefined : this.#wanted(depth);
    if (want !== undefined) this.#take(want, kind, raw);
  }

  /** What the value at `depth` is, if it is that of the member heard last. */
  #wanted(depth: number): Want {
    const outer = this.#outer;
    if (depth !== this.#nameDepth || outer === undefined) return undefined;
    if (depth === 1) return wantedAtTop(outer);
    if (depth === 3) return outer === 'results' && this.#innermost === 'tokenCount' ? 'ResultCount' : undefined;
    if (outer === 'meta') return this.#inner === 'billed_units' ? 'Usage' : undefined;
    if (!HOLDERS.has(outer)) return undefined;
    if (this.#inner === 'usage') return 'Usage';
    return this.#inner === 'model' ? 'Model' : undefined;
  }

  #take(want: NonNullable<Want>, kind: JSONKind, raw: Buffer | undefined): void {
    const figures = this.#figures;
    if (raw === undefined) {
      if (want === 'Usage' || want === 'Metrics') figures.tooLarge = true;
      else if (want === 'Count' || want === 'ResultCount') figures.malformed = true;
      return;
    }
    switch (want) {
      case 'Usage':
        // What Anthropic's first event says of the output is only its beginning.
        figures.usage(decodeJSON(raw), !(this.#nameDepth === 2 && this.#outer === 'message'));
        break;
      case 'Metrics':
        figures.metrics(decodeJSON(raw));
        break;
      case 'Tier':
        figures.serviceTierIs(decodeJSON(raw));
        break;
      case 'Model':
        if (kind === 'string') figures.model = decodeJSONString(raw) || figures.model;
        break;
      case 'Count':
        figures.count(COUNTS.get(this.#outer ?? '') ?? 'output', kind === 'number' ? Number(raw.toString()) : raw);
        break;
      default:
        this.#results += kind === 'number' ? Number(raw.toString()) : Number.NaN;
        figures.count('output', this.#results);
    }
  }
}

function wantedAtTop(name: string): Want {
  if (name === 'usage') return 'Usage';
  if (name === METRICS) return 'Metrics';
  if (name === 'model') return 'Model';
  if (name === 'serviceTier' || name === 'service_tier') return 'Tier';
  return COUNTS.has(name) ? 'Count' : undefined;
}

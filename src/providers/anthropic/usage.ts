/**
 * Token classes of Anthropic's `usage` objects: of messages, of the events of their streams, and of Claude on Bedrock.
 * Source: the Messages API reference and the types of its SDK.
 */
import type { TokenCounts, UsagePart } from '../../usage/record.ts';

/** More tokens than any call can have; a figure above it is a fault of the upstream. */
const MAX_TOKENS = 10_000_000_000;

const MAX_MODEL_LENGTH = 1024;

/** More iterations than any call has. */
const MAX_ITERATIONS = 10_000;

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Iterations whose tokens are billed and are no part of the top level's: the summary of a compaction, and what an
 * advisor model answered. Those of the message itself (`message`, `fallback_message`) are in the top level.
 */
const APART: ReadonlySet<unknown> = new Set(['compaction', 'advisor_message']);

/** The figures by their names in the API; each the last that was there and not null. */
interface Figures {
  input?: number;
  cacheWrite?: number;
  cacheWrite5m?: number;
  cacheWrite1h?: number;
  cacheRead?: number;
  output?: number;
  thinking?: number;
}

/** An iteration whose tokens are no part of the top level's. */
interface Iteration {
  readonly figures: Figures;
  /** Undefined: that of the message. */
  readonly model: string | undefined;
}

const FIGURES: readonly (readonly [figure: keyof Figures, member: string, holder?: string])[] = [
  ['input', 'input_tokens'],
  ['cacheWrite', 'cache_creation_input_tokens'],
  ['cacheWrite5m', 'ephemeral_5m_input_tokens', 'cache_creation'],
  ['cacheWrite1h', 'ephemeral_1h_input_tokens', 'cache_creation'],
  ['cacheRead', 'cache_read_input_tokens'],
  ['output', 'output_tokens'],
  ['thinking', 'thinking_tokens', 'output_tokens_details'],
];

/** The usage objects of one answer, in the order in which they came. Figures are overwritten, never added up. */
export class AnthropicUsage {
  readonly #figures: Figures = {};
  #saysTokens = false;
  #apart: readonly Iteration[] = [];
  #serviceTier: string | undefined;
  #speed: string | undefined;

  /** `Malformed`: something in it is no count; nothing of it is taken over. `None`: it says nothing about tokens. */
  read(usage: unknown): 'Read' | 'None' | 'Malformed' {
    const figures = readFigures(usage);
    if (figures === undefined || !isMembers(usage)) return 'Malformed';
    const apart = readIterations(usage['iterations']);
    if (apart === 'Malformed') return 'Malformed';
    const saysTokens = take(this.#figures, figures);
    this.#saysTokens ||= saysTokens;
    if (apart !== undefined) this.#apart = apart;
    this.#serviceTier = word(usage['service_tier']) ?? this.#serviceTier;
    this.#speed = word(usage['speed']) ?? this.#speed;
    return saysTokens ? 'Read' : 'None';
  }

  /** Disjoint; undefined while no usage has said anything about tokens. */
  get tokens(): TokenCounts | undefined {
    if (!this.#saysTokens) return undefined;
    if (this.#apart.length === 0) return classesOf(this.#figures);
    return this.#apart.map(({ figures }) => classesOf(figures)).reduce(sum, classesOf(this.#figures));
  }

  /** Undefined when all tokens are of one call. */
  get parts(): readonly UsagePart[] | undefined {
    if (this.#apart.length === 0) return undefined;
    const own: UsagePart = { tokens: classesOf(this.#figures) };
    return [
      own,
      ...this.#apart.map(({ figures, model }) => ({
        tokens: classesOf(figures),
        ...(model !== undefined && { model }),
      })),
    ];
  }

  /** `fast` for an answer at that speed, which has prices of its own; else the `service_tier`. */
  get serviceTier(): string | undefined {
    return this.#speed === 'fast' ? this.#speed : this.#serviceTier;
  }
}

/** Overwrites what `later` has. Returns whether it has anything. */
function take(figures: Figures, later: Figures): boolean {
  let some = false;
  for (const [figure] of FIGURES) {
    const value = later[figure];
    if (value === undefined) continue;
    figures[figure] = value;
    some = true;
  }
  return some;
}

/** Undefined: something is no count. */
function readFigures(usage: unknown): Figures | undefined {
  if (!isMembers(usage)) return undefined;
  const figures: Figures = {};
  for (const [figure, member, holder] of FIGURES) {
    const object = holder === undefined ? usage : (usage[holder] ?? {});
    const value = isMembers(object) ? (object[member] ?? undefined) : null;
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MAX_TOKENS) return undefined;
    figures[figure] = value;
  }
  return figures;
}

function readIterations(iterations: unknown): readonly Iteration[] | 'Malformed' | undefined {
  if (iterations === undefined || iterations === null) return undefined;
  if (!Array.isArray(iterations) || iterations.length > MAX_ITERATIONS) return 'Malformed';
  const apart: Iteration[] = [];
  for (const iteration of iterations) {
    if (!isMembers(iteration) || !APART.has(iteration['type'])) continue;
    const figures = readFigures(iteration);
    if (figures === undefined) return 'Malformed';
    const model = iteration['model'];
    apart.push({ figures, model: typeof model === 'string' ? model.slice(0, MAX_MODEL_LENGTH) : undefined });
  }
  return apart;
}

function classesOf(figures: Figures): TokenCounts {
  const { input, cacheRead, output, thinking } = figures;
  const tokens: TokenCounts = {};
  if (input !== undefined) tokens.input = input;
  if (cacheRead !== undefined) tokens.cached_input = cacheRead;
  Object.assign(tokens, cacheWrites(figures));
  if (output !== undefined) {
    // The output is the bill's figure; a part is never more than its whole.
    const reasoning = Math.min(thinking ?? 0, output);
    tokens.output = output - reasoning;
    if (thinking !== undefined) tokens.reasoning = reasoning;
  }
  return tokens;
}

/**
 * The tokens written to the cache. The total is the bill's figure and is renewed by the end of a stream; the split by time
 * to live stands at its beginning only. What the total has beyond the split is of an unknown time to live; when it has
 * less, the split is scaled down to it.
 */
function cacheWrites({ cacheWrite, cacheWrite5m, cacheWrite1h }: Figures): TokenCounts {
  if (cacheWrite5m === undefined && cacheWrite1h === undefined) {
    return cacheWrite === undefined ? {} : { cache_write: cacheWrite };
  }
  const [short, long] = [cacheWrite5m ?? 0, cacheWrite1h ?? 0];
  const split = short + long;
  const total = cacheWrite ?? split;
  if (total === split) return { cache_write_5m: short, cache_write_1h: long };
  if (total > split) return { cache_write_5m: short, cache_write_1h: long, cache_write: total - split };
  const scaled = Math.round((total * long) / split);
  return { cache_write_5m: total - scaled, cache_write_1h: scaled };
}

function sum(one: TokenCounts, other: TokenCounts): TokenCounts {
  const total: TokenCounts = { ...one };
  for (const [name, count] of Object.entries(other) as [keyof TokenCounts, number][]) {
    total[name] = (total[name] ?? 0) + count;
  }
  return total;
}

/** A word of the API as a label may hold it. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,32}$/.test(value) ? value.toLowerCase() : undefined;
}

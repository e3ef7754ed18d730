/**
 * Token classes of Gemini's usage figures. Source: `GenerateContentResponse.UsageMetadata` and `Interaction.usage` in
 * the REST reference and in the SDK's types.
 */
import type { AudioTokens, TokenCounts } from '../../usage/record.ts';
import { disjoint } from '../../usage/token-usage.ts';

/** A figure that later ones replace. `…Audio`: how much of a count is audio. */
export type Figure =
  /** With the cached tokens, without those of tool results. */
  | 'prompt'
  | 'cached'
  /** Without thoughts, which are billed as output. */
  | 'candidates'
  | 'thoughts'
  /** Results of tools that were given back to the model. */
  | 'toolUse'
  | 'total'
  | 'promptAudio'
  | 'cachedAudio'
  | 'candidatesAudio'
  | 'toolUseAudio';

/** What one `usageMetadata` says. */
export interface Figures {
  readonly counts: ReadonlyMap<Figure, number>;
  readonly serviceTier: string | undefined;
}

/** Counts by the names of members, of both APIs. */
export const COUNTS: ReadonlyMap<string, Figure> = new Map([
  ['promptTokenCount', 'prompt'],
  ['cachedContentTokenCount', 'cached'],
  ['candidatesTokenCount', 'candidates'],
  ['responseTokenCount', 'candidates'],
  ['thoughtsTokenCount', 'thoughts'],
  ['toolUsePromptTokenCount', 'toolUse'],
  ['totalTokenCount', 'total'],
  ['total_input_tokens', 'prompt'],
  ['total_cached_tokens', 'cached'],
  ['total_output_tokens', 'candidates'],
  ['total_thought_tokens', 'thoughts'],
  ['total_tool_use_tokens', 'toolUse'],
  ['total_tokens', 'total'],
]);

/** Lists of counts by modality. */
export const DETAILS: ReadonlyMap<string, Figure> = new Map([
  ['promptTokensDetails', 'promptAudio'],
  ['cacheTokensDetails', 'cachedAudio'],
  ['candidatesTokensDetails', 'candidatesAudio'],
  ['responseTokensDetails', 'candidatesAudio'],
  ['toolUsePromptTokensDetails', 'toolUseAudio'],
  ['input_tokens_by_modality', 'promptAudio'],
  ['cached_tokens_by_modality', 'cachedAudio'],
  ['output_tokens_by_modality', 'candidatesAudio'],
  ['tool_use_tokens_by_modality', 'toolUseAudio'],
]);

/** Names under which an answer tells how it was served. */
export const TIERS: ReadonlySet<string> = new Set(['trafficType', 'serviceTier', 'service_tier']);

/** More tokens than any call can have; a figure above it is a fault of the upstream. */
const MAX_TOKENS = 10_000_000_000;

/** The count in the raw bytes of a JSON number; undefined when it is none. */
export function countFrom(raw: Buffer | undefined): number | undefined {
  if (raw === undefined || raw.length === 0) return undefined;
  let count = 0;
  for (const byte of raw) {
    if (byte < 0x30 || byte > 0x39) return undefined;
    count = count * 10 + (byte - 0x30);
    if (count > MAX_TOKENS) return undefined;
  }
  return count;
}

/**
 * The figures of one answer. Each chunk of a stream tells the sums so far, some chunks without some of them: a figure
 * stands until a later one of its kind comes, and nothing is added up.
 */
export class GoogleUsage {
  readonly #figures = new Map<Figure, number>();
  serviceTier: string | undefined;

  take({ counts, serviceTier }: Figures): void {
    for (const [figure, count] of counts) this.#figures.set(figure, count);
    this.serviceTier = serviceTier ?? this.serviceTier;
  }

  /** Undefined when nothing was said of tokens. `cacheWrite`: a total that stands alone was written to a cache. */
  tokens(cacheWrite: boolean): TokenCounts | undefined {
    const [prompt, cached] = [this.#figures.get('prompt'), this.#figures.get('cached')];
    const [thoughts, toolUse] = [this.#figures.get('thoughts'), this.#figures.get('toolUse')];
    const total = this.#figures.get('total');
    const candidates = this.#figures.get('candidates') ?? this.#restOf(total, prompt);
    if ((prompt ?? candidates ?? thoughts ?? toolUse) === undefined) {
      if (total === undefined) return undefined;
      return cacheWrite ? { cache_write: total } : { input: total };
    }
    return disjoint({
      prompt: sum(prompt, toolUse),
      cached,
      cacheWrite: undefined,
      completion: sum(candidates, thoughts),
      reasoning: thoughts,
    });
  }

  /** How many of `tokens` are audio; undefined when none are. */
  audio(tokens: TokenCounts): AudioTokens | undefined {
    const of = (figure: Figure): number => this.#figures.get(figure) ?? 0;
    const cachedInput = Math.min(of('cachedAudio'), tokens.cached_input ?? 0);
    const input = Math.min(Math.max(0, of('promptAudio') - cachedInput) + of('toolUseAudio'), tokens.input ?? 0);
    const output = Math.min(of('candidatesAudio'), tokens.output ?? 0);
    if (input + cachedInput + output === 0) return undefined;
    return { ...(input > 0 && { input }), ...(cachedInput > 0 && { cachedInput }), ...(output > 0 && { output }) };
  }

  /** Answers that hold nothing but thoughts leave the candidates out; so do chunks that come before the first word. */
  #restOf(total: number | undefined, prompt: number | undefined): number | undefined {
    if (total === undefined || prompt === undefined) return undefined;
    const rest = total - prompt - (this.#figures.get('thoughts') ?? 0) - (this.#figures.get('toolUse') ?? 0);
    return rest > 0 ? rest : undefined;
  }
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

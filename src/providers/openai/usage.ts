import type { AudioTokens, TokenCounts } from '../../usage/record.ts';
import { disjoint } from '../../usage/token-usage.ts';

/** What a `usage` object says: counts, nothing about tokens, or something that is no count. */
export type UsageReading =
  | { readonly kind: 'Tokens'; readonly tokens: TokenCounts; readonly audio?: AudioTokens }
  | { readonly kind: 'None' }
  | { readonly kind: 'Malformed' };

/** More tokens than any call can have; a figure above it is a fault of the upstream. */
const MAX_TOKENS = 10_000_000_000;

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads counts by name and remembers whether one was no count. */
class Counts {
  malformed = false;

  /** The member `name`, or, when that is absent or null, the one of `otherName`. */
  read(object: unknown, name: string, otherName?: string): number | undefined {
    if (object === undefined || object === null) return undefined;
    if (!isMembers(object)) {
      this.malformed = true;
      return undefined;
    }
    const value = object[name] ?? (otherName === undefined ? undefined : object[otherName]);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS) return value;
    this.malformed = true;
    return undefined;
  }
}

/**
 * The token classes of an OpenAI `usage` object in any of its spellings: `prompt_tokens`/`completion_tokens` (chat,
 * completions, embeddings) and `input_tokens`/`output_tokens` (responses, images, audio, realtime). Prompt tokens include
 * cached ones, completion tokens include reasoning; servers that keep reasoning apart are known by their total.
 * `restIsReasoning`: what a total holds beyond prompt and completion is reasoning that is not told by itself (Google).
 */
export function readUsage(usage: unknown, restIsReasoning = false): UsageReading {
  if (!isMembers(usage)) return { kind: 'Malformed' };
  const counts = new Counts();
  const promptDetails = usage['prompt_tokens_details'] ?? usage['input_tokens_details'] ?? usage['input_token_details'];
  const completionDetails =
    usage['completion_tokens_details'] ?? usage['output_tokens_details'] ?? usage['output_token_details'];
  const total = counts.read(usage, 'total_tokens');
  const completion = counts.read(usage, 'completion_tokens', 'output_tokens');
  // Some embedding servers give the total alone, which there is the prompt.
  const prompt = counts.read(usage, 'prompt_tokens', 'input_tokens') ?? (completion === undefined ? total : undefined);
  // Perplexity's deep research bills what it has read and thought besides, which no other figure includes.
  const citations = counts.read(usage, 'citation_tokens');
  const thoughts = citations === undefined ? undefined : counts.read(usage, 'reasoning_tokens');
  const told = counts.read(completionDetails, 'reasoning_tokens') ?? thoughts;
  const rest = restIsReasoning && told === undefined ? (total ?? 0) - (prompt ?? 0) - (completion ?? 0) : 0;
  const reasoning = rest > 0 ? rest : told;
  // Of DeepSeek, of Moonshot and Together.
  const cached =
    counts.read(promptDetails, 'cached_tokens') ?? counts.read(usage, 'prompt_cache_hit_tokens', 'cached_tokens');
  const cacheWrite = counts.read(promptDetails, 'cache_write_tokens');
  const audioIn = counts.read(promptDetails, 'audio_tokens') ?? 0;
  const cachedDetails = isMembers(promptDetails) ? promptDetails['cached_tokens_details'] : undefined;
  const audioCached = counts.read(cachedDetails, 'audio_tokens') ?? 0;
  const audioOut = counts.read(completionDetails, 'audio_tokens') ?? 0;
  if (counts.malformed) return { kind: 'Malformed' };
  if (prompt === undefined && completion === undefined) return { kind: 'None' };
  const inTotal = reasoning !== undefined && total === (prompt ?? 0) + (completion ?? 0) + reasoning;
  const apart = reasoning !== undefined && reasoning > 0 && (inTotal || reasoning === thoughts);
  const tokens = disjoint({
    prompt: citations === undefined ? prompt : (prompt ?? 0) + citations,
    cached,
    cacheWrite,
    completion: apart ? (completion ?? 0) + reasoning : completion,
    reasoning,
  });
  const audio = audioOf(tokens, audioIn, audioCached, audioOut);
  return { kind: 'Tokens', tokens, ...(audio !== undefined && { audio }) };
}

/**
 * The audio among `tokens`; undefined when there is none. `heard` includes `cached`. No part is larger than its class: a
 * server that does not say how much of the cached prompt is audio is taken to have cached as little of it as can be.
 */
function audioOf(tokens: TokenCounts, heard: number, cached: number, spoken: number): AudioTokens | undefined {
  if (heard === 0 && spoken === 0) return undefined;
  const input = Math.min(Math.max(0, heard - cached), tokens.input ?? 0);
  return {
    input,
    cachedInput: Math.min(heard - input, tokens.cached_input ?? 0),
    output: Math.min(spoken, tokens.output ?? 0),
  };
}

/** Token figures: the same request always costs the same, and every class occurs. */
import type { BookedUsage, Scenario } from '../types.ts';

/** Tokens of a request whose body has `bodyBytes` bytes and whose answer has `words` words. */
export function countTokens(
  model: string,
  bodyBytes: number,
  words: number,
  thinking: boolean,
  scenario: Scenario,
): BookedUsage {
  const input = Math.max(16, Math.ceil(bodyBytes / 4));
  const reasoning = thinking ? 16 : 0;
  return {
    model,
    input,
    cached: Math.floor(input / 3),
    cacheWrite5m: Math.floor(input / 8),
    cacheWrite1h: Math.floor(input / 16),
    output: words + reasoning,
    reasoning,
    ...scenario.usage,
  };
}

/** The figure that a stream begins with: all of the input, of the output no more than its first token. */
export function atBeginning(usage: BookedUsage): BookedUsage {
  return { ...usage, output: 1, reasoning: 0 };
}

const written = ({ cacheWrite5m = 0, cacheWrite1h = 0, cacheWrite = 0 }: BookedUsage): number =>
  cacheWrite5m + cacheWrite1h + cacheWrite;

/** Counts as they stand in both places: input leaves out what the cache gave or took. */
function counts(usage: BookedUsage): object {
  return {
    input_tokens: usage.input - usage.cached - written(usage),
    cache_creation_input_tokens: written(usage),
    cache_read_input_tokens: usage.cached,
    output_tokens: usage.output,
  };
}

const thinkingOf = ({ reasoning }: BookedUsage): object =>
  reasoning === 0 ? {} : { output_tokens_details: { thinking_tokens: reasoning } };

/** `usage` of a message, and of `message_start`. */
export function messageUsage(usage: BookedUsage): object {
  return {
    ...counts(usage),
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5m ?? 0,
      ephemeral_1h_input_tokens: usage.cacheWrite1h ?? 0,
    },
    ...thinkingOf(usage),
    service_tier: 'standard',
    inference_geo: 'global',
  };
}

/** `usage` of `message_delta`: cumulative, without the split by time to live. */
export function deltaUsage(usage: BookedUsage): object {
  return { ...counts(usage), ...thinkingOf(usage) };
}

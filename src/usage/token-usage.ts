import type { TokenCounts } from './record.ts';

/** A provider's figures before they are made disjoint. A figure that it did not give is undefined. */
export interface InclusiveUsage {
  /** Prompt tokens, with those read from and written to a cache. */
  readonly prompt: number | undefined;
  readonly cached: number | undefined;
  readonly cacheWrite: number | undefined;
  /** Generated tokens, with those of the reasoning. */
  readonly completion: number | undefined;
  readonly reasoning: number | undefined;
}

/**
 * Splits inclusive figures into disjoint classes. A part that is larger than its whole is cut to it: the classes sum to
 * the provider's own total, whatever the parts say, and none is negative.
 */
export function disjoint(usage: InclusiveUsage): TokenCounts {
  const tokens: TokenCounts = {};
  if (usage.prompt !== undefined) {
    const cached = Math.min(usage.cached ?? 0, usage.prompt);
    const written = Math.min(usage.cacheWrite ?? 0, usage.prompt - cached);
    tokens.input = usage.prompt - cached - written;
    if (usage.cached !== undefined) tokens.cached_input = cached;
    if (usage.cacheWrite !== undefined) tokens.cache_write = written;
  }
  if (usage.completion !== undefined) {
    const reasoning = Math.min(usage.reasoning ?? 0, usage.completion);
    tokens.output = usage.completion - reasoning;
    if (usage.reasoning !== undefined) tokens.reasoning = reasoning;
  }
  return tokens;
}

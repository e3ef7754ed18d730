/** The usage record: what one forwarded request consumed. Exactly one per forwarded request. */

/**
 * Disjoint token classes: no token is counted in two of them, and they sum to the total.
 *
 * - `input`: prompt tokens that were not served from or written to a cache
 * - `cached_input`: prompt tokens read from a cache
 * - `cache_write_5m`, `cache_write_1h`: prompt tokens written to a cache with that time to live
 * - `cache_write`: prompt tokens written to a cache whose time to live is unknown
 * - `output`: generated tokens without reasoning
 * - `reasoning`: generated tokens of the model's reasoning
 */
export const TOKEN_CLASSES = [
  'input',
  'cached_input',
  'cache_write_5m',
  'cache_write_1h',
  'cache_write',
  'output',
  'reasoning',
] as const;

export type TokenClass = (typeof TOKEN_CLASSES)[number];

/** Non-negative integers by class. A class that the provider did not report is absent. */
export type TokenCounts = Partial<Record<TokenClass, number>>;

/**
 * Why a forwarded request has no usage figure.
 *
 * - `not_reported`: the whole answer was seen and holds none (also when the client did not ask for it)
 * - `client_disconnected`: the client hung up before the figure came
 * - `blocked`: a guardrail ended the answer before the figure came
 * - `upstream_failed`: the upstream failed or was cut before the figure came
 * - `undecodable`: the content encoding is unknown or broken
 * - `unparsable`: the body is not of the shape that the operation answers with
 * - `too_large`: the figure lay beyond what the meter may hold
 */
export const USAGE_MISSING_REASONS = [
  'not_reported',
  'client_disconnected',
  'blocked',
  'upstream_failed',
  'undecodable',
  'unparsable',
  'too_large',
] as const;

export type UsageMissingReason = (typeof USAGE_MISSING_REASONS)[number];

/** What a meter found out. `NotMetered`: the operation or the status bills no tokens (a model list, a 4xx answer). */
export type MeteredUsage =
  | {
      readonly kind: 'Metered';
      readonly tokens: TokenCounts;
      /** The model that served, as the answer names it. */
      readonly model?: string;
      /** As the answer names it (`service_tier`, `serviceTier`, `trafficType`, Anthropic's `speed`), in lower case. */
      readonly serviceTier?: string;
      /** How many of the tokens are audio; parts of the classes, not classes beside them. */
      readonly audio?: AudioTokens;
      /**
       * How the tokens divide into calls that are billed each by itself, where the provider made more than one for the
       * answer. Together they are `tokens`.
       */
      readonly parts?: readonly UsagePart[];
      /**
       * The answer broke off: `tokens` is what had been reported by then, at least what was billed. Counted as tokens and
       * as missing.
       */
      readonly incomplete?: UsageMissingReason;
    }
  | { readonly kind: 'Missing'; readonly reason: UsageMissingReason; readonly model?: string }
  | { readonly kind: 'NotMetered' };

/** One of the calls that a provider made for an answer: a compaction, an advisor. */
export interface UsagePart {
  readonly tokens: TokenCounts;
  /** Absent: the model that served the answer. */
  readonly model?: string;
}

/** Parts of `input`, `cached_input` and `output` that are audio, which has prices of its own. */
export interface AudioTokens {
  readonly input?: number;
  readonly cachedInput?: number;
  readonly output?: number;
}

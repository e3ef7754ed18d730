/** Whether and when the same call is worth another try. */
import { APPLY_CONTENT_TYPE } from './apply.ts';
import type { KubeError } from './errors.ts';
import { isReset } from './network-errors.ts';
import type { KubeRequest, Random } from './types.ts';

/** Before a call is repeated whose connection broke. */
const resetDelayMs = 100;
/** Spreads those that were refused together. */
const spreadMs = 250;

/** Milliseconds to wait before the same call again; undefined: don't. */
export function waitBeforeRetry(request: KubeRequest, error: KubeError, random: Random): number | undefined {
  const { method = 'GET' } = request;
  const isIdempotent = method === 'GET' || (method === 'PATCH' && request.contentType === APPLY_CONTENT_TYPE);
  // 429 is said before anything was done; 503 need not be.
  const isRefused = error.status === 429 || (error.status === 503 && isIdempotent);
  if (isRefused && error.retryAfterSeconds !== undefined) return error.retryAfterSeconds * 1000 + random() * spreadMs;
  return isIdempotent && isReset(error.cause) ? resetDelayMs * (0.5 + random()) : undefined;
}

/**
 * Seconds from a `Retry-After` header, as a number or as a date; undefined when there is none that makes sense.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter(value: string | readonly string[] | undefined, nowMs: number): number | undefined {
  const text = typeof value === 'string' ? value.trim() : value?.[0]?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - nowMs) / 1000);
}

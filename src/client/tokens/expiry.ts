import type { Redacted } from '../../redacted.ts';

const MAX_CHARACTERS = 64 * 1024;

/**
 * When a token ends, in milliseconds since the epoch, as its own `exp` says it (RFC 7519 §4.1.4); undefined where it is
 * no JWT or does not say. Nothing else of it is looked at, and nothing is believed: the gateway judges it.
 */
export function expiryOf(token: Redacted): number | undefined {
  const text = token.reveal();
  const [, payload, , rest] = text.split('.');
  if (payload === undefined || rest !== undefined || text.length > MAX_CHARACTERS) return undefined;
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { readonly exp?: unknown };
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

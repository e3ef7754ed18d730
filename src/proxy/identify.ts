/** Step 2: which credential a request carries. Pure; who it belongs to is the authenticator's to say. */
import { PROTOCOL_CREDENTIAL } from './request-head.ts';
import type { RequestHead } from './request-head.ts';

/**
 * The client's credential, in the order of the contract: `X-Tidegate-Authorization: Bearer`, `Authorization: Bearer`,
 * `x-api-key`, `x-goog-api-key`, `api-key`, `?key=`, and of a WebSocket's handshake the subprotocol
 * `openai-insecure-api-key.<token>`. A header that is there in another form (a SigV4 signature) is passed over.
 * `ownHeaderOnly`: the others are the client's credential for the provider, so only the first counts.
 */
export function credentialOf(head: RequestHead, key: string | undefined, ownHeaderOnly = false): string | undefined {
  const own = bearer(head.credential('x-tidegate-authorization'));
  if (own !== undefined || ownHeaderOnly) return own;
  return (
    bearer(head.credential('authorization')) ??
    filled(head.credential('x-api-key')) ??
    filled(head.credential('x-goog-api-key')) ??
    filled(head.credential('api-key')) ??
    filled(key === undefined ? undefined : decoded(key)) ??
    filled(head.credential(PROTOCOL_CREDENTIAL))
  );
}

/** RFC 6750 §2.1; the scheme's name is case-insensitive (RFC 9110 §11.1). */
function bearer(value: string | undefined): string | undefined {
  if (value === undefined || value.length < 8 || value.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  return filled(value.slice(7).trim());
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

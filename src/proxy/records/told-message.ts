/** Which of the gateway's own words a record may repeat. */
import type { RefusalCode } from '../refusal.ts';

const MAX_CHARACTERS = 500;

/**
 * Those whose messages are made of what the gateway and its configuration say, of the caller's name and of the provider's.
 * All others may quote what the client sent (`InvalidRequest`, `ModelNotAllowed`), what its token says (`Unauthenticated`), or what the rules of
 * a guardrail are about (`GuardrailBlocked`).
 */
const TOLD: ReadonlySet<string> = new Set<RefusalCode>([
  'Forbidden',
  'ProviderDisabled',
  'ProviderNotFound',
  'RequestTimeout',
  'RequestTooLarge',
  'UpstreamUnreachable',
  'ModelListUnreadable',
  'CredentialsUnavailable',
  'GuardrailUnavailable',
  'IdentityUnavailable',
  'Overloaded',
  'NotReady',
  'Draining',
  'UpstreamTimeout',
]);

export function toldMessage(code: string | undefined, message: string | undefined): string | undefined {
  if (code === undefined || message === undefined || !TOLD.has(code)) return undefined;
  return message.length > MAX_CHARACTERS ? `${message.slice(0, MAX_CHARACTERS)}…` : message;
}

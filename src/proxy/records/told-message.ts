/** Which of the gateway's own words a record may repeat. */
import type { RefusalCode } from '../refusal.ts';
import type { RequestRecord } from '../request-record.ts';

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

/** Those that name providers. */
const NAMING: ReadonlySet<string> = new Set<RefusalCode>(['Forbidden', 'ProviderNotFound']);

type Refused = Pick<RequestRecord, 'error' | 'message' | 'identity' | 'entry' | 'requested'>;

/** What a record repeats of what the client was told; at most so many characters. Undefined: nothing. */
export function toldMessage({ error, message, identity, entry, requested }: Refused): string | undefined {
  if (error === undefined || message === undefined || !TOLD.has(error)) return undefined;
  if (NAMING.has(error)) {
    // Refused before anybody was asked who they are: a web page of another site, whose own words (`Host`, `Origin`) are told to it.
    if (identity === undefined) return undefined;
    // A record that is about no provider is read by whoever may in the default namespace: the name may be of any.
    if ((entry ?? requested) === undefined) return undefined;
  }
  return message.length > MAX_CHARACTERS ? `${message.slice(0, MAX_CHARACTERS)}…` : message;
}

/** Providers whose callers bring their own credential: it travels on, and the gateway's never does. Pure. */
import { credentialOf } from './identify.ts';
import type { RequestHead } from './request-head.ts';

/** Headers of the client's that are its credential for the provider. */
const PASSED_CREDENTIALS = ['authorization', 'x-api-key'];

const BEARER = /^bearer\s+/i;

/** For a caller of such a provider whom the gateway does not know. */
export const OWN_HEADER_ONLY =
  'At this provider only "X-Tidegate-Authorization: Bearer <token>" will do: Authorization and x-api-key go on to the provider as you send them.';

/** Adds the client's credential for the provider to `headers`, names and values in turn. */
export function passCredential(head: RequestHead, headers: string[]): void {
  for (const name of PASSED_CREDENTIALS) {
    const value = head.credential(name);
    if (value !== undefined && !isForGateway(head, value)) headers.push(name, value);
  }
}

/** Why a request of a client that brings its own credential is refused, ready for the caller; undefined for nearly all. */
export function passedCredentialProblem(head: RequestHead): string | undefined {
  const name = PASSED_CREDENTIALS.find((one) => {
    const value = head.credential(one);
    return value !== undefined && isForGateway(head, value);
  });
  if (name === undefined) return undefined;
  return `The header ${name} holds your credential for the gateway, which would be passed on to the provider. Put your credential for the provider there, or leave it out. ${OWN_HEADER_ONLY}`;
}

/** Whether `value` is what the client shows to the gateway in its own header: sent in both places it would be given away. */
function isForGateway(head: RequestHead, value: string): boolean {
  const own = credentialOf(head, undefined, true);
  return own !== undefined && (value.trim() === own || value.trim().replace(BEARER, '') === own);
}

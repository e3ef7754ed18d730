/** Providers whose callers bring their own credential: it travels on, and the gateway's never does. Pure. */
import { ownCredentialOf } from './credential.ts';
import type { RequestHead } from './request-head.ts';

/** Headers of the client's that are its credential for the provider. */
const PASSED_CREDENTIALS = ['authorization', 'x-api-key'];

const BEARER = /^bearer\s+/i;

const OWN_HEADER_WHERE_PASSED =
  'Where your own credential goes on to the provider, only "X-Tidegate-Authorization: Bearer <token>" will do.';

const OWN_HEADER_ONLY =
  'At this provider only "X-Tidegate-Authorization: Bearer <token>" will do: Authorization and x-api-key go on to the provider as you send them.';

/** What a caller who is refused with `message` may have to know besides, at such a provider; undefined where it says so already. */
export function ownHeaderHint(message: string): string | undefined {
  return message.endsWith(OWN_HEADER_ONLY) ? undefined : OWN_HEADER_WHERE_PASSED;
}

/** Adds the client's credential for the provider to `headers`, names and values in turn. */
export function passCredential(head: RequestHead, headers: string[]): void {
  for (const name of PASSED_CREDENTIALS) {
    const value = head.credential(name);
    if (value !== undefined && !isForGateway(head, value)) headers.push(name, value);
  }
}

/** Why a known caller's request is refused: a credential for the gateway would go on. Undefined for nearly all. */
export function passedCredentialProblem(head: RequestHead): string | undefined {
  const name = PASSED_CREDENTIALS.find((one) => {
    const value = head.credential(one);
    return value !== undefined && isForGateway(head, value);
  });
  return name === undefined ? undefined : wouldBePassed(name);
}

/** For a caller whose credential for the gateway is good, and not in the gateway's own header. */
export function misplacedCredential(head: RequestHead): string {
  const name = PASSED_CREDENTIALS.find((one) => head.credential(one) !== undefined);
  return name === undefined ? OWN_HEADER_ONLY : wouldBePassed(name);
}

function wouldBePassed(name: string): string {
  return `The header ${name} holds your credential for the gateway, which would be passed on to the provider. Put your credential for the provider there, or leave it out. ${OWN_HEADER_ONLY}`;
}

/** Whether `value` is what the client shows to the gateway in its own header: sent in both places it would be given away. */
function isForGateway(head: RequestHead, value: string): boolean {
  const own = ownCredentialOf(head);
  return own !== undefined && (value.trim() === own || value.trim().replace(BEARER, '') === own);
}

/** Step 2: who calls a provider. A verdict that is at hand costs no promise. */
import type { AccessControl, AuthenticationVerdict, ClientCertificate } from '../identity/types.ts';
import { ownCredentialOf } from './credential.ts';
import { misplacedCredential } from './passed-credential.ts';
import type { RequestHead } from './request-head.ts';

/** What vouches for the caller of one request. */
export interface Presented {
  readonly head: RequestHead;
  /** Of the request, wherever it stands; undefined when there is none. */
  readonly credential: string | undefined;
  readonly certificate: ClientCertificate | undefined;
}

/**
 * Who calls a provider that passes the client's own credential on: there only what is in the gateway's own header is for
 * the gateway. Who is not known gets the same answer as at any other provider, and where there is none.
 */
export function identifyPassing(
  access: AccessControl,
  presented: Presented,
): AuthenticationVerdict | Promise<AuthenticationVerdict> {
  const { authenticator, methods } = access;
  const own = ownCredentialOf(presented.head);
  if (own !== undefined || methods.anonymous) return authenticator.authenticate(own, presented.certificate);
  return identifyWithoutOwnHeader(access, presented);
}

async function identifyWithoutOwnHeader(
  { authenticator }: AccessControl,
  { head, credential, certificate }: Presented,
): Promise<AuthenticationVerdict> {
  if (credential !== undefined) {
    const verdict = await authenticator.authenticate(credential);
    // It is one for the gateway, and would be given away.
    if (verdict.kind === 'Authenticated') return { kind: 'Unauthenticated', message: misplacedCredential(head) };
    if (verdict.kind === 'Unavailable') return verdict;
  }
  const byCertificate = await authenticator.authenticate(undefined, certificate);
  return byCertificate.kind === 'Authenticated' ? byCertificate : authenticator.authenticate(credential, certificate);
}

/** Authentication by client certificates: CN is the user, each O a group, as the API server reads them. */
import type { X509Configuration } from '../config/types.ts';
import { formatTime } from './clock.ts';
import { refusal } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { callersGroups, isReserved } from './reserved-names.ts';
import type { ClientCertificate, Identity } from './types.ts';

export type CertificateNames = Pick<X509Configuration, 'usernamePrefix' | 'groupsPrefix'>;

/** Who a certificate names that has been verified already, when it is still valid `now` (milliseconds since the epoch). */
export function certificateIdentity(
  { commonName, organizations, notAfter }: ClientCertificate,
  { usernamePrefix, groupsPrefix }: CertificateNames,
  now: number,
): Identity | Refusal {
  // It was valid when the connection began, and connections live long.
  if (!(notAfter > now)) return refusal('expired', `The client certificate expired at ${formatTime(notAfter)}.`);
  if (commonName === '') {
    return refusal('claims', 'The client certificate has no common name (CN), which names the caller here.');
  }
  const username = `${usernamePrefix}${commonName}`;
  if (isReserved(username)) {
    return refusal(
      'claims',
      'The client certificate names a user of Kubernetes itself ("system:…"); no certificate may.',
    );
  }
  const groups = organizations.filter((name) => name !== '').map((name) => `${groupsPrefix}${name}`);
  return { username, groups: callersGroups(groups), expiresAt: notAfter };
}

/** What the certificate of a client says, when it may be believed (RFC 5280; the check of the chain is OpenSSL's). */
import type { X509Certificate } from 'node:crypto';
import { isUnreadable } from '../../identity/reserved-names.ts';
import type { ClientCertificate } from '../../identity/types.ts';

/** A client's certificate, or why the one that came does not count. One line for a person. */
export type PresentedCertificate =
  | { readonly kind: 'Verified'; readonly certificate: ClientCertificate }
  | { readonly kind: 'Unverified'; readonly problem: string };

/** Extended key usage id-kp-clientAuth (RFC 5280 §4.2.1.12). */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

const UNKNOWN_AUTHORITY = 'is not from an authority that is accepted here';

/** By the codes of OpenSSL's verification. */
const CHAIN_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_NOT_YET_VALID: 'is not valid yet, or one of its intermediates is not',
  CERT_HAS_EXPIRED: 'has expired, or one of its intermediates has',
  INVALID_PURPOSE: 'is not for clients: its extended key usage lacks clientAuth',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `${UNKNOWN_AUTHORITY}, or came without its intermediates`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${UNKNOWN_AUTHORITY}, or came without its intermediates`,
};

/** @param chainProblem code of what is wrong with the chain; undefined: it leads to one of the accepted authorities */
export function presented(certificate: X509Certificate, chainProblem: string | undefined): PresentedCertificate {
  const problem =
    chainProblem === undefined ? undefined : (CHAIN_PROBLEMS[chainProblem] ?? `is refused (${chainProblem})`);
  const claims = problem ?? claimsOf(certificate);
  return typeof claims === 'string'
    ? { kind: 'Unverified', problem: `The client certificate ${claims}.` }
    : { kind: 'Verified', certificate: claims };
}

/** Of a certificate whose chain is verified; a text says what is wrong with it. */
function claimsOf(certificate: X509Certificate): ClientCertificate | string {
  // OpenSSL takes a certificate that names no usage for one that has all of them.
  if (!certificate.keyUsage?.includes(CLIENT_AUTH)) return CHAIN_PROBLEMS['INVALID_PURPOSE'] ?? '';
  // `subject` is one text, in which a value could look like another attribute; here the values are apart.
  const subject = certificate.toLegacyObject().subject as Partial<Record<string, string | string[]>> | undefined;
  if (subject === undefined) return 'has a subject that cannot be read';
  const names = valuesOf(subject['CN']);
  const organizations = valuesOf(subject['O']);
  if (names.length > 1) return 'has more than one CN in its subject';
  if ([...names, ...organizations].some(isUnreadable)) {
    return 'has a CN or O with control characters, or that is no UTF-8';
  }
  return { commonName: names[0] ?? '', organizations, notAfter: certificate.validToDate.getTime() };
}

function valuesOf(attribute: string | string[] | undefined): readonly string[] {
  if (attribute === undefined) return [];
  return Array.isArray(attribute) ? attribute : [attribute];
}

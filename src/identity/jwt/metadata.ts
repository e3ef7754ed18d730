/** What an issuer says of itself (OpenID Connect Discovery 1.0 §3, RFC 8414 §2): where its keys are, how it signs, how one gets a token. */
import type { JWTConfiguration } from '../../config/types.ts';
import { shown } from '../refusal.ts';
import { ALL_ALGORITHMS, acceptedOf } from './algorithms.ts';
import { IssuerError } from './errors.ts';
import { grantTypesOf } from '../grant-types.ts';
import type { GrantType } from '../grant-types.ts';

/** Longest `jwks_uri`: it stands in messages. */
const MAX_URL_LENGTH = 2048;

export interface IssuerMetadata {
  readonly keysURL: URL;
  /** Algorithms that it announces and that are accepted here. */
  readonly algorithms: readonly string[];
  readonly grantTypes: readonly GrantType[];
}

/** Where the metadata of an issuer is. */
export function metadataURL(issuer: JWTConfiguration['issuer']): URL {
  return new URL(issuer.discoveryURL ?? `${issuer.url.replace(/\/+$/, '')}/.well-known/openid-configuration`);
}

/**
 * @param url where the document is from
 * @throws {IssuerError}
 */
export function parseMetadata(document: unknown, url: URL, issuer: string): IssuerMetadata {
  if (typeof document !== 'object' || document === null) {
    throw new IssuerError('Malformed', `${url.href}: the metadata is no object`);
  }
  const members = document as Readonly<Record<string, unknown>>;
  const { issuer: named, jwks_uri: keys, id_token_signing_alg_values_supported: announced } = members;
  if (named !== issuer) {
    const name = shown(named, '');
    const hint = name === '' ? '' : `: it names itself ${name}, and issuer.url must be exactly that`;
    throw new IssuerError('ForeignIssuer', `${url.href}: the metadata is of another issuer than "${issuer}"${hint}`);
  }
  if (typeof keys !== 'string' || !URL.canParse(keys)) {
    throw new IssuerError('Malformed', `${url.href}: the metadata has no "jwks_uri"`);
  }
  const keysURL = new URL(keys);
  if (keysURL.href.length > MAX_URL_LENGTH) {
    throw new IssuerError('TooLarge', `${url.href}: "jwks_uri" has more than ${MAX_URL_LENGTH} characters`);
  }
  if (keysURL.username !== '' || keysURL.password !== '') {
    throw new IssuerError('InsecureURL', `${url.href}: "jwks_uri" must not hold a password`);
  }
  // Plain http is for an issuer on this machine only, and such an issuer says so by its own URL.
  if (keysURL.protocol !== 'https:' && !(keysURL.protocol === 'http:' && isPlainLoopback(url) && isLoopback(keysURL))) {
    throw new IssuerError('InsecureURL', `${url.href}: "jwks_uri" must be an https URL`);
  }
  if (announced !== undefined && !Array.isArray(announced)) {
    throw new IssuerError('Malformed', `${url.href}: "id_token_signing_alg_values_supported" is no list`);
  }
  const algorithms = announced === undefined ? ALL_ALGORITHMS : acceptedOf(announced);
  if (algorithms.length === 0) {
    throw new IssuerError(
      'Malformed',
      `${url.href}: the issuer announces no asymmetric algorithm that is accepted here`,
    );
  }
  return { keysURL, algorithms, grantTypes: grantTypesOf(members) };
}

function isPlainLoopback(url: URL): boolean {
  return url.protocol === 'http:' && isLoopback(url);
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** An issuer of tokens on loopback, as bad as a test wants it: real keys, real signatures, any header and any claims. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createTLSServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

export interface SigningKey {
  readonly algorithm: Algorithm;
  readonly kid: string | undefined;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** As the issuer publishes it. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** A new key pair. `members`: of the JWK, beside or in place of the usual ones; undefined takes one away. */
export function signingKey(
  algorithm: Algorithm,
  kid?: string,
  members: Readonly<Record<string, unknown>> = {},
  rsaBits = 2048,
): SigningKey {
  const { privateKey, publicKey } = keyPair(algorithm, rsaBits);
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig', ...members };
  return { algorithm, kid, privateKey, publicKey, jwk };
}

function keyPair(algorithm: Algorithm, modulusLength: number): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength });
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A signed token. `header` and `claims` are taken as they are; text: the JSON itself. */
export function signed(
  key: SigningKey,
  claims: object | string,
  header: Readonly<Record<string, unknown>> = {},
): string {
  const input = `${encode({ alg: key.algorithm, kid: key.kid, typ: 'at+jwt', ...header })}.${encode(claims)}`;
  return `${input}.${signature(key, input)}`;
}

function signature({ algorithm, privateKey }: SigningKey, input: string): string {
  const data = Buffer.from(input);
  switch (algorithm) {
    case 'RS256':
      return sign('sha256', data, privateKey).toString('base64url');
    case 'PS256':
      return sign('sha256', data, { key: privateKey, padding: 6, saltLength: 32 }).toString('base64url');
    case 'ES256':
      return sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    default:
      return sign(null, data, privateKey).toString('base64url');
  }
}

/** A token "signed" with a shared secret. */
export function macToken(secret: string | Buffer, claims: object, header: object = {}): string {
  const input = `${encode({ alg: 'HS256', ...header })}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** A token with no signature at all. */
export function unsigned(claims: object, header: object = { alg: 'none' }): string {
  return `${encode(header)}.${encode(claims)}.`;
}

export interface Issuer extends AsyncDisposable {
  readonly url: string;
  keys: readonly SigningKey[];
  /** Members of the metadata, beside or in place of the usual ones. */
  metadata: Readonly<Record<string, unknown>>;
  /** Headers of the JWK Set. */
  headers: Readonly<Record<string, string>>;
  /** Answers in place of the issuer when it is set. Gives back false to let the issuer answer after all. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Times that the JWK Set was asked for. */
  readonly fetches: number;
}

export interface IssuerOptions {
  readonly keys: readonly SigningKey[];
  /** PEM; given: the issuer speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export async function startIssuer({ keys, tls }: IssuerOptions): Promise<Issuer> {
  let fetches = 0;
  const listener: RequestListener = (request, response) => {
    if (request.url === '/jwks') fetches += 1;
    if (issuer.intercept?.(request, response) === true) return;
    const json = (value: unknown, headers: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    };
    if (request.url === '/.well-known/openid-configuration') {
      json({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks`, ...issuer.metadata });
    } else if (request.url === '/jwks') {
      json({ keys: issuer.keys.map(({ jwk }) => jwk) }, issuer.headers);
    } else {
      response.writeHead(404).end();
    }
  };
  const server = tls === undefined ? createServer(listener) : createTLSServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer: Issuer = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    keys,
    metadata: {},
    headers: {},
    intercept: undefined,
    get fetches() {
      return fetches;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}

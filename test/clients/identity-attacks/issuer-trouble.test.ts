/** Issuers that are away, slow, endless, or somebody else: the gateway is never open, and never waits for ever. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CertificateAuthority } from '../../support/certificates.ts';
import { waitFor } from '../../support/control-plane/wait.ts';
import {
  AUDIENCE,
  chatCompletion,
  GuardedGateway,
  IdentityProvider,
  makeSigningKey,
  RefusalCheck,
  TLSOrigin,
} from '../../support/oidc/index.ts';

const MIB = 1024 * 1024;
const JWKS = '/jwks';
const METADATA = '/.well-known/openid-configuration';

/** A fetch of keys that failed is tried again after a while that grows up to a minute. */
const recovery = { timeoutMilliseconds: 100_000 };

let authority: CertificateAuthority;
let stranger: CertificateAuthority;
/** Another server with a certificate that the gateway would trust; nothing may lead there. */
let lair: TLSOrigin;
let guarded: GuardedGateway;
let check: RefusalCheck;

const mallory = makeSigningKey('ES256');

interface Trouble {
  /** What the issuer answers otherwise than it should. */
  readonly path: string;
  readonly answer: (response: ServerResponse, idp: IdentityProvider) => unknown;
}

const body = (text: string) => (response: ServerResponse) => response.end(text);
const metadata = (of: (idp: IdentityProvider) => object) => (response: ServerResponse, idp: IdentityProvider) =>
  response.end(JSON.stringify({ issuer: idp.issuer, jwks_uri: `${idp.issuer}${JWKS}`, ...of(idp) }));

async function drip(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  while (!response.destroyed) {
    response.write(' ');
    await delay(100);
  }
}

/** Bytes that were taken from the answers without an end, by the longest. */
let longest = 0;

function* endless(): Generator<Buffer> {
  const piece = Buffer.alloc(64 * 1024, ' ');
  for (let sent = 0; ; sent += piece.length) {
    longest = Math.max(longest, sent);
    yield piece;
  }
}

async function pour(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  await pipeline(endless, response).catch(() => undefined); // whoever asked has hung up
}

const troubles: Readonly<Record<string, Trouble>> = {
  'a key set that comes byte by byte': { path: JWKS, answer: drip },
  'metadata that come byte by byte': { path: METADATA, answer: drip },
  'a key set without an end': { path: JWKS, answer: pour },
  'metadata without an end': { path: METADATA, answer: pour },
  'a key set that is elsewhere (redirect)': {
    path: JWKS,
    answer: (response) => response.writeHead(302, { location: `${lair.url}${JWKS}` }).end(),
  },
  'metadata that are elsewhere (redirect)': {
    path: METADATA,
    answer: (response) => response.writeHead(307, { location: `${lair.url}${METADATA}` }).end(),
  },
  'metadata of another issuer': { path: METADATA, answer: metadata(() => ({ issuer: lair.url })) },
  'metadata without an issuer': { path: METADATA, answer: metadata(() => ({ issuer: undefined })) },
  'keys that are to be fetched in clear': {
    path: METADATA,
    answer: metadata(({ issuer }) => ({ jwks_uri: `http://${new URL(issuer).host}${JWKS}` })),
  },
  'keys that are in a file': { path: METADATA, answer: metadata(() => ({ jwks_uri: 'file:///etc/hostname' })) },
  'shared secrets as its only algorithms': {
    path: METADATA,
    answer: metadata(() => ({ id_token_signing_alg_values_supported: ['HS256', 'none'] })),
  },
  'a key set that is no JSON': { path: JWKS, answer: body('Out of order') },
  'a key set without a list': { path: JWKS, answer: body('{"keys":{}}') },
  'a key set that is a list': { path: JWKS, answer: body('[]') },
  'an empty answer': { path: JWKS, answer: body('') },
  'no answer': { path: METADATA, answer: (response) => response.destroy() },
  'an error': { path: JWKS, answer: (response) => response.writeHead(500).end() },
};

const issuers = new Map<string, IdentityProvider>();

async function add(name: string): Promise<IdentityProvider> {
  const idp = await IdentityProvider.start({ audience: AUDIENCE, authority });
  issuers.set(name, idp);
  return idp;
}

function issuerWith(name: string): IdentityProvider {
  const idp = issuers.get(name);
  if (idp === undefined) throw new Error(`there is no issuer with ${name}`);
  return idp;
}

const SECRET = 'a shared secret among its keys';
const UNTRUSTED = 'a certificate of an unknown authority';

/** An issuer that publishes its key, and a shared secret that an attacker has chosen. */
async function addWithSecret(): Promise<IdentityProvider> {
  const idp = await add(SECRET);
  idp.origin.interfere = ({ url }, response) => {
    if (url !== JWKS) return false;
    const { kid, alg, publicKey } = idp.signingKey;
    const shared = { kty: 'oct', kid: 'shared', alg: 'HS256', k: Buffer.from('known to all').toString('base64url') };
    response.end(JSON.stringify({ keys: [shared, { ...publicKey.export({ format: 'jwk' }), kid, alg }] }));
    return true;
  };
  return idp;
}

beforeAll(async () => {
  authority = await CertificateAuthority.create();
  stranger = await CertificateAuthority.create();
  lair = await TLSOrigin.start(authority);
  lair.handler = (_request, response) => {
    response.end(JSON.stringify({ keys: [{ ...mallory.publicKey.export({ format: 'jwk' }), kid: mallory.kid }] }));
  };
  for (const [name, { path, answer }] of Object.entries(troubles)) {
    const idp = await add(name);
    idp.origin.interfere = ({ url }, response) => {
      if (url !== path) return false;
      answer(response, idp);
      return true;
    };
  }
  await addWithSecret();
  const { issuer: url, audience } = await add(UNTRUSTED);
  const untrusted = { issuer: { url, audiences: [audience], certificateAuthority: stranger.certificate } };
  guarded = await GuardedGateway.start({
    issuers: [...issuers].map(([name, idp]) => idp.gatewayConfiguration(name === UNTRUSTED ? untrusted : {})),
  });
  check = new RefusalCheck(guarded);
});

afterAll(async () => {
  await guarded[Symbol.asyncDispose]();
  for (const idp of issuers.values()) await idp[Symbol.asyncDispose]();
  await lair[Symbol.asyncDispose]();
});

const failures = async ({ issuer }: IdentityProvider): Promise<number> =>
  (await guarded.gateway.metrics()).sum('tidegate_jwks_fetches_total', { issuer, result: 'failure' });
const readiness = async (): Promise<string> => (await fetch(`${guarded.gateway.adminURL}/readyz`)).text();
const isServed = async (token: string): Promise<boolean> =>
  (await chatCompletion(guarded.gateway, token)).status === 200;

describe('from the start, an issuer with', () => {
  test.each([...Object.keys(troubles), UNTRUSTED])('%s lets nobody in', async (name) => {
    const idp = issuerWith(name);
    await waitFor('a fetch that is given up', async () => (await failures(idp)) > 0);
    await check.expect503(idp.sign(), idp.issuer);
    await check.expect503(idp.sign({}, {}, mallory), idp.issuer);
    expect(await readiness()).toContain(idp.issuer);
  });

  test('redirects leads nobody elsewhere', () => {
    expect(lair.connections).toBe(0);
  });

  test('answers without an end is cut off', () => {
    expect(longest).toBeGreaterThan(MIB);
    // Beyond the megabyte there is what the kernel takes on both sides.
    expect(longest).toBeLessThan(16 * MIB);
  });

  test('a certificate of an unknown authority is asked nothing', () => {
    expect(issuerWith(UNTRUSTED).origin.requests).toEqual([]);
  });

  test('a shared secret among its keys lets nobody in by that', async () => {
    const idp = issuerWith(SECRET);
    expect(await isServed(idp.sign())).toBe(true);
    await check.expect401(idp.sign({}, { alg: 'HS256', kid: 'shared' }), 'only asymmetric algorithms');
    await check.expect401(idp.sign({}, { kid: 'shared' }), 'does not publish');
  });

  test('any of these does no harm to the callers of others', async () => {
    expect(await isServed(guarded.idp.sign())).toBe(true);
  });

  test('any of these lets its own in when it is itself again', async () => {
    for (const { origin } of issuers.values()) origin.interfere = undefined;
    await Promise.all(
      Object.keys(troubles).map(async (name) => {
        const token = issuerWith(name).sign();
        await waitFor(`tokens of the issuer with ${name}`, () => isServed(token), recovery);
      }),
    );
    expect(lair.connections).toBe(0);
  });
});

describe('an issuer that was well', () => {
  test('becomes slow: callers with known keys do not wait for those with unknown ones', async () => {
    const { idp, gateway } = guarded;
    idp.origin.interfere = ({ url }, response) => {
      if (url !== JWKS) return false;
      void drip(response);
      return true;
    };
    const before = idp.keyFetches;
    const strangers: Promise<{ readonly status: number }>[] = [];
    await waitFor('a fetch that hangs', () => {
      if (idp.keyFetches > before) return true;
      strangers.push(chatCompletion(gateway, idp.sign({ jti: randomUUID() }, {}, mallory)));
      return false;
    });
    expect(await isServed(idp.sign({ jti: randomUUID() }))).toBe(true);
    expect(await Promise.race([strangers.at(-1), Promise.resolve('waits')])).toBe('waits');
    const statuses = (await Promise.all(strangers)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 401 && status !== 503)).toEqual([]);
    expect(statuses.at(-1)).toBe(503);
    idp.origin.interfere = undefined;
  });

  test('goes away: known keys go on, unknown ones are a 503, and all is well when it is back', async () => {
    const { idp } = guarded;
    const seen = idp.sign();
    expect(await isServed(seen)).toBe(true);
    await idp.origin.stop();
    expect(await isServed(seen)).toBe(true);
    expect(await isServed(idp.sign({ jti: 'new' }))).toBe(true);
    const known = idp.signingKey;
    idp.signWith(makeSigningKey('ES256'));
    // One before has failed, too: this one is after it went away.
    const before = await failures(idp);
    await waitFor(
      'a fetch that fails',
      async () => {
        await chatCompletion(guarded.gateway, idp.sign());
        return (await failures(idp)) > before;
      },
      recovery,
    );
    await check.expect503(idp.sign());
    expect(await isServed(idp.sign({}, {}, known))).toBe(true);
    await idp.origin.resume();
    await waitFor('the new key', () => isServed(idp.sign()), recovery);
  });
});

test('nothing of all these tokens is in the log', async () => {
  await check.expectSilentLog();
});

/** An issuer that is away, slow, endless, or somebody else: the gateway is never open, and never waits for ever. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { CertificateAuthority } from '../../support/certificates.ts';
import { waitFor } from '../../support/control-plane/wait.ts';
import {
  chatCompletion,
  GuardedGateway,
  type IdentityProvider,
  makeSigningKey,
  RefusalCheck,
  TLSOrigin,
} from '../../support/oidc/index.ts';

const MIB = 1024 * 1024;
/** A fetch of keys that fails is tried again after a while that grows up to a minute. */
const recovery = { timeoutMilliseconds: 90_000 };

const owned: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of owned.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

/** A gateway whose issuer answers like this about one of its documents, from the start. */
async function start(path: string, answer: (response: ServerResponse, idp: IdentityProvider) => void) {
  const interfere = (idp: IdentityProvider) => (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== path) return false;
    answer(response, idp);
    return true;
  };
  return startGuarded((idp) => {
    idp.origin.interfere = interfere(idp);
  });
}

async function startGuarded(prepare?: (idp: IdentityProvider) => void, authority?: CertificateAuthority) {
  const guarded = await GuardedGateway.start({ ...(prepare && { prepare }), ...(authority && { authority }) });
  owned.push(guarded);
  return { guarded, idp: guarded.idp, gateway: guarded.gateway, check: new RefusalCheck(guarded) };
}

const failures = async ({ gateway, idp }: GuardedGateway): Promise<number> =>
  (await gateway.metrics()).sum('tidegate_jwks_fetches_total', { issuer: idp.issuer, result: 'failure' });

/** The issuer is itself again: tokens that were right all the time are taken. */
async function expectRecovery({ idp, gateway }: GuardedGateway): Promise<void> {
  idp.origin.interfere = undefined;
  await waitFor('the keys', async () => (await chatCompletion(gateway, idp.sign())).status === 200, recovery);
}

const JWKS = '/jwks';
const METADATA = '/.well-known/openid-configuration';

test.each([JWKS, METADATA])('an issuer that answers %s byte by byte', async (path) => {
  const { guarded, check, idp } = await start(path, (response) => void drip(response));
  await waitFor('a fetch that is given up', async () => (await failures(guarded)) > 0, recovery);
  await check.expect503(idp.sign());
  await expectRecovery(guarded);
});

async function drip(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  while (!response.destroyed) {
    response.write(' ');
    await delay(100);
  }
}

test.each([JWKS, METADATA])('an issuer whose answer to %s has no end is cut off after a megabyte', async (path) => {
  let sent = 0;
  const piece = Buffer.alloc(64 * 1024, ' ');
  const pour = async (response: ServerResponse): Promise<void> => {
    response.writeHead(200, { 'content-type': 'application/json' });
    while (!response.destroyed) {
      sent += piece.length;
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
  };
  let fetches = 0;
  const { guarded, check, idp } = await start(path, (response) => {
    fetches++;
    void pour(response);
  });
  await waitFor('a fetch that is given up', async () => (await failures(guarded)) > 0, recovery);
  await check.expect503(idp.sign());
  // Beyond the megabyte there is what the kernel takes on both sides.
  expect(sent).toBeLessThan(fetches * 16 * MIB);
  await expectRecovery(guarded);
});

test.each([JWKS, METADATA])('an issuer that redirects %s: nobody goes there', async (path) => {
  const authority = await CertificateAuthority.create();
  const lair = await TLSOrigin.start(authority);
  owned.push(lair);
  const mallory = makeSigningKey('ES256');
  lair.handler = (_request, response) => {
    response.end(JSON.stringify({ keys: [{ ...mallory.publicKey.export({ format: 'jwk' }), kid: mallory.kid }] }));
  };
  const { guarded, check, idp } = await startGuarded((idp) => {
    idp.origin.interfere = (request, response) => {
      if (request.url !== path) return false;
      response.writeHead(302, { location: `${lair.url}${path}` }).end();
      return true;
    };
  }, authority);
  await check.expect503(idp.sign());
  await check.expect503(idp.sign({}, {}, mallory));
  expect(lair.connections).toBe(0);
  await expectRecovery(guarded);
});

test('an issuer whose metadata are those of another', async () => {
  const { guarded, check, idp } = await start(METADATA, (response, idp) => {
    response.end(JSON.stringify({ issuer: 'https://evil.example.com', jwks_uri: `${idp.issuer}${JWKS}` }));
  });
  await check.expect503(idp.sign());
  await expectRecovery(guarded);
});

test('an issuer whose keys are to be fetched in clear', async () => {
  const { guarded, check, idp } = await start(METADATA, (response, idp) => {
    response.end(JSON.stringify({ issuer: idp.issuer, jwks_uri: `http://${new URL(idp.issuer).host}${JWKS}` }));
  });
  await check.expect503(idp.sign());
  expect(idp.keyFetches).toBe(0);
  await expectRecovery(guarded);
});

test.each([
  ['no JSON', 'Service temporarily out of order'],
  ['no keys', '{"keys":{}}'],
  ['a list', '[]'],
  ['nothing', ''],
])('an issuer whose key set is %s', async (_what, body) => {
  const { guarded, check, idp } = await start(JWKS, (response) => response.end(body));
  await check.expect503(idp.sign());
  await expectRecovery(guarded);
});

test('an issuer that slips a shared secret among its keys', async () => {
  const secret = Buffer.from('known to everybody').toString('base64url');
  const { check, idp } = await start(JWKS, (response, idp) => {
    const { kid, alg, publicKey } = idp.signingKey;
    const own = { ...publicKey.export({ format: 'jwk' }), kid, alg };
    response.end(JSON.stringify({ keys: [{ kty: 'oct', k: secret, kid: 'shared', alg: 'HS256' }, own] }));
  });
  await check.expect401(idp.sign({}, { alg: 'HS256', kid: 'shared' }), 'only asymmetric algorithms');
  await check.expect401(idp.sign({}, { kid: 'shared' }), 'does not publish');
});

test('an issuer with a certificate of an unknown authority', async () => {
  const stranger = await CertificateAuthority.create();
  const guarded = await GuardedGateway.start({
    issuer: ({ issuer, audience }) => ({
      issuer: { url: issuer, audiences: [audience], certificateAuthority: stranger.certificate },
    }),
  });
  owned.push(guarded);
  await new RefusalCheck(guarded).expect503(guarded.idp.sign());
  expect(guarded.idp.origin.requests).toEqual([]);
});

test('an issuer that is away when the gateway starts: nobody is let in until it is back', async () => {
  const { guarded, check, idp } = await start(METADATA, (response) => response.destroy());
  await check.expect503(idp.sign());
  expect(await (await fetch(`${guarded.gateway.adminURL}/readyz`)).text()).toContain(idp.issuer);
  await expectRecovery(guarded);
});

test('an issuer that goes away: known keys go on, unknown ones are a 503, and all is well when it is back', async () => {
  const { guarded, check, idp, gateway } = await startGuarded();
  const seen = idp.sign();
  expect(await chatCompletion(gateway, seen)).toMatchObject({ status: 200 });
  await idp.origin.stop();
  expect(await chatCompletion(gateway, seen)).toMatchObject({ status: 200 });
  expect(await chatCompletion(gateway, idp.sign({ jti: 'new' }))).toMatchObject({ status: 200 });
  const key = makeSigningKey('ES256');
  idp.signWith(key);
  await waitFor(
    'a fetch that fails',
    async () => {
      await chatCompletion(gateway, idp.sign());
      return (await failures(guarded)) > 0;
    },
    recovery,
  );
  await check.expect503(idp.sign());
  await idp.origin.resume();
  await expectRecovery(guarded);
});

/** What changes while a gateway runs: keys of the issuer, tokens, groups, roles, the configuration. No call fails by it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import type { RawAnswer } from '../support/gateway/index.ts';
import { exchange } from '../support/gateway/index.ts';
import {
  ACCESS,
  chatCompletion,
  GREETING,
  GuardedGateway,
  IdentityProvider,
  invokers,
  makeSigningKey,
  OpenIDClient,
  RefusalCheck,
  sdks,
} from '../support/oidc/index.ts';

/** Out of turn, an issuer's keys are fetched once in so long. */
const COOLDOWN_MS = 10_000;

let guarded: GuardedGateway;
let check: RefusalCheck;
let ci: OpenIDClient;

beforeAll(async () => {
  guarded = await GuardedGateway.start();
  check = new RefusalCheck(guarded);
  ci = await OpenIDClient.discover(guarded.idp, 'ci');
});

afterAll(async () => {
  await ci[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
});

const fetchToken = async (client = ci): Promise<string> => (await client.clientCredentials()).access_token;
const call = (token: string): Promise<RawAnswer> => chatCompletion(guarded.gateway, token);
const statusOf = async (token: string): Promise<number> => (await call(token)).status;
const eventually = (what: string, token: string, status: number): Promise<unknown> =>
  waitFor(what, async () => (await statusOf(token)) === status);

/** Calls on and on with tokens as a program fetches them, until `work` is done; none may fail. */
async function callingMeanwhile(work: () => Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const end = work().finally(() => over.abort());
  do {
    expect(await sdks['openai']?.plain(guarded.gateway, await fetchToken())).toBe(GREETING);
  } while (!over.signal.aborted);
  await end;
}

/** Makes the gateway look at the issuer's keys again: a token that names an unknown one does, once it may. */
async function untilKeysAreFetched(): Promise<void> {
  const { idp } = guarded;
  const before = idp.keyFetches;
  const stranger = makeSigningKey('ES256');
  await waitFor('a fetch of keys', async () => {
    await call(idp.sign({}, {}, stranger));
    return idp.keyFetches > before;
  });
}

describe('key rotation', () => {
  test('a key that is published, then used, then the only one: no call fails', async () => {
    const { idp } = guarded;
    const old = idp.signingKey;
    const next = makeSigningKey('ES256');
    const oldToken = await fetchToken();
    await callingMeanwhile(async () => {
      idp.publish(next);
      await untilKeysAreFetched();
      idp.signWith(next);
      const newToken = await fetchToken();
      expect([await statusOf(oldToken), await statusOf(newToken)]).toEqual([200, 200]);
      idp.retire(old);
      await untilKeysAreFetched();
      expect(await statusOf(newToken)).toBe(200);
    });
    await check.expect401(oldToken, 'does not publish');
  });

  test('a key that is used at once: the first call with it is answered', async () => {
    const { idp } = guarded;
    await untilKeysAreFetched();
    const fetchedBy = Date.now();
    await waitFor('the gateway to be allowed a fetch', () => Date.now() > fetchedBy + COOLDOWN_MS);
    const fetches = idp.keyFetches;
    idp.signWith(makeSigningKey('ES256'));
    expect(await Promise.all([1, 2, 3].map(async () => statusOf(await fetchToken())))).toEqual([200, 200, 200]);
    expect(idp.keyFetches).toBe(fetches + 1);
  });

  test('a key of another type: the first call with it is answered', async () => {
    const { idp } = guarded;
    for (const algorithm of ['RS256', 'EdDSA'] as const) {
      idp.publish(makeSigningKey(algorithm));
    }
    await untilKeysAreFetched();
    for (const algorithm of ['RS256', 'EdDSA'] as const) {
      const key = idp.keys.find(({ alg }) => alg === algorithm);
      idp.signWith(key ?? makeSigningKey(algorithm));
      expect(await statusOf(await fetchToken())).toBe(200);
    }
  });
});

describe('tokens', () => {
  test('a token that was taken is refused when it has ended', async () => {
    // The clocks of issuer and gateway may differ by 30 seconds.
    const exp = Math.floor(Date.now() / 1000) - 18;
    const token = guarded.idp.sign({ exp });
    expect(await statusOf(token)).toBe(200);
    await eventually('the end of the token', token, 401);
    await check.expect401(token, `expired at ${new Date(exp * 1000).toISOString()}`);
  });

  test('a person stays signed in by refreshing', async () => {
    guarded.idp.accessTokenSeconds = 5;
    await using app = await OpenIDClient.discover(guarded.idp, 'app');
    let tokens = await app.authorizationCode('ada');
    for (let round = 0; round < 3; round++) {
      const { expires_in, access_token, refresh_token = '' } = tokens;
      expect([expires_in, await statusOf(access_token)]).toEqual([5, 200]);
      tokens = await app.refresh(refresh_token);
      expect(tokens.access_token).not.toBe(access_token);
    }
    guarded.idp.accessTokenSeconds = 600;
  });

  test('whose it is tells GET /llm/v1/authentication', async () => {
    await using cli = await OpenIDClient.discover(guarded.idp, 'cli');
    const { access_token } = await cli.device('ada');
    const answer = await exchange(`${guarded.gateway.url}/llm/v1/authentication`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      anonymous: false,
      jwt: [{ issuer: guarded.idp.issuer, audiences: [guarded.idp.audience], tokenTypes: ['AccessToken'] }],
      caller: { username: 'ada', groups: ['research', 'system:authenticated'], agent: 'cli' },
    });
  });
});

describe('permissions', () => {
  test('whoever has no role is told which verb on which object is missing', async () => {
    await using batch = await OpenIDClient.discover(guarded.idp, 'batch');
    const token = await fetchToken(batch);
    await check.expect403(token, 'invoke');
    await check.expect403(token, 'openai');
  });

  test('a group comes and goes with a new token', async () => {
    const { idp } = guarded;
    await using app = await OpenIDClient.discover(idp, 'app');
    const { refresh_token = '', access_token } = await app.authorizationCode('grace');
    await check.expect403(access_token, 'grace');
    idp.claims.set('grace', { groups: ['guests', 'research'] });
    const joined = await app.refresh(refresh_token);
    expect(await statusOf(joined.access_token)).toBe(200);
    idp.claims.set('grace', { groups: ['guests'] });
    const left = await app.refresh(joined.refresh_token ?? refresh_token);
    await check.expect403(left.access_token, 'grace');
  });

  test('a role that is taken away and given back is in force without a restart', async () => {
    const { gateway } = guarded;
    const token = await fetchToken();
    gateway.write(ACCESS, invokers({ kind: 'Group', name: 'research' }));
    await eventually('the role to be gone', token, 403);
    gateway.write(ACCESS, invokers({ kind: 'User', name: 'ci' }, { kind: 'Group', name: 'research' }));
    await eventually('the role to be back', token, 200);
    gateway.remove(ACCESS);
    await eventually('all roles to be gone', token, 403);
    gateway.write(ACCESS, invokers({ kind: 'User', name: 'ci' }, { kind: 'Group', name: 'research' }));
    await eventually('the roles to be back', token, 200);
  });
});

describe('the configuration file', () => {
  test('an issuer is added, the file broken, mended, the issuer removed; calls go on all the time', async () => {
    const { idp, gateway } = guarded;
    await using other = await IdentityProvider.start({ audience: idp.audience, algorithm: 'RS256' });
    await using otherCI = await OpenIDClient.discover(other, 'ci');
    const foreign = await fetchToken(otherCI);
    await check.expect401(foreign, 'not of an issuer');
    const withIssuers = (...issuers: readonly IdentityProvider[]): object => ({
      logging: { level: 'trace' },
      authentication: { jwt: issuers.map((one) => one.gatewayConfiguration()) },
    });
    const refused = async (): Promise<number> => (await gateway.metrics()).sum('tidegate_configuration_refused');
    const readiness = async (): Promise<{ status: number; body: string }> => {
      const answer = await fetch(`${gateway.adminURL}/readyz`);
      return { status: answer.status, body: await answer.text() };
    };
    await callingMeanwhile(async () => {
      gateway.configure(withIssuers(idp, other));
      await eventually('the issuer to be known', foreign, 200);

      gateway.configure('apiVersion: config.tidegate.io/v1alpha1\nkind: [TidegateConfiguration\n');
      await waitFor('the broken file to be noticed', async () => (await refused()) === 1);
      expect(await statusOf(foreign)).toBe(200);
      expect(await readiness()).toMatchObject({ status: 200, body: expect.stringContaining('config.yaml') });
      await waitFor('the log to tell of it', () => gateway.process.log().includes('configuration refused'));

      gateway.configure({ authentication: {} });
      await waitFor('the refusal of an open gateway', async () => (await readiness()).body.includes('let in'));
      expect((await chatCompletion(gateway, undefined)).status).toBe(401);

      gateway.configure(withIssuers(idp));
      await waitFor('the mended file to be taken', async () => (await refused()) === 0);
      await eventually('the issuer to be gone', foreign, 401);
    });
    await check.expect401(foreign, 'not of an issuer');
  });

  test('ID tokens are taken once the configuration names them', async () => {
    const { idp, gateway } = guarded;
    await using app = await OpenIDClient.discover(idp, 'app');
    const { id_token = '' } = await app.authorizationCode('ada');
    await check.expect401(id_token, 'ID token');
    const issuer = { url: idp.issuer, audiences: [idp.audience, 'app'], certificateAuthority: idp.ca };
    const allowing = idp.gatewayConfiguration({ issuer, tokenTypes: ['AccessToken', 'IDToken'] });
    gateway.configure({ logging: { level: 'trace' }, authentication: { jwt: [allowing] } });
    await eventually('the ID token to be taken', id_token, 200);
    const fetches = idp.keyFetches;
    expect(await statusOf(await fetchToken())).toBe(200);
    // Only whom tokens are for has changed, not who signs them.
    expect(idp.keyFetches).toBe(fetches);
    gateway.configure({ logging: { level: 'trace' }, authentication: { jwt: [idp.gatewayConfiguration()] } });
    await eventually('the ID token to be refused', id_token, 401);
  });
});

test('no token is in the log', async () => {
  await check.expectSilentLog();
});

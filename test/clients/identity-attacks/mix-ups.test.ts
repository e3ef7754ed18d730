/** Who is whom: issuers that speak for each other, and requests with more than one credential. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../../support/control-plane/wait.ts';
import { exchange, sendBytes } from '../../support/gateway/index.ts';
import {
  AUDIENCE,
  chatCompletion,
  GuardedGateway,
  IdentityProvider,
  OpenIDClient,
  RefusalCheck,
  signToken,
} from '../../support/oidc/index.ts';

let guarded: GuardedGateway;
let check: RefusalCheck;
/** An issuer that the gateway believes, too, and that an attacker has got hold of. */
let tenant: IdentityProvider;

beforeAll(async () => {
  tenant = await IdentityProvider.start({ audience: AUDIENCE });
  const issuer = { url: tenant.issuer, audiences: [AUDIENCE], certificateAuthority: tenant.ca };
  guarded = await GuardedGateway.start({
    issuers: [{ issuer, claimMappings: { groups: { claim: 'groups', prefix: 'tenant:' } } }],
  });
  check = new RefusalCheck(guarded);
});

afterAll(async () => {
  await guarded[Symbol.asyncDispose]();
  await tenant[Symbol.asyncDispose]();
});

describe('an issuer that speaks for another', () => {
  test('with its own key', async () => {
    await check.expect401(tenant.sign({ iss: guarded.idp.issuer }), 'does not publish');
  });

  test("with its own key under the name of the other's", async () => {
    const { kid } = guarded.idp.signingKey;
    await check.expect401(tenant.sign({ iss: guarded.idp.issuer }, { kid }), 'signature is wrong');
  });

  test('without a name for its key', async () => {
    await check.expect401(tenant.sign({ iss: guarded.idp.issuer }, { kid: undefined }), 'signature is wrong');
  });

  test.each([
    ['first', () => [tenant.issuer, guarded.idp.issuer]],
    ['last', () => [guarded.idp.issuer, tenant.issuer]],
  ])('by naming two issuers in one token, its own %s', async (_place, issuers) => {
    const { iss: _iss, ...claims } = tenant.goodClaims();
    const names = issuers().map((issuer) => `"iss":${JSON.stringify(issuer)}`);
    const both = `{${names.join(',')},${JSON.stringify({ ...claims, sub: 'ci' }).slice(1)}`;
    const answer = await chatCompletion(guarded.gateway, signToken(tenant.goodHeader(), both, tenant.signingKey));
    // At best it is taken for what it is: a token of the tenant, whose user is not the other's.
    expect([401, 403]).toContain(answer.status);
    expect(answer.body.toString()).not.toContain('\\"ci\\" may not');
  });

  test('by users and groups of the same names: they have the prefix of their issuer', async () => {
    await using client = await OpenIDClient.discover(tenant, 'batch');
    tenant.claims.set('batch', { groups: ['research'] });
    const { access_token } = await client.clientCredentials();
    const answer = await exchange(`${guarded.gateway.url}/llm/v1/authentication`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      caller: { username: `${tenant.issuer}#batch`, groups: ['tenant:research', 'system:authenticated'] },
    });
    await check.expect403(access_token, `${tenant.issuer}#batch`);
    await check.expect403(tenant.sign({ sub: 'ci' }), `${tenant.issuer}#ci`);
  });

  test("by publishing a key under the name of the other's", async () => {
    const { kid } = guarded.idp.signingKey;
    tenant.signWith({ ...tenant.signingKey, kid, jwk: { ...tenant.signingKey.jwk, kid } });
    const token = tenant.sign();
    await waitFor('the key to be known', async () => (await chatCompletion(guarded.gateway, token)).status === 403);
    await check.expect401(tenant.sign({ iss: guarded.idp.issuer }), 'signature is wrong');
    expect(await chatCompletion(guarded.gateway, guarded.idp.sign())).toMatchObject({ status: 200 });
  });
});

describe('a request with more than one credential', () => {
  const good = (): string => `Bearer ${guarded.idp.sign()}`;
  const bad = (): string => `Bearer ${guarded.idp.sign({ aud: 'other' })}`;

  test('is judged by the first place alone, whatever is in the others', async () => {
    const judged = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await chatCompletion(guarded.gateway, undefined, { headers })).status;
    expect(await judged({ 'x-tidegate-authorization': good(), authorization: bad() })).toBe(200);
    expect(await judged({ 'x-tidegate-authorization': bad(), authorization: good() })).toBe(401);
    expect(await judged({ authorization: bad(), 'x-api-key': guarded.idp.sign() })).toBe(401);
    expect(await judged({ 'x-api-key': 'sk-none', 'x-goog-api-key': guarded.idp.sign() })).toBe(401);
  });

  test.each(['Authorization', 'X-Tidegate-Authorization', 'x-api-key'])('twice in %s is not let in', async (name) => {
    const value = (text: string): string => (name === 'x-api-key' ? text.replace('Bearer ', '') : text);
    const seen = guarded.upstreams.openai.exchanges.length;
    for (const [first, second] of [
      [bad(), good()],
      [good(), bad()],
    ] as const) {
      const answer = await sendBytes(
        guarded.gateway.url,
        `GET /llm/v1/providers/openai/v1/models HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n` +
          `${name}: ${value(first)}\r\n${name}: ${value(second)}\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[01] /);
    }
    expect(guarded.upstreams.openai.exchanges).toHaveLength(seen);
  });

  test('in one header, one after the other, is not let in', async () => {
    const pair = `${good()}, ${bad()}`;
    expect(await chatCompletion(guarded.gateway, undefined, { headers: { authorization: pair } })).toMatchObject({
      status: 401,
    });
  });
});

test('nothing of all these tokens is in the log', async () => {
  await check.expectSilentLog();
});

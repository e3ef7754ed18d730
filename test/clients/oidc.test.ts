/** Programs and people sign in at a real OpenID provider and call through each SDK for Node, unmodified. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GREETING, GuardedGateway, OpenIDClient, sdks } from '../support/oidc/index.ts';

let guarded: GuardedGateway;
const clients: OpenIDClient[] = [];

beforeAll(async () => {
  guarded = await GuardedGateway.start();
});

afterAll(async () => {
  for (const client of clients) await client[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
});

async function client(id: string): Promise<OpenIDClient> {
  const found = await OpenIDClient.discover(guarded.idp, id);
  clients.push(found);
  return found;
}

const flows = {
  'client credentials': async () => (await client('ci')).clientCredentials(),
  'authorization code with PKCE': async () => (await client('app')).authorizationCode('ada'),
  'device flow': async () => (await client('cli')).device('ada'),
  'a refreshed token': async () => {
    const app = await client('app');
    const { refresh_token } = await app.authorizationCode('ada');
    return app.refresh(refresh_token ?? '');
  },
};

describe.each(Object.entries(flows))('%s', (_name, fetchTokens) => {
  let token: string;

  beforeAll(async () => {
    token = (await fetchTokens()).access_token;
  });

  test.each(Object.entries(sdks))('a call of %s is answered', async (_sdk, sdk) => {
    expect(await sdk.plain(guarded.gateway, token)).toBe(GREETING);
  });

  test.each(Object.entries(sdks))('a streamed call of %s is answered', async (_sdk, sdk) => {
    expect(await sdk.streamed(guarded.gateway, token)).toBe(GREETING);
  });

  test('no upstream and no log ever sees the token', () => {
    const [, payload = ''] = token.split('.');
    for (const upstream of Object.values(guarded.upstreams)) {
      expect(
        JSON.stringify(upstream.exchanges.map(({ request }) => [request.target, request.rawHeaders])),
      ).not.toContain(payload);
    }
    expect(guarded.gateway.process.log()).not.toContain(payload);
  });
});

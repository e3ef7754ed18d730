/** A program that knows nothing but the gateway's URL signs a person in, and calls. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuthenticationDocument } from '../../src/proxy/authentication/document.ts';
import { GREETING, GuardedGateway, OpenIDClient, resourceScope, sdks } from '../support/oidc/index.ts';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

let guarded: GuardedGateway;
let document: AuthenticationDocument;
let client: OpenIDClient;

beforeAll(async () => {
  guarded = await GuardedGateway.start({
    entry: { login: { clientID: 'cli', scopes: ['openid', 'offline_access', 'groups', resourceScope] } },
  });
  const answer = await fetch(`${guarded.gateway.url}/llm/v1/authentication`);
  document = (await answer.json()) as AuthenticationDocument;
  client = await OpenIDClient.ofGateway(document, guarded.idp.ca);
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
});

test('the gateway says by which client, with which scopes, and how the issuer gives tokens', () => {
  expect(document.jwt).toEqual([
    {
      issuer: guarded.idp.issuer,
      audiences: [guarded.idp.audience],
      tokenTypes: ['AccessToken'],
      grantTypes: ['authorization_code', DEVICE, 'client_credentials', 'refresh_token'],
      login: {
        clientID: 'cli',
        scopes: ['openid', 'offline_access', 'groups', resourceScope],
        grantTypes: ['authorization_code', DEVICE, 'refresh_token'],
      },
    },
  ]);
});

describe.each([
  ['authorization code with PKCE', async () => client.authorizationCode('ada')],
  ['device flow', async () => client.device('ada')],
])('by %s', (_name, signIn) => {
  test('a person signs in, the gateway knows them, and every SDK is answered', async () => {
    const { access_token: token } = await signIn();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${guarded.gateway.url}/llm/v1/authentication`, { headers });
    expect(await answer.json()).toMatchObject({
      ...document,
      caller: { username: 'ada', groups: ['research', 'system:authenticated'], agent: 'cli' },
    });
    for (const sdk of Object.values(sdks)) expect(await sdk.plain(guarded.gateway, token)).toBe(GREETING);
  });

  test('a person stays signed in', async () => {
    const { refresh_token: refreshToken = '' } = await signIn();
    const { access_token: token } = await client.refresh(refreshToken);
    for (const sdk of Object.values(sdks)) expect(await sdk.plain(guarded.gateway, token)).toBe(GREETING);
  });
});

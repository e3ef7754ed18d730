/** A client of OAuth that knows nothing but the gateway's URL finds out whose token it needs, and what is wrong with its own. */
import { afterEach, describe, expect, test } from '@jest/globals';
import * as oauth from 'oauth4webapi';
import { startHarness } from '../support/proxy/harness.ts';
import type { Harness } from '../support/proxy/harness.ts';

const issuer = 'https://login.example.com';
const problem = 'The token is not meant for this gateway: it has the audience "other".';

let harness: Harness | undefined;
afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});

/** What an ingress does for the public URL: whatever is asked of that host goes to the gateway, its path unchanged. */
async function start(publicURL: string): Promise<oauth.HttpRequestOptions<'GET'>> {
  harness = await startHarness({
    onRequest: (_request, response) => response.end('{}'),
    publicURL,
    authenticator: { authenticate: () => ({ kind: 'Unauthenticated', message: problem }) },
    access: {
      methods: {
        anonymous: false,
        jwt: [
          { issuer, audiences: ['tidegate'], tokenTypes: ['AccessToken'], grantTypes: undefined, login: undefined },
        ],
        serviceAccountTokens: undefined,
        x509: false,
      },
    },
  });
  const { url } = harness.proxy;
  const { origin } = new URL(publicURL);
  return {
    [oauth.customFetch]: async (target: string, init: object) => fetch(target.replace(origin, url), init),
  };
}

describe.each([
  ['https://llm.example.com', 'https://llm.example.com/.well-known/oauth-protected-resource/llm/v1'],
  ['https://example.com/ai', 'https://example.com/.well-known/oauth-protected-resource/ai/llm/v1'],
])('with the public URL %s', (publicURL, metadataURL) => {
  test('the metadata is where the client looks for it, and about the resource that it asked for', async () => {
    const options = await start(publicURL);
    const resource = new URL(`${publicURL}/llm/v1`);
    const response = await oauth.resourceDiscoveryRequest(resource, options);
    expect(await oauth.processResourceDiscoveryResponse(resource, response)).toMatchObject({
      resource: resource.href,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
    });
  });

  test('the challenge of a 401 is read: what is wrong, and where the metadata is', async () => {
    const options = await start(publicURL);
    const { origin } = new URL(publicURL);
    const call = new URL(`${origin}/llm/v1/providers/up/models`);
    const refused = oauth.protectedResourceRequest(
      'a-token',
      'GET',
      call,
      undefined,
      undefined,
      options as oauth.ProtectedResourceRequestOptions,
    );
    const error: unknown = await refused.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
    expect((error as oauth.WWWAuthenticateChallengeError).cause).toMatchObject([
      {
        scheme: 'bearer',
        parameters: {
          realm: 'tidegate',
          error: 'invalid_token',
          error_description: problem.replaceAll('"', "'"),
          resource_metadata: metadataURL,
        },
      },
    ]);
  });
});

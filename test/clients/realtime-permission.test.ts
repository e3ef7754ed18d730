/** A realtime session of a caller with a token of a real identity provider, at a gateway process, whose role is taken away. */
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { ACCESS, GuardedGateway, invokers, OpenIDClient } from '../support/oidc/index.ts';

let guarded: GuardedGateway;
let ci: OpenIDClient;

beforeAll(async () => {
  guarded = await GuardedGateway.start();
  ci = await OpenIDClient.discover(guarded.idp, 'ci');
});

afterAll(async () => {
  await ci[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
});

test('the session that is open ends with 1008 and says why; one of somebody else goes on', async () => {
  await using app = await OpenIDClient.discover(guarded.idp, 'app');
  const [mine, others] = await Promise.all(
    [(await ci.clientCredentials()).access_token, (await app.authorizationCode('ada')).access_token].map(
      async (token) => {
        const url = `${guarded.gateway.provider('openai').replace('http', 'ws')}/v1/realtime?model=gpt-realtime`;
        const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
        await once(socket, 'open');
        return socket;
      },
    ),
  );
  if (mine === undefined || others === undefined) throw new Error('no sessions');
  const closed = once(mine, 'close') as Promise<[number, Buffer]>;
  guarded.gateway.write(ACCESS, invokers({ kind: 'Group', name: 'research' }));
  const [code, reason] = await closed;
  expect(code).toBe(1008);
  expect(reason.toString()).toMatch(/^"ci" may not invoke "openai" in namespace "default": the verb "invoke"/);

  const answer = once(others, 'message');
  others.send(JSON.stringify({ type: 'response.create' }));
  await answer;
  expect(others.readyState).toBe(WebSocket.OPEN);
  others.close();
  await once(others, 'close');
});

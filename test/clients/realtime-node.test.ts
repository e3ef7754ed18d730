/** The openai SDK's realtime clients against a gateway process, over WebSocket. */
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI, { AzureOpenAI } from 'openai';
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { WebSocket } from 'ws';
import { waitFor } from '../support/control-plane/wait.ts';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { TLSFront } from '../support/gateway/tls-front.ts';
import { openAI, scenarioHeader, UpstreamServer } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let azure: UpstreamServer;
let gateway: StandaloneGateway;
/** The SDK opens nothing but `wss://`. */
let front: TLSFront;
const BrowserWebSocket = globalThis.WebSocket;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  azure = await UpstreamServer.start({ wire: openAI({ models: [], prefix: '/openai' }), keys: [upstreamKey] });
  const deployed = { baseURL: `${azure.origin}/openai`, models: [{ name: 'my-realtime' }] };
  gateway = await StandaloneGateway.start({
    manifests: {
      'openai.yaml': [provider('openai', upstream.origin), secret('openai')],
      'azure.yaml': [provider('azure', azure.origin, deployed), secret('azure')],
      'limited.yaml': [provider('limited', upstream.origin, { models: [{ name: 'gpt-4o' }] }), secret('limited')],
    },
  });
  front = await TLSFront.start(gateway.url);
  // The one of Node.js cannot be told whom to trust.
  const options = { ca: front.ca };
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, options);
    }
  } as unknown as typeof globalThis.WebSocket;
});

afterAll(async () => {
  globalThis.WebSocket = BrowserWebSocket;
  await front[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await azure[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => upstream.forget());

function client(name = 'openai'): OpenAI {
  const baseURL = `${gateway.provider(name)}/v1`.replace(gateway.url, front.origin);
  return new OpenAI({ apiKey: 'token-of-the-caller', baseURL, dangerouslyAllowBrowser: true });
}

type Realtime = OpenAIRealtimeWS | OpenAIRealtimeWebSocket;

const kinds: readonly (readonly [string, (sdk: OpenAI) => Realtime])[] = [
  ['for Node.js', (sdk) => new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { ca: front.ca } }, sdk)],
  [
    'for browsers, which puts its key among the subprotocols',
    (sdk) => new OpenAIRealtimeWebSocket({ model: 'gpt-realtime', dangerouslyAllowBrowser: true }, sdk),
  ],
];

describe.each(kinds)('the realtime client %s', (_kind, open) => {
  test('holds a session', async () => {
    const realtime = open(client());
    const failures: string[] = [];
    let said = '';
    realtime.on('error', (error) => failures.push(error.message));
    realtime.on('session.created', ({ session }) => {
      expect(session).toMatchObject({ model: 'gpt-realtime' });
      realtime.send({ type: 'session.update', session: { type: 'realtime', instructions: 'Be brief.' } });
    });
    realtime.on('session.updated', () => realtime.send({ type: 'response.create' }));
    realtime.on('response.output_audio_transcript.delta', ({ delta }) => (said += delta));
    const usage = await new Promise((resolve) =>
      realtime.on('response.done', ({ response }) => resolve(response.usage?.output_tokens)),
    );
    expect(failures).toEqual([]);
    expect(said).toBe('Hello world grüße 日本');
    expect(usage).toBe(40);
    realtime.close({ code: 1000, reason: 'done' });
    await waitFor('the upstream to see the end', () => upstream.webSockets.at(-1)?.closed !== undefined);
    expect(upstream.webSockets.at(-1)?.closed).toEqual({ code: 1000, reason: 'done' });
    expect(upstream.webSockets.at(-1)?.request.rawHeaders.join('\n')).not.toContain('token-of-the-caller');
  });
});

describe('the realtime client', () => {
  test.each([
    ['my-realtime', undefined],
    ['my-other', '403'],
  ])('for Azure opens the deployment %s, unless it is not allowed', async (deploymentName, refused) => {
    const settings = { apiKey: 'token-of-the-caller', apiVersion: '2025-04-01-preview' };
    const endpoint = gateway.provider('azure').replace(gateway.url, front.origin);
    const sdk = new AzureOpenAI({ ...settings, endpoint });
    const realtime = await OpenAIRealtimeWS.azure(sdk, { deploymentName, options: { ca: front.ca } });
    const outcome = await new Promise((resolve) => {
      realtime.on('error', (error) => resolve(error.message));
      realtime.on('session.created', ({ session }) => resolve(session));
    });
    if (refused !== undefined) expect(outcome).toContain(refused);
    else {
      expect(outcome).toMatchObject({ model: deploymentName });
      const target = '/openai/realtime?api-version=2025-04-01-preview&deployment=my-realtime';
      expect(azure.webSockets.at(-1)?.request.target).toBe(target);
      realtime.close();
    }
  });

  test('gets the error events of the API', async () => {
    const realtime = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { ca: front.ca } }, client());
    await once(realtime.socket, 'open');
    const failure = new Promise<Error>((resolve) => realtime.on('error', resolve));
    realtime.send({ type: 'nothing.known' } as never);
    expect(await failure).toMatchObject({ error: { type: 'invalid_request_error' } });
    realtime.close();
  });

  test.each([
    ['a model that is not allowed', 'limited', {}, 'gpt-realtime', '403'],
    ['a model that nobody has', 'openai', {}, 'gpt-nothing', '404'],
    ['an upstream that is overrun', 'openai', { [scenarioHeader]: '{"error":429}' }, 'gpt-realtime', '429'],
  ])('with %s is told the status', async (_what, name, headers, model, status) => {
    const realtime = new OpenAIRealtimeWS({ model, options: { headers, ca: front.ca } }, client(name));
    const failure = await new Promise<Error>((resolve) => realtime.on('error', resolve));
    expect(failure.message).toContain(status);
  });
});

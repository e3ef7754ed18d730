/** WebSockets of the Realtime API through a proxy in this process, from both sides. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { guardrailEntry, startHarness, UPSTREAM_KEY } from '../../../test/support/proxy/harness.ts';
import type { Harness, HarnessOptions } from '../../../test/support/proxy/harness.ts';
import { openAI, scenarioHeader, UpstreamServer } from '../../../test/upstreams/index.ts';
import type { Scenario } from '../../../test/upstreams/index.ts';
import type { AuthorizationVerdict } from '../../identity/types.ts';

const TOKEN = 'callers-token-77aa';
/** Frames of a client, with a mask of zeros. */
const CLOSE = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
const ANOTHER_MODEL = Buffer.concat([
  Buffer.from([0x81, 0x80 | 60, 0, 0, 0, 0]),
  Buffer.from('{"type":"session.update","session":{"model":"gpt-4o"}}'.padEnd(60)),
]);
const RESPOND = JSON.stringify({ type: 'response.create' });

let upstream: UpstreamServer;
let harness: Harness;

beforeEach(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [UPSTREAM_KEY] });
});

afterEach(async () => {
  await harness[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  expect(harness.log()).not.toContain(UPSTREAM_KEY);
  expect(harness.log()).not.toContain(TOKEN);
});

async function start(options: Omit<HarnessOptions, 'onRequest'> = {}): Promise<void> {
  harness = await startHarness({
    onRequest: (_request, response) => response.end(),
    ...options,
    entry: { baseURL: `${upstream.origin}/v1`, ...options.entry },
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A client with everything that it has heard. */
class Client {
  readonly socket: WebSocket;
  readonly events: Record<string, unknown>[] = [];
  closed: { code: number; reason: string } | undefined;
  refusal: { status: number; error: string | undefined; body: string } | undefined;

  constructor(path = '/v1/realtime?model=gpt-realtime', options: ClientOptions = {}, protocols: string[] = []) {
    this.socket = new WebSocket(`${harness.url.replace('http', 'ws')}${path}`, protocols, options);
    this.socket.on('message', (data: Buffer) =>
      this.events.push(JSON.parse(data.toString()) as Record<string, unknown>),
    );
    this.socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    this.socket.on('error', () => undefined);
    this.socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        const error = response.headers['x-tidegate-error'] as string | undefined;
        this.refusal = { status: response.statusCode ?? 0, error, body };
      });
    });
  }

  static async open(scenario: Scenario = {}): Promise<Client> {
    const headers = { authorization: `Bearer ${TOKEN}`, [scenarioHeader]: JSON.stringify(scenario) };
    const client = new Client(undefined, { headers });
    await once(client.socket, 'open');
    return client;
  }

  heard(type: string): number {
    return this.events.filter((event) => event['type'] === type).length;
  }

  async respond(): Promise<void> {
    const before = this.heard('response.done');
    this.socket.send(RESPOND);
    await until(() => this.heard('response.done') > before);
  }
}

/** The one record of the session, once it has ended. */
async function record(): Promise<Record<string, unknown>> {
  await until(() => harness.proxy.openRequests === 0 && harness.requests().length > 0);
  const records = harness.requests();
  expect(records).toHaveLength(1);
  return records[0] ?? {};
}

/** Tokens that the metrics show, by class. */
async function tokens(tokenClass: string): Promise<number> {
  return harness.metric('tidegate_tokens_total', `token_type="${tokenClass}"`);
}

describe('a session', () => {
  test('is a call like others: credential of the provider, path, model, one record', async () => {
    await start();
    const client = await Client.open();
    await until(() => client.heard('session.created') === 1);
    expect(harness.proxy.openRequests).toBe(1);
    await client.respond();
    client.socket.close(1000, 'done');
    expect(await record()).toMatchObject({
      operation: 'realtime',
      model: 'gpt-realtime',
      status: 101,
      method: 'GET',
      tokens: { input: 56, cached_input: 64, output: 40 },
    });
    expect(await record()).not.toHaveProperty('code');
    await until(() => upstream.webSockets[0]?.closed !== undefined);
    expect(upstream.webSockets[0]?.closed).toEqual({ code: 1000, reason: 'done' });
    await until(() => client.closed !== undefined);
    expect(client.closed).toEqual({ code: 1000, reason: 'done' });
    const { request } = upstream.webSockets[0] as (typeof upstream.webSockets)[number];
    expect(request.target).toBe('/v1/realtime?model=gpt-realtime');
    expect(request.header('authorization')).toBe(`Bearer ${UPSTREAM_KEY}`);
    expect(request.rawHeaders.join('\n')).not.toContain(TOKEN);
  });

  test('shows the tokens of each response when it is done, and counts none of them twice', async () => {
    await start();
    const client = await Client.open();
    await client.respond();
    expect(await tokens('output')).toBe(40);
    await client.respond();
    expect(await tokens('output')).toBe(80);
    client.socket.close();
    expect(await record()).toMatchObject({ tokens: { input: 112, cached_input: 128, output: 80 } });
    const { input, cached_input, output } = upstream.book.classes();
    expect([await tokens('input'), await tokens('cached_input'), await tokens('output')]).toEqual([
      input,
      cached_input,
      output,
    ]);
    expect(await harness.metric('tidegate_requests_total')).toBe(1);
  });

  test('counts what is transcribed under the model that transcribes', async () => {
    const pricing = { input: 10, cachedInput: 1, output: 100 };
    const models = [
      { name: 'gpt-realtime', pricing: { input: 100, cachedInput: 50, output: 80 } },
      { name: 'gpt-4o-transcribe', pricing },
    ];
    await start({ entry: { models } });
    const client = await Client.open();
    const audio = { input: { transcription: { model: 'gpt-4o-transcribe' } } };
    client.socket.send(JSON.stringify({ type: 'session.update', session: { type: 'realtime', audio } }));
    client.socket.send(JSON.stringify({ type: 'input_audio_buffer.commit' }));
    await until(() => client.heard('conversation.item.input_audio_transcription.completed') === 1);
    await client.respond();
    expect(await harness.metric('tidegate_tokens_total', 'model="gpt-4o-transcribe"')).toBe(43);
    expect(await harness.metric('tidegate_tokens_total', 'model="gpt-realtime"')).toBe(160);
    client.socket.close();
    // Each model at its own price: the sum is that of the responses, not the price of the sum.
    const transcribed = await harness.metric('tidegate_cost_usd_total', 'model="gpt-4o-transcribe"');
    const spoken = await harness.metric('tidegate_cost_usd_total', 'model="gpt-realtime"');
    expect(transcribed).toBeGreaterThan(0.0017);
    const { costUSD } = await record();
    expect(Number(costUSD)).toBeCloseTo(transcribed + spoken, 12);
  });

  test.each([1, 7, 1000])(
    'is metered when messages come in fragments of %d bytes with pings between them',
    async (size) => {
      await start();
      const client = await Client.open({ chunkBytes: size });
      await client.respond();
      expect(await tokens('output')).toBe(40);
      client.socket.close();
      await record();
    },
  );

  test('agrees on no compression, which would hide the usage', async () => {
    await start();
    const client = await Client.open();
    expect(client.socket.extensions).toBe('');
    expect(upstream.webSockets[0]?.request.header('sec-websocket-extensions')).toBeUndefined();
    client.socket.close();
    await record();
  });

  test('takes the token of a browser out of the subprotocols', async () => {
    await start();
    const protocols = ['realtime', `openai-insecure-api-key.${TOKEN}`, 'openai-beta.realtime-v1'];
    const client = new Client(undefined, {}, protocols);
    await once(client.socket, 'open');
    expect(client.socket.protocol).toBe('realtime');
    expect(upstream.webSockets[0]?.request.header('sec-websocket-protocol')).toBe('realtime, openai-beta.realtime-v1');
    client.socket.close();
    await record();
  });

  test('without an answer to the last response has that missing', async () => {
    await start();
    const client = await Client.open({ hangAfterFrames: 3 });
    client.socket.send(RESPOND);
    await until(() => client.events.length === 3);
    client.socket.terminate();
    expect(await record()).toMatchObject({ code: 'ClientDisconnected', usageMissing: 'client_disconnected' });
    expect(await harness.metric('tidegate_usage_missing_total', 'reason="client_disconnected"')).toBe(1);
  });

  test('that says nothing of usage has that missing', async () => {
    await start();
    const client = await Client.open({ withoutUsage: true });
    await client.respond();
    client.socket.close();
    expect(await record()).toMatchObject({ usageMissing: 'not_reported' });
  });
});

describe('who hangs up', () => {
  test('a client: the upstream hears it', async () => {
    await start();
    const client = await Client.open();
    client.socket.terminate();
    await until(() => upstream.openSockets === 0);
    expect(await record()).toMatchObject({ status: 101, code: 'ClientDisconnected' });
    expect(await harness.metric('tidegate_client_disconnects_total')).toBe(1);
  });

  test('a client in the middle of a response, with Drain: the response is read on and metered', async () => {
    await start({ entry: { onClientDisconnect: 'Drain' } });
    const client = await Client.open();
    upstream.webSockets[0]?.socket.pause();
    client.socket.send(RESPOND);
    await until(() => client.heard('session.created') === 1);
    upstream.webSockets[0]?.socket.resume();
    await until(() => client.heard('response.created') === 1);
    client.socket.terminate();
    expect(await record()).toMatchObject({ tokens: { output: 40 } });
    await until(() => upstream.openSockets === 0);
  });

  test('an upstream: the client gets a close frame that says so', async () => {
    await start();
    const client = await Client.open({ cutAfterFrames: 1 });
    client.socket.send(RESPOND);
    await until(() => client.closed !== undefined);
    expect(client.closed?.code).toBe(1014);
    expect(await record()).toMatchObject({ status: 101, code: 'UpstreamUnreachable' });
  });

  test('an upstream that closes well: the client gets its code and reason', async () => {
    await start();
    const client = await Client.open();
    upstream.webSockets[0]?.socket.close(1001, 'Your session hit the maximum duration');
    await until(() => client.closed !== undefined);
    expect(client.closed).toEqual({ code: 1001, reason: 'Your session hit the maximum duration' });
    expect(await record()).not.toHaveProperty('code');
  });

  test('nobody, and nobody says anything: the session ends', async () => {
    await start({
      entry: { timeouts: { connectSeconds: 5, firstByteSeconds: 30, idleSeconds: 0.1 } },
      limits: { bodyIdleSeconds: 0.1 },
    });
    const client = await Client.open();
    await until(() => client.closed !== undefined);
    expect(client.closed).toEqual({ code: 1001, reason: 'Nothing was said in this session for 0.1 seconds.' });
    expect(await record()).toMatchObject({ code: 'RequestTimeout' });
    await until(() => upstream.openSockets === 0);
    expect(upstream.webSockets[0]?.closed?.code).toBe(1001);
  });

  test('the gateway, when its time to drain is over: 1001 to both sides', async () => {
    await start({ shutdown: { drainSeconds: 2 } });
    const client = await Client.open();
    const drained = harness.proxy.drain();
    await client.respond();
    expect(await drained).toEqual({ cut: 1 });
    await until(() => client.closed !== undefined && upstream.webSockets[0]?.closed !== undefined);
    expect(client.closed?.code).toBe(1001);
    expect(upstream.webSockets[0]?.closed?.code).toBe(1001);
    expect(await record()).toMatchObject({ code: 'Draining', tokens: { output: 40 } });
  });
});

describe('permission that changes while a session is open', () => {
  const allowed: AuthorizationVerdict = { kind: 'Allowed' };
  const message = '"dave" may not invoke "up" in namespace "default": the verb "invoke" is missing.';
  const denied: AuthorizationVerdict = { kind: 'Denied', message };
  const sixSeconds = 6000;
  let verdict: AuthorizationVerdict | Promise<AuthorizationVerdict> = allowed;
  let asked: string[] = [];
  let passed = 0;

  /** Lets so much time pass, as far as the proxy can tell. */
  const pass = (milliseconds: number): void => void (passed += milliseconds);

  beforeEach(async () => {
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + passed);
    verdict = allowed;
    asked = [];
    const authorizer: HarnessOptions['authorizer'] = {
      authorize: (identity, verb, namespace, name) => {
        asked.push([identity.username, verb, namespace, name].join(' '));
        return verdict;
      },
    };
    const identity = { username: 'dave', groups: [] };
    await start({
      authorizer,
      authenticator: { authenticate: () => ({ kind: 'Authenticated', identity }) },
      limits: { bodyIdleSeconds: 0.1 },
      entry: { timeouts: { connectSeconds: 5, firstByteSeconds: 30, idleSeconds: 3600 } },
    });
  });

  afterEach(() => {
    passed = 0;
    jest.restoreAllMocks();
  });

  test.each([
    ['at once', (): AuthorizationVerdict => denied],
    ['later', async (): Promise<AuthorizationVerdict> => denied],
  ])('ends it when a role is taken away, and says why (told %s)', async (_when, say) => {
    const client = await Client.open();
    await client.respond();
    verdict = say();
    pass(sixSeconds);
    await until(() => client.closed !== undefined);
    expect(client.closed).toEqual({ code: 1008, reason: message });
    expect(client.events.at(-1)).toMatchObject({ type: 'error', error: { message } });
    expect(new Set(asked)).toEqual(new Set(['dave invoke default up']));
    await until(() => upstream.openSockets === 0);
    expect(await record()).toMatchObject({ user: 'dave', status: 101, code: 'Forbidden', tokens: { output: 40 } });
    expect(await harness.metric('tidegate_requests_total', 'code="101"', 'error="Forbidden"')).toBe(1);
  });

  test('is asked for every few seconds, and one question at a time', async () => {
    const client = await Client.open();
    const before = asked.length;
    const late = Promise.withResolvers<AuthorizationVerdict>();
    verdict = late.promise;
    pass(sixSeconds);
    await until(() => asked.length > before);
    pass(sixSeconds);
    await client.respond();
    pass(sixSeconds);
    await client.respond();
    expect(asked).toHaveLength(before + 1);
    late.resolve(allowed);
    await until(() => asked.length > before + 1);
    client.socket.close();
    await record();
  });

  test('that nobody can be asked about takes nothing away', async () => {
    const client = await Client.open();
    const before = asked.length;
    verdict = { kind: 'Unavailable', message: 'away' };
    pass(sixSeconds);
    await until(() => asked.length > before);
    await client.respond();
    client.socket.close();
    expect(await record()).not.toHaveProperty('code');
  });

  test('no longer matters once the client is gone: what it has begun is counted', async () => {
    harness.setEntries({
      onClientDisconnect: 'Drain',
      timeouts: { connectSeconds: 5, firstByteSeconds: 30, idleSeconds: 3600 },
    });
    const client = await Client.open();
    upstream.webSockets[0]?.socket.pause();
    client.socket.send(RESPOND);
    await until(() => client.heard('session.created') === 1);
    upstream.webSockets[0]?.socket.resume();
    await until(() => client.heard('response.created') === 1);
    client.socket.terminate();
    verdict = denied;
    pass(sixSeconds);
    expect(await record()).toMatchObject({ tokens: { output: 40 } });
  });
});

describe('a slow reader', () => {
  test('slows the other side down, and little is held in between', async () => {
    await start();
    const client = await Client.open({ bodyBytes: 1_000_000 });
    await until(() => client.heard('session.created') === 1);
    client.socket.pause();
    for (let i = 0; i < 64; i += 1) client.socket.send(RESPOND);
    const { socket } = upstream.webSockets[0] as (typeof upstream.webSockets)[number];
    // What is not taken stays at its source: 64 responses of more than a megabyte.
    await until(() => socket.bufferedAmount > 40_000_000);
    client.socket.resume();
    await until(() => client.heard('response.done') === 64);
    expect(await tokens('output')).toBe(64 * 40);
    client.socket.close();
    await record();
  });
});

describe('under guardrails, which cannot read it', () => {
  test('a session is refused where one fails closed', async () => {
    await start({ guardrails: [guardrailEntry()] });
    const client = new Client();
    await until(() => client.refusal !== undefined);
    expect(client.refusal).toMatchObject({ status: 400, error: 'GuardrailBlocked' });
    expect(client.refusal?.body).toContain('what passes over a WebSocket cannot be read by guardrails');
    expect(upstream.connections).toBe(0);
    expect((await record())['guardrails']).toMatchObject([{ direction: 'Input', action: 'Block' }]);
  });

  test.each([
    ['fail open', { failurePolicy: 'Open' }, 'Unreadable'],
    ['only audit', { mode: 'Audit' }, 'Block'],
  ] as const)('a session goes on where all %s, and is counted', async (_what, changes, action) => {
    await start({ guardrails: [guardrailEntry(changes)] });
    const client = await Client.open();
    client.socket.close();
    expect((await record())['guardrails']).toMatchObject([
      { direction: 'Input', action },
      { direction: 'Output', action },
    ]);
    expect(await harness.metric('tidegate_guardrail_checks_total', `action="${action}"`)).toBe(2);
  });
});

describe('under an allowlist', () => {
  const limited = { entry: { models: [{ name: 'gpt-realtime' }] } };
  const update = (session: object): string => JSON.stringify({ type: 'session.update', session });

  test('another model is refused before the upstream hears of it', async () => {
    await start(limited);
    const client = new Client('/v1/realtime?model=gpt-4o');
    await until(() => client.refusal !== undefined);
    expect(client.refusal).toMatchObject({ status: 403, error: 'ModelNotAllowed' });
    expect(upstream.connections).toBe(0);
  });

  test.each([
    ['a parameter that names a further one', '/v1/realtime?model=gpt-realtime&deployment=gpt-4o'],
    ['no model', '/v1/realtime?intent=transcription'],
    ['two models', '/v1/realtime?model=gpt-realtime&model=gpt-4o'],
  ])('%s is refused', async (_what, path) => {
    await start(limited);
    const client = new Client(path);
    await until(() => client.refusal !== undefined);
    expect(client.refusal).toMatchObject({ status: 403, error: 'ModelNotAllowed' });
  });

  test('a model with the suffix of a long context is the model', async () => {
    await start({ entry: { models: [{ name: 'gpt-realtime[1m]' }] } });
    const client = await Client.open();
    client.socket.close();
    await record();
  });

  test.each([
    ['model', update({ model: 'gpt-4o' })],
    ['model, escaped', '{"type":"session.update","session":{"\\u006dodel":"gpt-4o"}}'],
    ['model that transcribes', update({ audio: { input: { transcription: { model: 'whisper-1' } } } })],
    ['model that transcribes, of before', update({ input_audio_transcription: { model: 'whisper-1' } })],
    ['model of a tool', update({ tools: [{ type: 'image_generation', model: 'gpt-image-1' }] })],
  ])('an event with another %s ends the session and does not reach the upstream', async (_what, event) => {
    await start(limited);
    const client = await Client.open();
    await until(() => client.heard('session.created') === 1);
    client.socket.send(event);
    await until(() => client.closed !== undefined);
    expect(client.events.at(-1)).toMatchObject({ type: 'error', error: { code: 'ModelNotAllowed' } });
    expect(client.closed?.code).toBe(1008);
    await until(() => upstream.openSockets === 0);
    expect(upstream.webSockets[0]?.heard).toEqual([]);
    expect(await record()).toMatchObject({ status: 101, code: 'ModelNotAllowed' });
  });

  test.each([
    ['that is not JSON', '{"type":"session.update",}'],
    ['with a name that may be a further model', update({ fallback_model: 'gpt-4o' })],
  ])('an event %s is refused as one that cannot be checked', async (_what, event) => {
    await start(limited);
    const client = await Client.open();
    client.socket.send(event);
    await until(() => client.closed !== undefined);
    expect(client.closed?.code).toBe(1008);
    expect(await record()).toMatchObject({ code: 'InvalidRequest' });
    expect(upstream.webSockets[0]?.heard).toEqual([]);
  });

  test.each([
    ['in one write with it', [Buffer.concat([CLOSE, ANOTHER_MODEL])]],
    ['in a write of its own', [CLOSE, ANOTHER_MODEL]],
  ])('an event behind a close frame, %s, does not reach an upstream that reads on', async (_what, writes) => {
    let heard = Buffer.alloc(0);
    const reading = createServer();
    reading.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
      socket.on('data', (chunk: Buffer) => (heard = Buffer.concat([heard, chunk])));
      socket.on('error', () => undefined);
      socket.on('end', () => socket.end());
    });
    reading.listen(0, '127.0.0.1');
    await once(reading, 'listening');
    const { port } = reading.address() as AddressInfo;
    await start({ entry: { ...limited.entry, baseURL: `http://127.0.0.1:${port}/v1` } });
    const { hostname, port: gateway, pathname } = new URL(harness.url);
    const socket = connect(Number(gateway), hostname);
    socket.write(
      `GET ${pathname}/realtime?model=gpt-realtime HTTP/1.1\r\nhost: g\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
    );
    await once(socket, 'data');
    for (const bytes of writes) {
      socket.write(bytes);
      await until(() => heard.length >= CLOSE.length);
    }
    socket.end();
    await record();
    expect(heard).toEqual(CLOSE);
    socket.destroy();
    reading.close();
  });

  test('what is said may be about models', async () => {
    await start(limited);
    const client = await Client.open();
    const schema = { type: 'object', properties: { model: { type: 'string' } } };
    client.socket.send(update({ model: 'gpt-realtime', tools: [{ type: 'function', name: 'f', parameters: schema }] }));
    const item = {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: 'x'.repeat(200_000) }],
      model: 1,
    };
    client.socket.send(JSON.stringify({ type: 'conversation.item.create', item }));
    await client.respond();
    expect(upstream.webSockets[0]?.heard).toHaveLength(3);
    client.socket.close();
    await record();
  });
});

describe('a handshake', () => {
  test('that the upstream refuses gets the answer of the upstream', async () => {
    await start();
    const headers = { [scenarioHeader]: JSON.stringify({ error: 429, headers: { 'retry-after': '7' } }) };
    const client = new Client(undefined, { headers });
    await until(() => client.refusal !== undefined);
    expect(client.refusal).toMatchObject({ status: 429, error: undefined });
    expect(client.refusal?.body).toContain('rate_limit');
    expect(await record()).toMatchObject({ status: 429 });
  });

  test.each([
    ['a provider that nobody knows', '/../other/v1/realtime', 400, 'InvalidRequest'],
    ['an API that is not spoken over WebSocket', '/v1/responses?model=gpt-5', 400, 'InvalidRequest'],
  ])('for %s is refused in words', async (_what, path, status, error) => {
    await start();
    const url = new URL(harness.url);
    const socket = connect(Number(url.port), url.hostname);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(
      `GET ${url.pathname}${path} HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    await once(socket, 'close');
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text.toLowerCase()).toContain(`x-tidegate-error: ${error.toLowerCase()}`);
    expect(text).toContain('"error":{');
  });

  /** What a connection that sends `first`, and `then` once it has an answer, gets in all. */
  async function talk(first: string, then: string, enough: (text: string) => boolean): Promise<string> {
    const url = new URL(harness.url);
    const socket = connect(Number(url.port), url.hostname);
    let text = '';
    let isSecond = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!isSecond && then !== '') socket.write(then);
      isSecond = true;
      if (enough(text)) socket.destroy();
    });
    socket.write(first);
    await once(socket, 'close');
    return text;
  }

  const describing = 'GET /llm/v1/providers HTTP/1.1\r\nhost: h\r\n\r\n';
  const handshake =
    'GET /llm/v1/providers/up/v1/realtime?model=gpt-realtime HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
    'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

  test('on a connection that has served a request before is taken', async () => {
    await start();
    const text = await talk(describing, handshake, (all) => all.includes('session.created'));
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toContain('HTTP/1.1 101 Switching Protocols');
    // RFC 6455 §1.3, of this very key.
    expect(text).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    await until(() => harness.proxy.openRequests === 0);
  });

  test('behind a request that still waits is refused', async () => {
    await start();
    upstream.always({ hangBeforeAnswer: true });
    const waiting = 'GET /llm/v1/providers/up/v1/models HTTP/1.1\r\nhost: h\r\n\r\n';
    const done = talk(waiting + handshake, '', () => false);
    await until(() => upstream.openRequests === 1);
    upstream.always({});
    upstream.release();
    const text = await done;
    expect(text).not.toContain('101 Switching');
    expect(text).toMatch(/HTTP\/1\.1 400 [^]*A WebSocket is opened with GET over HTTP\/1\.1/);
    expect(upstream.webSockets).toHaveLength(0);
  });

  test('for a disabled provider is refused', async () => {
    await start({ entry: { enabled: false } });
    const client = new Client();
    await until(() => client.refusal !== undefined);
    expect(client.refusal).toMatchObject({ status: 403, error: 'ProviderDisabled' });
  });

  test('to a denied network is refused', async () => {
    await start({ deniedCIDRs: ['127.0.0.0/8'] });
    const client = new Client();
    await until(() => client.refusal !== undefined);
    expect(client.refusal).toMatchObject({ status: 502, error: 'UpstreamUnreachable' });
    expect(upstream.connections).toBe(0);
  });

  test('to an upstream that does not answer ends when the client goes', async () => {
    await start();
    const client = new Client(undefined, { headers: { [scenarioHeader]: '{"hangBeforeAnswer":true}' } });
    await until(() => upstream.openSockets === 1);
    client.socket.terminate();
    expect(await record()).toMatchObject({ status: 499, code: 'ClientDisconnected' });
    await until(() => upstream.openSockets === 0);
  });

  test('that is answered at length is given up when its client takes nothing of it', async () => {
    const talking = createServer();
    talking.on('upgrade', (_request, socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 50000000\r\n\r\n');
      socket.write(Buffer.alloc(50_000_000));
    });
    talking.listen(0, '127.0.0.1');
    await once(talking, 'listening');
    const { port } = talking.address() as AddressInfo;
    await start({
      entry: {
        baseURL: `http://127.0.0.1:${port}/v1`,
        timeouts: { connectSeconds: 10, firstByteSeconds: 10, idleSeconds: 0.1 },
      },
      limits: { bodyIdleSeconds: 0.1 },
    });
    const { hostname, port: gateway, pathname } = new URL(harness.url);
    const socket = connect(Number(gateway), hostname).pause();
    socket.on('error', () => undefined);
    socket.write(
      `GET ${pathname}/realtime?model=m HTTP/1.1\r\nhost: g\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
    );
    expect(await record()).toMatchObject({ status: 400, code: 'ClientDisconnected' });
    socket.destroy();
    talking.close();
  });

  test('to an upstream that does not answer is told that the gateway drains, not that the upstream failed', async () => {
    await start({ shutdown: { drainSeconds: 0.05 } });
    const client = new Client(undefined, { headers: { [scenarioHeader]: '{"hangBeforeAnswer":true}' } });
    await until(() => upstream.openSockets === 1);
    expect(await harness.proxy.drain()).toEqual({ cut: 1 });
    await until(() => client.refusal !== undefined);
    expect(client.refusal).toMatchObject({ status: 503, error: 'Draining' });
    expect(await record()).toMatchObject({ status: 503, code: 'Draining' });
  });

  test('to an upstream that breaks off is told', async () => {
    await start();
    upstream.always({ resetBeforeAnswer: true });
    const client = new Client();
    await until(() => client.refusal !== undefined);
    expect(client.refusal).toMatchObject({ status: 502, error: 'UpstreamUnreachable' });
  });
});

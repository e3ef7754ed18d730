/** Clients that hang up, read slowly, send slowly or send too much. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { callerSockets } from '../support/gateway/caller-sockets.ts';
import {
  collect,
  exchange,
  post,
  provider,
  secret,
  send,
  sendBytes,
  StandaloneGateway,
  upstreamKey,
} from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  gateway = await StandaloneGateway.start({
    config: {
      limits: { requestBytes: 1_000_000, headerSeconds: 1, bodyIdleSeconds: 1, keepAliveSeconds: 1, openRequests: 60 },
    },
    manifests: {
      'openai.yaml': [
        provider('openai', upstream.origin),
        secret('openai'),
        provider('draining', upstream.origin, { secretRef: { name: 'openai' }, onClientDisconnect: 'Drain' }),
      ],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => upstream.forget());

const chat = { model: 'gpt-4o', messages: [] };
const path = '/v1/chat/completions';

function doing(scenario: Scenario): Record<string, string> {
  return { 'content-type': 'application/json', [scenarioHeader]: JSON.stringify(scenario) };
}

/** Starts a call and leaves it once the head is there, or at once when none will come. */
async function hangUp(scenario: Scenario, name = 'openai'): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const body = JSON.stringify({ ...chat, stream: true });
  const before = upstream.exchanges.length;
  const answer = send(`${gateway.provider(name)}${path}`, { method: 'POST', headers: doing(scenario), body, signal });
  answer.then((incoming) => incoming.on('error', () => {})).catch(() => {});
  if (scenario.hangBeforeAnswer) await waitFor('the request upstream', () => upstream.exchanges.length > before);
  else await answer;
  controller.abort();
}

async function openRequests(): Promise<number> {
  return (await gateway.metrics()).sum('tidegate_open_requests');
}

describe('clients that hang up', () => {
  test.each([
    ['before an answer', { hangBeforeAnswer: true }],
    ['in the middle of a stream', { hangAfterFrames: 2 }],
  ] as const)('%s abort the upstream and leave no socket', async (_when, scenario) => {
    for (let count = 0; count < 40; count++) await hangUp(scenario);
    await waitFor('the upstream to see them', () => upstream.openRequests === 0);
    expect(upstream.exchanges.every((exchange) => exchange.outcome === 'Aborted')).toBe(true);
    await waitFor('no open requests', async () => (await openRequests()) === 0);
    await waitFor('no sockets of callers', () => callerSockets(gateway.url) === 0);
    // What is left is what the pool keeps, not one for each call.
    await waitFor('few upstream sockets', () => upstream.openSockets <= 2);
  });

  test('are read on to the end when the provider says Drain, and metered', async () => {
    const before = (await gateway.metrics()).sum('tidegate_tokens_total', { provider: 'draining' });
    await hangUp({ contentFrames: 20, framesPerSecond: 40 }, 'draining');
    await waitFor('the whole answer', () => upstream.last.outcome === 'Complete');
    const { input, output } = upstream.book.totals();
    await waitFor('the metered tokens', async () => {
      const tokens = (await gateway.metrics()).sum('tidegate_tokens_total', { provider: 'draining' });
      return tokens - before === input + output;
    });
  });

  test('in the middle of their own request body leave no socket', async () => {
    const { hostname, port, pathname } = new URL(`${gateway.provider('openai')}${path}`);
    for (let count = 0; count < 20; count++) {
      const socket = await open();
      socket.write(`POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-length: 1000\r\n\r\n{"model":`);
      socket.destroy();
    }
    await waitFor('no open requests', async () => (await openRequests()) === 0);
    await waitFor('no sockets of callers', () => callerSockets(gateway.url) === 0);
  });
});

test('mistake 5: clients that do not read hold the upstream back, and memory stays flat', async () => {
  const each = 40_000_000;
  const ask = (): ReturnType<typeof send> =>
    send(`${gateway.provider('openai')}${path}`, {
      method: 'POST',
      headers: doing({ contentFrames: 400, bodyBytes: each }),
      body: JSON.stringify({ ...chat, stream: true, stream_options: { include_usage: true } }),
    });
  // So that the process has the size that it works with when answers of this size pass.
  await collect(await ask());
  upstream.forget();
  const before = gateway.process.residentBytes();
  const answers = await Promise.all(Array.from({ length: 5 }, ask));
  const sentBytes = (): number => upstream.exchanges.reduce((sum, exchange) => sum + exchange.sentBytes, 0);
  let seen = -1;
  await waitFor(
    'the upstream to be held back',
    () => {
      const stalled = sentBytes() === seen;
      seen = sentBytes();
      return stalled;
    },
    { intervalMilliseconds: 300 },
  );
  expect(seen).toBeLessThan(5 * each);
  let most = gateway.process.residentBytes();
  let received = 0;
  await Promise.all(
    answers.map(async (answer) => {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        received += chunk.length;
        if (received % 16 === 0) most = Math.max(most, gateway.process.residentBytes());
      }
    }),
  );
  expect(received).toBeGreaterThan(5 * each);
  expect(most - before).toBeLessThan(100_000_000);
});

describe('slow clients are given up', () => {
  test('with a head that does not end', async () => {
    const answer = await sendBytes(gateway.url, 'GET /llm/v1/providers HTTP/1.1\r\nhost: x\r\nx-slow: ');
    expect(answer === '' || answer.startsWith('HTTP/1.1 408 ')).toBe(true);
  });

  test('with a body that does not come', async () => {
    const { pathname } = new URL(`${gateway.provider('openai')}${path}`);
    await sendBytes(gateway.url, `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"model":"gpt`);
    await waitFor('no open requests', async () => (await openRequests()) === 0);
    await waitFor('no requests upstream', () => upstream.openRequests === 0);
  });

  test('with a connection that says nothing', async () => {
    expect(await sendBytes(gateway.url, '')).toMatch(/^$|^HTTP\/1\.1 408 /);
  });
});

describe('clients that ask for too much', () => {
  const large = Buffer.from(JSON.stringify({ ...chat, pad: 'x'.repeat(1_100_000) }));

  test.each([
    ['with a declared length', { 'content-length': String(large.length) }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('a body over the limit is refused with 413 %s', async (_how, headers) => {
    const answer = await exchange(`${gateway.provider('openai')}${path}`, { method: 'POST', headers, body: [large] });
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([413, 'RequestTooLarge']);
    expect(upstream.exchanges.filter(({ status }) => status !== undefined)).toHaveLength(0);
  });

  test('requests over the limit of open ones are refused with 503 and Retry-After', async () => {
    await waitFor('no open requests', async () => (await openRequests()) === 0);
    const held = Array.from({ length: 60 }, () =>
      post(`${gateway.provider('openai')}${path}`, chat, doing({ hangBeforeAnswer: true })),
    );
    await waitFor('60 open requests', () => upstream.openRequests === 60);
    const answer = await post(`${gateway.provider('openai')}${path}`, chat);
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([503, 'Overloaded']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    upstream.release();
    const answers = await Promise.all(held);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });
});

function open(): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

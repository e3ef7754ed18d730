/** What an upstream can do wrong, and what the caller and the counters get of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { freePorts } from '../support/control-plane/ports.ts';
import { post, provider, secret, send, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;
let closedPort: number;

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  [closedPort = 0] = await freePorts(1);
  const quick = { timeouts: { connectSeconds: 1, firstByteSeconds: 1, idleSeconds: 1 } };
  gateway = await StandaloneGateway.start({
    config: { upstream: { deniedCIDRs: ['127.9.0.0/16'] } },
    manifests: {
      'openai.yaml': [
        provider('openai', upstream.origin),
        secret('openai'),
        provider('impatient', upstream.origin, { ...quick, secretRef: { name: 'openai' } }),
        provider('refusing', `http://127.0.0.1:${closedPort}`, { secretRef: { name: 'openai' } }),
        provider('nameless', 'http://no-such-host.invalid', { secretRef: { name: 'openai' } }),
        provider('denied', 'http://127.9.0.1:80', { secretRef: { name: 'openai' } }),
        provider('tls', upstream.origin.replace('http:', 'https:'), { secretRef: { name: 'openai' } }),
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
const stream = { ...chat, stream: true, stream_options: { include_usage: true } };

function url(name = 'openai'): string {
  return `${gateway.provider(name)}/v1/chat/completions`;
}

function doing(scenario: Scenario): Record<string, string> {
  return { [scenarioHeader]: JSON.stringify(scenario) };
}

async function missing(reason: string): Promise<number> {
  return (await gateway.metrics()).sum('tidegate_usage_missing_total', { reason });
}

/** The record may be written a moment after the answer has ended. */
async function untilMissing(reason: string, count: number): Promise<void> {
  await waitFor(`${count} × ${reason}`, async () => (await missing(reason)) === count);
}

describe('before an answer', () => {
  test.each([
    ['refuses connections', 'refusing', {}, 502, 'UpstreamUnreachable'],
    ['has a name that does not resolve', 'nameless', {}, 502, 'UpstreamUnreachable'],
    ['has a denied address', 'denied', {}, 502, 'UpstreamUnreachable'],
    ['does not speak TLS', 'tls', {}, 502, 'UpstreamUnreachable'],
    ['resets the connection', 'openai', { resetBeforeAnswer: true }, 502, 'UpstreamUnreachable'],
    ['sends what is not HTTP', 'openai', { garbage: 'InsteadOfAnswer' }, 502, 'UpstreamUnreachable'],
    ['hangs', 'impatient', { hangBeforeAnswer: true }, 504, 'UpstreamTimeout'],
  ] as const)('an upstream that %s is told as such', async (_what, name, scenario, status, code) => {
    const answer = await post(url(name), chat, doing(scenario));
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([status, code]);
    const { error } = JSON.parse(answer.body.toString()) as { error: { message: string } };
    expect(error.message).toContain(name);
    for (const hidden of ['127.0.0.1', '127.9.0.1', 'no-such-host', upstreamKey, String(upstream.port)]) {
      expect(answer.body.toString()).not.toContain(hidden);
    }
    const labels = { provider: name, code: String(status), error: code };
    expect((await gateway.metrics()).sum('tidegate_requests_total', labels)).toBeGreaterThanOrEqual(1);
  });
});

describe('after the answer has begun', () => {
  test.each([
    ['breaks off', 'openai', { cutAfterFrames: 3 }],
    ['hangs', 'impatient', { hangAfterFrames: 3 }],
  ] as const)(
    'a stream that %s ends with an error in its own form and a closed connection',
    async (_what, name, scenario) => {
      const answer = await send(url(name), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...doing(scenario) },
        body: JSON.stringify(stream),
      });
      expect(answer.statusCode).toBe(200);
      const text = await readLeniently(answer);
      const last = text.trim().split('\n\n').at(-1) ?? '';
      expect(last).toMatch(/(^|\n)data: \{.*"error":\{.*"message":/);
      expect(text).not.toContain('[DONE]');
      expect(text).not.toContain('127.0.0.1');
    },
  );

  test('a whole answer that breaks off reaches the caller as broken, not as complete', async () => {
    const cut = { cutAfterFrames: 0, bodyBytes: 100_000 };
    await expect(post(url(), chat, doing(cut))).rejects.toThrow();
  });

  test('a body that is no JSON passes as it is and counts as unparsable', async () => {
    const before = await missing('unparsable');
    const answer = await post(url(), chat, doing({ garbage: 'InsteadOfBody' }));
    expect(answer.status).toBe(200);
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
    await untilMissing('unparsable', before + 1);
  });

  test('a content encoding that lies passes as it is and counts as undecodable', async () => {
    const before = await missing('undecodable');
    const answer = await post(url(), chat, doing({ headers: { 'content-encoding': 'gzip' } }));
    expect(answer.body.equals(upstream.last.sent)).toBe(true);
    await untilMissing('undecodable', before + 1);
  });
});

test('kept connections that the upstream has closed meanwhile cost no request', async () => {
  for (let round = 0; round < 5; round++) {
    expect((await post(url(), chat)).status).toBe(200);
    upstream.dropConnections();
    await waitFor('closed connections', () => upstream.openSockets === 0);
  }
});

test('an upstream that answers before it has read the request is passed on', async () => {
  const body = JSON.stringify({ ...chat, pad: 'x'.repeat(5_000_000) });
  const answer = await post(url(), body, doing({ answerEarly: true, error: 413 }));
  expect(answer.status).toBe(413);
});

test('an upstream that reads slowly slows the caller down and gets everything', async () => {
  const body = JSON.stringify({ ...chat, pad: 'x'.repeat(2_000_000) });
  const answer = await post(url(), body, doing({ readBytesPerSecond: 4_000_000 }));
  expect(answer.status).toBe(200);
  expect(upstream.last.request.body.length).toBe(body.length);
});

test('requests are never repeated by the gateway: an upstream that fails sees each once', async () => {
  await post(url(), chat, doing({ resetBeforeAnswer: true }));
  expect(upstream.exchanges).toHaveLength(1);
});

test('after all that the gateway serves, and nothing is left open', async () => {
  expect((await post(url(), chat)).status).toBe(200);
  await waitFor('no open request', async () => (await gateway.metrics()).sum('tidegate_open_requests') === 0);
  expect(upstream.openRequests).toBe(0);
});

/** What arrived of a body, whether or not it was complete. */
async function readLeniently(answer: Awaited<ReturnType<typeof send>>): Promise<string> {
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  await Promise.allSettled([new Promise((resolve, reject) => answer.once('end', resolve).once('error', reject))]);
  return Buffer.concat(chunks).toString();
}

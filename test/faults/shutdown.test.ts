/** SIGTERM while streams are open: none is cut, and nobody new comes in. */
import { Agent, request as httpRequest } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { collect, provider, secret, send, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

let upstream: UpstreamServer;

beforeEach(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
});

afterEach(() => upstream[Symbol.asyncDispose]());

function start(drainSeconds: number, endpointSeconds = 0): Promise<StandaloneGateway> {
  return StandaloneGateway.start({
    config: { shutdown: { endpointSeconds, drainSeconds } },
    manifests: { 'openai.yaml': [provider('openai', upstream.origin), secret('openai')] },
  });
}

function stream(gateway: StandaloneGateway, scenario: Scenario): ReturnType<typeof send> {
  return send(`${gateway.provider('openai')}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [scenarioHeader]: JSON.stringify(scenario) },
    body: JSON.stringify({ model: 'gpt-4o', messages: [], stream: true, stream_options: { include_usage: true } }),
  });
}

test('mistake 24: 200 open streams end by themselves, complete; then the process ends with status 0', async () => {
  const gateway = await start(60);
  const streams = await Promise.all(Array.from({ length: 200 }, () => stream(gateway, { hangAfterFrames: 3 })));
  const bodies = streams.map((answer) => collect(answer));
  expect(upstream.openRequests).toBe(200);

  gateway.process.process.signal('SIGTERM');
  await waitFor('not to be ready', async () => (await fetch(`${gateway.adminURL}/readyz`)).status === 503);
  await waitFor('new connections to be refused', () => refused(gateway));
  expect(upstream.openRequests).toBe(200);

  upstream.release();
  const answers = await Promise.all(bodies);
  expect(answers.every((answer) => answer.body.toString().endsWith('data: [DONE]\n\n'))).toBe(true);
  expect(upstream.exchanges.every((exchange) => exchange.outcome === 'Complete')).toBe(true);
  await gateway.process.process.exited;
  expect(gateway.process.log()).not.toMatch(/"level":"(error|fatal)"/);
  await gateway[Symbol.asyncDispose]();
});

test('mistake 24: what is still open when the time is over ends with an error of its own form', async () => {
  const gateway = await start(1);
  const answer = await stream(gateway, { hangAfterFrames: 3 });
  const body: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => body.push(chunk));
  const over = Promise.allSettled([
    new Promise((resolve, reject) => answer.once('end', resolve).once('error', reject)),
  ]);
  gateway.process.process.signal('SIGTERM');
  await over;
  const text = Buffer.concat(body).toString();
  expect(text.trim().split('\n\n').at(-1)).toMatch(/"error":\{/);
  await gateway.process.process.exited;
  await gateway[Symbol.asyncDispose]();
});

test('mistake 24: what was cut can be scraped before the process ends', async () => {
  // A tenth of the time to drain is for the scrape.
  const gateway = await start(10);
  const answers = await Promise.all([1, 2].map(() => stream(gateway, { hangAfterFrames: 3 })));
  for (const answer of answers) answer.on('error', () => undefined).resume();
  gateway.process.process.signal('SIGTERM');
  const cut = async (): Promise<number> => (await gateway.metrics()).sum('tidegate_cut_requests_total');
  await waitFor('the last scrape', async () => (await cut()) === 2, { intervalMilliseconds: 20 });
  await gateway.process.process.exited;
  await gateway[Symbol.asyncDispose]();
});

test('while endpoints drain, kept connections are told to close', async () => {
  const gateway = await start(10, 30);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = (): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(`${gateway.url}/llm/v1/providers`, { agent }, (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.headers.connection));
      });
      request.once('error', reject);
      request.end();
    });
  expect(await call()).not.toBe('close');
  gateway.process.process.signal('SIGTERM');
  await waitFor('not to be ready', async () => (await fetch(`${gateway.adminURL}/readyz`)).status === 503);
  expect(await call()).toBe('close');
  agent.destroy();
  gateway.process.process.signal('SIGTERM');
  await gateway.process.process.exited;
  await gateway[Symbol.asyncDispose]();
});

async function refused(gateway: StandaloneGateway): Promise<boolean> {
  return fetch(gateway.url).then(
    () => false,
    () => true,
  );
}

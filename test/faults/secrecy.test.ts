/** What must not come out does not, at the most talkative log level and whatever goes wrong. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePorts } from '../support/control-plane/ports.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import {
  exchange,
  post,
  provider,
  secret,
  StandaloneGateway,
  upstreamKey,
  type RawAnswer,
} from '../support/gateway/index.ts';
import { openAI, scenarioHeader, UpstreamServer, type Scenario } from '../upstreams/index.ts';

const callerToken = 'token-of-the-caller-51c0ffee';
const prompt = 'the-prompt-that-nobody-else-reads';
const environmentKey = 'sk-from-the-environment-9d2e';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;
const answers: RawAnswer[] = [];

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  const [closedPort = 0] = await freePorts(1);
  const share = { secretRef: { name: 'openai' } };
  gateway = await StandaloneGateway.start({
    args: ['--log-level=trace'],
    env: { PROVIDER_KEY: environmentKey },
    manifests: {
      'openai.yaml': [
        provider('openai', upstream.origin),
        secret('openai'),
        provider('refusing', `http://127.0.0.1:${closedPort}`, share),
        provider('impatient', upstream.origin, { ...share, timeouts: { firstByteSeconds: 1, idleSeconds: 1 } }),
        provider('limited', upstream.origin, { ...share, models: [{ name: 'o3' }] }),
        provider('disabled', upstream.origin, { ...share, enabled: false }),
        provider('revoked', upstream.origin),
        secret('revoked', '${PROVIDER_KEY}'),
        provider('missing', upstream.origin),
        // Values that are no header values must be refused without being shown.
        provider('crooked', upstream.origin),
        secret('crooked', `${upstreamKey}\r\nx-injected: 1`),
      ],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

async function call(name: string, scenario: Scenario = {}, stream = false): Promise<void> {
  const url = `${gateway.provider(name)}/v1/chat/completions?key=${callerToken}`;
  const body = { model: 'gpt-4o', messages: [{ role: 'user', content: prompt }], stream };
  const outcome = await Promise.allSettled([
    post(url, body, {
      [scenarioHeader]: JSON.stringify(scenario),
      authorization: `Bearer ${callerToken}`,
      'x-api-key': callerToken,
    }),
  ]);
  for (const settled of outcome) if (settled.status === 'fulfilled') answers.push(settled.value);
}

test('neither key, token nor prompt is in log, metrics, descriptions or refusals, whatever goes wrong', async () => {
  const names = ['openai', 'refusing', 'limited', 'disabled', 'revoked', 'missing', 'crooked', 'unknown'];
  for (const name of names) await call(name);
  for (const scenario of [
    { error: 401 },
    { error: 500 },
    { resetBeforeAnswer: true },
    { garbage: 'InsteadOfAnswer' },
    { garbage: 'InsteadOfBody' },
    { cutAfterFrames: 0 },
  ] as const) {
    await call('openai', scenario);
  }
  await call('openai', { cutAfterFrames: 2 }, true);
  await call('impatient', { hangBeforeAnswer: true });
  await call('impatient', { hangAfterFrames: 2 }, true);
  gateway.write('broken.yaml', [{ ...secret('broken'), stringData: { OPENAI_API_KEY: { not: upstreamKey } } }]);
  await waitFor('the log of the broken file', () => gateway.process.log().includes('broken.yaml'));
  gateway.remove('broken.yaml');

  answers.push(
    await exchange(`${gateway.url}/llm/v1/providers`, { headers: { authorization: `Bearer ${callerToken}` } }),
  );
  for (const path of ['/metrics', '/readyz', '/healthz', '/version'])
    answers.push(await exchange(gateway.adminURL + path));

  const seen = [
    gateway.process.log(),
    ...answers.flatMap((answer) => [answer.body.toString(), answer.rawHeaders.join('\n')]),
  ];
  expect(gateway.process.log().length).toBeGreaterThan(1000);
  for (const text of seen) {
    for (const hidden of [upstreamKey, upstreamKey.slice(0, 20), environmentKey, callerToken, prompt]) {
      expect(text).not.toContain(hidden);
    }
  }
});

test("the caller's token is in nothing that reaches the upstream", () => {
  expect(upstream.exchanges.length).toBeGreaterThan(5);
  for (const { request } of upstream.exchanges) {
    expect([request.target, ...request.rawHeaders].join('\n')).not.toContain(callerToken);
    expect(request.rawHeaders.join('\n')).not.toContain('x-injected');
  }
});

test('a key is given to no other host: redirects are passed on, not followed', async () => {
  upstream.misbehave({ error: 307, headers: { location: 'http://127.0.0.1:1/elsewhere' } });
  const answer = await post(`${gateway.provider('openai')}/v1/chat/completions`, { model: 'gpt-4o', messages: [] });
  expect([answer.status, answer.headers['location']]).toEqual([307, 'http://127.0.0.1:1/elsewhere']);
});

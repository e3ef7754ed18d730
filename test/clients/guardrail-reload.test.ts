/** What a standalone gateway makes of Guardrails that come, change, fail and go while it runs. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { guardrail, post, provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

let upstream: UpstreamServer;
let gateway: StandaloneGateway;

const email = (action: 'Block' | 'Mask', tests: readonly object[] = []): object =>
  guardrail('pii', { pii: { entities: [{ type: 'Email', action }] }, tests });

beforeAll(async () => {
  upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
  gateway = await StandaloneGateway.start({
    manifests: {
      'provider.yaml': [
        provider('openai', upstream.origin, { guardrailRefs: [{ name: 'pii' }] }),
        provider('plain', upstream.origin, { secretRef: { name: 'openai' } }),
        secret('openai'),
      ],
      'pii.yaml': [email('Mask')],
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(async () => {
  gateway.write('pii.yaml', [email('Mask')]);
  await until(200);
});

/** Status of a call that holds an address, and the error's code. */
async function call(name = 'openai'): Promise<readonly [status: number, code: string | undefined]> {
  const messages = [{ role: 'user', content: 'Write to ann@example.com.' }];
  const answer = await post(`${gateway.provider(name)}/chat/completions`, { model: 'gpt-4o', messages });
  return [answer.status, answer.headers['x-tidegate-error']];
}

/** Waits until calls are answered so. */
async function until(status: number): Promise<void> {
  await waitFor(`calls to be answered with ${status}`, async () => (await call())[0] === status);
}

test('a rule that becomes stricter is in force without a restart', async () => {
  gateway.write('pii.yaml', [email('Block')]);
  await until(400);
  expect(await call()).toEqual([400, 'GuardrailBlocked']);
  expect(await call('plain')).toEqual([200, undefined]);
});

test('while its Guardrail is gone a provider is not served, and again when it comes', async () => {
  gateway.remove('pii.yaml');
  await until(503);
  expect(await call()).toEqual([503, 'GuardrailUnavailable']);
  const description = await fetch(gateway.provider('openai'));
  expect(await description.json()).toMatchObject({
    conditions: [
      { type: 'Ready', status: 'False', reason: 'GuardrailNotFound', message: 'guardrail "default/pii" not found' },
      { type: 'Active', status: 'False', reason: 'GuardrailNotFound' },
    ],
  });
  gateway.write('pii.yaml', [email('Mask')]);
  await until(200);
});

test('while a test of its Guardrail fails a provider is not served', async () => {
  const failing = { name: 'no', direction: 'Input', text: 'nothing', expect: { action: 'Block' } };
  gateway.write('pii.yaml', [email('Mask', [failing])]);
  await until(503);
  expect(await (await fetch(gateway.provider('openai'))).json()).toMatchObject({
    conditions: [{ reason: 'GuardrailNotReady', message: 'guardrail "default/pii" is not ready: TestsFailed' }, {}],
  });
  expect(await call('plain')).toEqual([200, undefined]);
});

test('a change that is refused leaves the rules as they were', async () => {
  gateway.write('pii.yaml', [email('Block')]);
  await until(400);
  gateway.write('pii.yaml', [guardrail('pii', { mode: 'Audt' })]);
  const refusal = 'Guardrail/pii: refused: the last valid version stays in force';
  await waitFor('the refusal to be logged', () => gateway.process.log().includes(refusal));
  expect(await call()).toEqual([400, 'GuardrailBlocked']);
});

/** Mistakes of other gateways with what they show: unknown models that cost nothing, labels that anybody can make. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../../support/control-plane/wait.ts';
import type { Exposition } from '../../support/gateway/exposition.ts';
import { post } from '../../support/gateway/index.ts';
import { families, rowsByType, type Call, type Family } from '../../support/mistakes/families.ts';
import { EveryType, Growth, headersFor, providerOf, secretOf } from '../../support/mistakes/gateway.ts';
import { applicationProfile } from '../../upstreams/bedrock/index.ts';

let every: EveryType;

beforeAll(async () => {
  every = await EveryType.start({ families });
});

afterAll(() => every[Symbol.asyncDispose]());

beforeEach(() => every.forget());

/** The family's whole call with another model. */
function withModel({ whole, model }: Family, other: string): Call {
  return {
    path: whole.path.replace(encodeURIComponent(model), encodeURIComponent(other)),
    body: 'model' in whole.body ? { ...whole.body, model: other } : whole.body,
  };
}

const run = async (call: Call, name: string): Promise<number> =>
  (await post(every.url(call, name), call.body, headersFor({}))).status;

/** The gateway's own series: Node's come and go with what its event loop waits for (`nodejs_active_resources`). */
const seriesOf = ({ samples }: Exposition): string[] =>
  samples
    .filter(({ name }) => name.startsWith('tidegate_'))
    .map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`)
    .sort();

test.each(rowsByType)('mistake 15: tokens of a model without a price are counted as that: %s', async (type, family) => {
  // At Bedrock a name says nothing about what runs under it.
  const unknown = type === 'bedrock' ? applicationProfile : 'a-model-of-tomorrow';
  const before = await every.settled();
  expect(await run(withModel(family, unknown), type)).toBe(200);
  const growth = new Growth(before, await every.settled());
  const { input, output } = every.upstream(type).book.totals();
  expect(input + output).toBeGreaterThan(0);
  expect(growth.of('tidegate_unpriced_tokens_total', { provider: type })).toBe(input + output);
  expect(growth.of('tidegate_cost_usd_total')).toBe(0);

  expect(await run(family.whole, type)).toBe(200);
  const priced = new Growth(before, await every.settled());
  expect(priced.of('tidegate_unpriced_tokens_total', { provider: type })).toBe(input + output);
  expect(priced.of('tidegate_cost_usd_total')).toBeGreaterThan(0);
});

test.each(rowsByType)('mistake 19: made-up names of models make no series: %s', async (type, family) => {
  await run(withModel(family, 'made-up'), type);
  const before = seriesOf(await every.settled());
  for (let count = 0; count < 200; count++) await run(withModel(family, `made-up-${count}`), type);
  expect(seriesOf(await every.settled())).toEqual(before);
});

test.each(rowsByType)("mistake 19: a provider's series go when it goes: %s", async (type, family) => {
  const name = `${type}-passing`;
  every.gateway.write('passing.yaml', [providerOf(type, name, every.upstream(type).origin), secretOf(type, name)]);
  await waitFor('the new provider', async () => (await run(family.whole, name)) === 200);
  const shown = async (): Promise<number> =>
    (await every.gateway.metrics()).samples.filter(({ labels }) => labels['provider'] === name).length;
  expect(await shown()).toBeGreaterThan(0);
  every.gateway.remove('passing.yaml');
  await waitFor('the end of its series', async () => (await shown()) === 0);
});

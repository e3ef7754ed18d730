/** Mistakes of other gateways with streams: usage that gets lost or is counted twice, clients that leave, errors. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../../support/control-plane/wait.ts';
import { collect } from '../../support/gateway/index.ts';
import { families, rows, rowsByType, type Family } from '../../support/mistakes/families.ts';
import { EveryType, Growth, nameOf } from '../../support/mistakes/gateway.ts';
import type { BookedUsage } from '../../upstreams/types.ts';

const prices = { input: 1, cachedInput: 0.1, cacheWrite5m: 1.25, cacheWrite1h: 2, output: 4 };

let every: EveryType;

beforeAll(async () => {
  every = await EveryType.start({
    families,
    variants: {
      drained: () => ({ onClientDisconnect: 'Drain' }),
      priced: (_type, own) => ({
        models: [...new Set(own.map(({ model }) => model))].map((name) => ({ name, pricing: prices })),
      }),
    },
  });
});

afterAll(() => every[Symbol.asyncDispose]());

beforeEach(() => every.forget());

test.each(rows)(
  'mistake 1: usage of a stream is recorded, and once, whether it ends, is cut or is left: %s',
  async (_name, family) => {
    const upstream = every.upstream(family.type);
    const scenario = { contentFrames: 8 };
    const before = await every.settled();
    const whole = await every.post(family, family.streamed, scenario);
    const cut = await every.begin(family, { ...scenario, cutAfterFrames: 3 });
    await Promise.allSettled([collect(cut)]);
    const left = await every.hangUp(family, scenario);
    const drained = await every.hangUp(family, scenario, 'drained');
    upstream.release();
    const growth = new Growth(before, await every.settled());

    expect(growth.tokens()).toEqual(upstream.book.classes());
    expect(upstream.book.entries.length).toBeGreaterThanOrEqual(2);
    expect(growth.of('tidegate_requests_total')).toBe(4);
    expect(growth.of('tidegate_client_disconnects_total')).toBe(2);
    const provider = nameOf(family, 'drained');
    expect(growth.of('tidegate_usage_missing_total', { provider })).toBe(0);
    expect(growth.of('tidegate_usage_missing_total', { reason: 'upstream_failed' })).toBe(1);
    expect(growth.of('tidegate_usage_missing_total', { reason: 'client_disconnected' })).toBe(1);
    const ids = [whole.headers['x-tidegate-request-id'], String(cut.headers['x-tidegate-request-id']), left, drained];
    const told = (): unknown[] => every.gateway.process.logLines().map((line) => line['requestId']);
    await waitFor('their lines in the log', () => ids.every((id) => told().includes(id)));
    expect(told().filter((id) => ids.includes(id as string))).toHaveLength(ids.length);
  },
);

const asked: Omit<BookedUsage, 'model'> = { input: 1000, cached: 800, output: 30, reasoning: 0 };

/** What an answer with these figures must count as. */
function expected({ tellsCacheWrites }: Family): object {
  const none = { cached_input: 800, cache_write: 0, output: 30, reasoning: 0 };
  return tellsCacheWrites
    ? { ...none, input: 130, cache_write_5m: 50, cache_write_1h: 20 }
    : { ...none, input: 200, cache_write_5m: 0, cache_write_1h: 0 };
}

test.each(rows)('mistake 2: cached tokens are counted once, and billed as cached: %s', async (_name, family) => {
  const usage = { ...asked, ...(family.tellsCacheWrites && { cacheWrite5m: 50, cacheWrite1h: 20 }) };
  for (const call of [family.whole, family.streamed]) {
    const before = await every.settled();
    expect((await every.post(family, call, { usage, chunkBytes: 5 }, 'priced')).status).toBe(200);
    const growth = new Growth(before, await every.settled());
    expect(growth.tokens()).toEqual(expected(family));
    const dollars = family.tellsCacheWrites ? 130 + 80 + 62.5 + 40 + 120 : 200 + 80 + 120;
    expect(growth.of('tidegate_cost_usd_total')).toBeCloseTo(dollars / 1e6, 12);
  }
});

test('mistake 3: cache counters of InvokeModelWithResponseStream are kept, though they are told twice', async () => {
  const family = families.find(({ name }) => name === 'InvokeModel of Bedrock');
  if (family === undefined) throw new Error('no such family');
  const usage = { ...asked, cacheWrite5m: 50, cacheWrite1h: 20 };
  const before = await every.settled();
  const answer = await every.post(family, family.streamed, { usage });
  const documents = [...answer.body.toString('latin1').matchAll(/"bytes":"([^"]+)"/g)].map(([, bytes = '']) =>
    Buffer.from(bytes, 'base64').toString(),
  );
  expect(documents.join('\n')).toMatch(/"cacheReadInputTokenCount":800,"cacheWriteInputTokenCount":70/);
  expect(documents.join('\n')).toMatch(/"ephemeral_5m_input_tokens":50,"ephemeral_1h_input_tokens":20/);
  expect(new Growth(before, await every.settled()).tokens()).toEqual(expected(family));
});

test.each(rows)('mistake 4: a client that leaves ends the call upstream, unless drained: %s', async (_name, family) => {
  const upstream = every.upstream(family.type);
  await every.hangUp(family, { contentFrames: 8 });
  await waitFor('the upstream to see it', () => upstream.last.outcome === 'Aborted');

  const before = await every.settled();
  every.forget();
  await every.hangUp(family, { contentFrames: 8 }, 'drained');
  expect(upstream.last.outcome).toBe('Open');
  upstream.release();
  await waitFor('the rest', () => upstream.last.outcome === 'Complete');
  const growth = new Growth(before, await every.settled());
  expect(upstream.last.booked?.final).toBe(true);
  expect(growth.tokens({ provider: nameOf(family, 'drained') })).toEqual(upstream.book.classes());
  expect(growth.of('tidegate_client_disconnects_total', { provider: nameOf(family, 'drained') })).toBe(1);
});

test.each(rowsByType)('mistake 4: draining ends after 16 MiB: %s', async (_name, family) => {
  const upstream = every.upstream(family.type);
  const before = await every.settled();
  await every.hangUp(family, { contentFrames: 400, bodyBytes: 64_000_000 }, 'drained');
  upstream.release();
  await waitFor('the end', () => upstream.last.outcome === 'Aborted');
  expect(upstream.last.sentBytes).toBeGreaterThan(16 * 1024 * 1024);
  expect(upstream.last.sentBytes).toBeLessThan(48 * 1024 * 1024);
  const growth = new Growth(before, await every.settled());
  expect(growth.of('tidegate_usage_missing_total', { reason: 'client_disconnected' })).toBe(1);
});

test.each(rows)(
  'mistake 13: a stream that breaks off ends with an error of its own form, and has failed: %s',
  async (_name, family) => {
    const before = await every.settled();
    const answer = await every.post(family, family.streamed, { contentFrames: 8, cutAfterFrames: 3 });
    const sent = every.upstream(family.type).last.sent.toString('latin1');
    const body = answer.body.toString('latin1');
    expect(body.startsWith(sent)).toBe(true);
    expect(body.slice(sent.length)).toMatch(family.streamError);
    const growth = new Growth(before, await every.settled());
    expect(growth.of('tidegate_requests_total', { error: 'UpstreamUnreachable' })).toBe(1);
    expect(growth.of('tidegate_requests_total')).toBe(1);
  },
);

test.each(rows)(
  "mistake 13: the upstream's own error in a stream is passed on and counted: %s",
  async (_name, family) => {
    const before = await every.settled();
    const answer = await every.post(family, family.streamed, { contentFrames: 8, streamErrorAfterFrames: 3 });
    expect(answer.status).toBe(200);
    expect(answer.body.equals(every.upstream(family.type).last.sent)).toBe(true);
    const growth = new Growth(before, await every.settled());
    expect(growth.of('tidegate_usage_missing_total', { reason: 'upstream_failed' })).toBe(1);
    expect(growth.of('tidegate_requests_total', { code: '200', error: 'UpstreamFailed' })).toBe(1);
  },
);

test('a further mistake: pings end no stream and are passed on', async () => {
  const pinging = families.filter(({ name }) => name.startsWith('messages of Anthropic'));
  expect(pinging).toHaveLength(2);
  for (const family of pinging) {
    const before = await every.settled();
    every.forget();
    const answer = await every.post(family, family.streamed, { contentFrames: 8 });
    expect(answer.body.toString()).toContain('event: ping\ndata: {"type": "ping"}\n\n'.replace(': "', ':"'));
    expect(answer.body.toString()).toContain('event: message_stop');
    const growth = new Growth(before, await every.settled());
    expect(growth.tokens()).toEqual(every.upstream(family.type).book.classes());
  }
});

/**
 * The bill is right: after a thousand mixed calls to every provider, a good part of which fail, are cut or are given up
 * by their clients, the gateway's counters of tokens and dollars are those of the upstreams' own books, to the token and
 * to the picodollar, and every call without a whole figure is counted under its reason.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TOKEN_CLASSES, type TokenClass, type UsageMissingReason } from '../../src/usage/record.ts';
import { BooksGateway } from '../support/books/gateway.ts';
import { billedCalls } from '../support/books/calls.ts';
import { costOf } from '../support/books/prices.ts';
import { Random } from '../support/books/random.ts';
import { choose, run, type Plan } from '../support/books/run.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import type { Exchange } from '../upstreams/types.ts';

const CALLS = 1000;
const AT_ONCE = 16;
const SEED = Number(process.env['TIDEGATE_BOOKS_SEED'] ?? 20261121);

let books: BooksGateway;

beforeAll(async () => {
  books = await BooksGateway.start();
});

afterAll(async () => {
  await books[Symbol.asyncDispose]();
});

test(`tokens and dollars are those of the upstreams' books after 1,000 mixed calls (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const plans = Array.from({ length: CALLS }, (_, index) => choose(random, index, billedCalls));
  const ids = new Map<number, string>();
  await inParallel(plans, async (plan) => {
    const id = await run(books, plan);
    if (id !== undefined) ids.set(plan.index, id);
  });
  await waitFor('all records', async () => (await books.gateway.metrics()).sum('tidegate_open_requests') === 0);
  const metrics = await books.gateway.metrics();
  const exchanges = new Map(
    books.upstreams.flatMap((upstream) =>
      upstream.exchanges.map((exchange) => [exchange.request.header('x-plan'), exchange] as const),
    ),
  );

  // Every kind of mishap took place, or the test would prove little.
  expect(exchanges.size).toBe(CALLS);
  const outcomes = new Set(plans.map(({ mishap }) => mishap.kind));
  expect(outcomes).toEqual(new Set(['None', 'Error', 'WithoutUsage', 'Reset', 'Cut', 'HangUp', 'HangUpEarly']));

  // Request by request first: a sum that differs would not say which.
  const lines = await waitFor('the whole access log, which is written in batches', () => {
    const known = new Map(books.gateway.process.logLines().map((line) => [line['requestId'], line]));
    return [...ids.values()].every((id) => known.has(id)) && known;
  });
  const wrong = plans.filter(({ index }) => {
    const id = ids.get(index);
    return id !== undefined && sum(lines.get(id)?.['tokens']) !== bookedTokens(exchanges.get(String(index)));
  });
  expect(wrong).toEqual([]);

  const tokens: Record<TokenClass, number> = totals();
  const cost = new Map<TokenClass, bigint>();
  const missing = new Map<UsageMissingReason, number>();
  for (const plan of plans) {
    const booked = exchanges.get(String(plan.index))?.booked;
    if (booked !== undefined) {
      const { byClass } = costOf(plan.call, booked.usage);
      for (const [tokenClass, { count, picodollars }] of byClass) {
        tokens[tokenClass] += count;
        cost.set(tokenClass, (cost.get(tokenClass) ?? 0n) + picodollars);
      }
    }
    const reason = reasonFor(plan, booked?.final);
    if (reason !== undefined) missing.set(reason, (missing.get(reason) ?? 0) + 1);
  }

  const counted = totals();
  for (const token_type of TOKEN_CLASSES) counted[token_type] = metrics.sum('tidegate_tokens_total', { token_type });
  expect(counted).toEqual(tokens);
  for (const token_type of TOKEN_CLASSES) {
    const dollars = metrics.sum('tidegate_cost_usd_total', { token_type });
    // A sample is a double: it has 15 digits of the exact sum.
    expect([token_type, dollars.toPrecision(14)]).toEqual([
      token_type,
      (Number(cost.get(token_type) ?? 0n) / 1e12).toPrecision(14),
    ]);
  }
  expect(metrics.sum('tidegate_unpriced_tokens_total')).toBe(0);
  for (const reason of [
    'not_reported',
    'upstream_failed',
    'client_disconnected',
    'unparsable',
    'undecodable',
    'too_large',
  ] as const) {
    expect([reason, metrics.sum('tidegate_usage_missing_total', { reason })]).toEqual([
      reason,
      missing.get(reason) ?? 0,
    ]);
  }
  expect(metrics.sum('tidegate_requests_total')).toBe(CALLS);
}, 300_000);

/** Why a call has no figure, or none that is whole. */
function reasonFor({ mishap }: Plan, final: boolean | undefined): UsageMissingReason | undefined {
  if (final === true) return undefined;
  switch (mishap.kind) {
    case 'WithoutUsage':
      return 'not_reported';
    case 'Reset':
    case 'Cut':
      return 'upstream_failed';
    case 'HangUp':
    case 'HangUpEarly':
      return 'client_disconnected';
    case 'Error':
      return undefined;
    case 'None':
    default:
      throw new Error('a call without mishap must have a figure');
  }
}

/** Of the access log's `tokens`, which has only the classes that the provider reported. */
function sum(tokens: unknown): number {
  return Object.values((tokens ?? {}) as Partial<Record<TokenClass, number>>).reduce(
    (total, count) => total + count,
    0,
  );
}

function bookedTokens(exchange: Exchange | undefined): number {
  return exchange?.booked === undefined ? 0 : exchange.booked.usage.input + exchange.booked.usage.output;
}

function totals(): Record<TokenClass, number> {
  return { input: 0, cached_input: 0, cache_write_5m: 0, cache_write_1h: 0, cache_write: 0, output: 0, reasoning: 0 };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}

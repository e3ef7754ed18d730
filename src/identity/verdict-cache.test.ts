import { describe, expect, test } from '@jest/globals';
import { VerdictCache } from './verdict-cache.ts';
import type { Answer } from './verdict-cache.ts';

function cache(limits: { maxEntries?: number; maxInFlight?: number } = {}) {
  const clock = { now: 0 };
  const verdicts = new VerdictCache<string>({
    maxEntries: limits.maxEntries ?? 10,
    maxInFlight: limits.maxInFlight ?? 10,
    retryAfter: 5,
    now: () => clock.now,
  });
  return { clock, verdicts };
}
const good = (value: string): Answer<string> => ({ kind: 'Verdict', value, ttl: 100, graceTTL: 1000 });
const down: Answer<string> = { kind: 'Unavailable', value: 'down' };

describe('VerdictCache', () => {
  test('a verdict is fresh for its time to live and not a millisecond longer', async () => {
    const { clock, verdicts } = cache();
    await verdicts.refresh('k', async () => good('yes'), 'busy');
    clock.now = 99;
    expect(verdicts.peek('k')).toBe('yes');
    clock.now = 100;
    expect(verdicts.peek('k')).toBeUndefined();
  });

  test('asks once for any number of callers that ask the same at the same time', async () => {
    const { verdicts } = cache();
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return good('yes');
    };
    const answers = await Promise.all(Array.from({ length: 50 }, async () => verdicts.refresh('k', ask, 'busy')));
    expect(new Set(answers)).toEqual(new Set(['yes']));
    expect(asked).toBe(1);
  });

  test('an old verdict stands in while the authority is away, and ends with the grace', async () => {
    const { clock, verdicts } = cache();
    await verdicts.refresh('k', async () => good('yes'), 'busy');
    clock.now = 500;
    expect(await verdicts.refresh('k', async () => down, 'busy')).toBe('yes');
    expect(verdicts.peek('k')).toBe('yes'); // not asked again at once
    clock.now = 506;
    expect(verdicts.peek('k')).toBeUndefined();
    clock.now = 1000;
    expect(await verdicts.refresh('k', async () => down, 'busy')).toBe('down');
  });

  test('a new verdict replaces the old one also when it says the opposite', async () => {
    const { clock, verdicts } = cache();
    await verdicts.refresh('k', async () => good('yes'), 'busy');
    clock.now = 100;
    await verdicts.refresh('k', async () => ({ kind: 'Verdict', value: 'no', ttl: 1, graceTTL: 0 }), 'busy');
    clock.now = 200;
    expect(await verdicts.refresh('k', async () => down, 'busy')).toBe('down');
  });

  test('a flood of different keys stays within its bounds', async () => {
    const { verdicts } = cache({ maxEntries: 3, maxInFlight: 2 });
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (key) => verdicts.refresh(key, async () => good(key), 'busy')),
    );
    expect(answers).toEqual(['a', 'b', 'busy', 'busy']);
    for (const key of ['c', 'd', 'e']) await verdicts.refresh(key, async () => good(key), 'busy');
    expect(verdicts.size).toBe(3);
    expect(verdicts.inFlight).toBe(0);
    expect(verdicts.peek('a')).toBeUndefined();
    expect(verdicts.peek('e')).toBe('e');
  });
});

import { describe, expect, test } from '@jest/globals';
import { VerdictCache } from './verdict-cache.ts';
import type { Answer } from './verdict-cache.ts';

function cache(limits: { maxAccepted?: number; maxRefused?: number; maxInFlight?: number } = {}) {
  const clock = { now: 0 };
  const verdicts = new VerdictCache<string>({
    maxAccepted: limits.maxAccepted ?? 10,
    maxRefused: limits.maxRefused ?? 10,
    maxInFlight: limits.maxInFlight ?? 10,
    retryAfter: 5,
    now: () => clock.now,
  });
  return { clock, verdicts };
}
const good = (value: string): Answer<string> => ({ kind: 'Verdict', accepted: true, value, ttl: 100, graceTTL: 1000 });
const bad = (value: string): Answer<string> => ({ kind: 'Verdict', accepted: false, value, ttl: 1, graceTTL: 0 });
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

  test('a clock that is set back makes no verdict live longer: what is from the future is asked about again', async () => {
    const { clock, verdicts } = cache();
    clock.now = 1_000_000;
    await verdicts.refresh('k', async () => good('yes'), 'busy');
    clock.now = 900_000;
    expect(verdicts.peek('k')).toBeUndefined();
    expect(await verdicts.refresh('k', async () => down, 'busy')).toBe('down');
    expect(await verdicts.refresh('k', async () => bad('no'), 'busy')).toBe('no');
    expect([verdicts.accepted, verdicts.refused]).toEqual([0, 1]);
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
    await verdicts.refresh('k', async () => bad('no'), 'busy');
    clock.now = 200;
    expect(await verdicts.refresh('k', async () => down, 'busy')).toBe('down');
  });

  test('a flood of different keys stays within its bounds', async () => {
    const { verdicts } = cache({ maxAccepted: 3, maxInFlight: 2 });
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (key) => verdicts.refresh(key, async () => good(key), 'busy')),
    );
    expect(answers).toEqual(['a', 'b', 'busy', 'busy']);
    for (const key of ['c', 'd', 'e']) await verdicts.refresh(key, async () => good(key), 'busy');
    expect(verdicts.accepted).toBe(3);
    expect(verdicts.inFlight).toBe(0);
    expect(verdicts.peek('a')).toBeUndefined();
    expect(verdicts.peek('e')).toBe('e');
  });

  test('a flood of refusals takes no place of a good verdict', async () => {
    const { verdicts } = cache({ maxAccepted: 1, maxRefused: 2 });
    await verdicts.refresh('good', async () => good('yes'), 'busy');
    for (let i = 0; i < 100; i += 1) await verdicts.refresh(`bad ${i}`, async () => bad('no'), 'busy');
    expect(verdicts.peek('good')).toBe('yes');
    expect(verdicts.refused).toBe(2);
  });

  test('a verdict ends with what it rests on', async () => {
    const { verdicts } = cache();
    const ground = { active: true };
    await verdicts.refresh('k', async () => ({ ...good('yes'), ground }) as Answer<string>, 'busy');
    expect(verdicts.peek('k')).toBe('yes');
    ground.active = false;
    expect(verdicts.peek('k')).toBeUndefined();
    expect(await verdicts.refresh('k', async () => down, 'busy')).toBe('down');
  });

  test('what is of no use any more gives its memory back when others come', async () => {
    const { clock, verdicts } = cache();
    for (const key of ['a', 'b', 'c']) await verdicts.refresh(key, async () => good(key), 'busy');
    clock.now = 1000;
    await verdicts.refresh('d', async () => good('d'), 'busy');
    expect(verdicts.accepted).toBe(1);
  });
});

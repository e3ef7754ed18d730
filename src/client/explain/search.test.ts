import { describe, expect, test } from '@jest/globals';
import { CommandError, EXIT } from '../../command/io.ts';
import type { RequestLookup } from '../gateway/gateway.ts';
import { findRecord, MOST_TRIES } from './search.ts';

const record = { proxy: 'p9', request: { requestId: 'id', status: 200 } };
const none = (proxy: string): RequestLookup => ({ kind: 'NotFound', proxy });
const away = new CommandError('cannot reach it', EXIT.unreachable);

/** Answers in turn; the last one from then on. An error is thrown. */
function answers(...given: readonly (RequestLookup | Error)[]) {
  let tries = 0;
  const ask = async (): Promise<RequestLookup> => {
    const answer = given[Math.min(tries, given.length - 1)];
    tries += 1;
    if (answer instanceof Error) throw answer;
    return answer ?? Promise.reject(new Error('nothing is said'));
  };
  return { ask, tries: () => tries };
}

describe('the search for a record', () => {
  test('ends when a proxy has it, however many have not', async () => {
    const others = Array.from({ length: 30 }, (_, i) => none(`p${String(i % 9)}`));
    const { ask, tries } = answers(...others, { kind: 'Found', record });
    expect(await findRecord(ask)).toMatchObject({ record, isCutShort: false });
    expect(tries()).toBeLessThanOrEqual(32);
  });

  test.each([1, 2, 5])('of %d proxies without it ends when no further one shows itself', async (count) => {
    let tries = 0;
    const search = await findRecord(async () => none(`p${String(tries++ % count)}`));
    expect([...search.proxies]).toHaveLength(count);
    expect(search).toMatchObject({ record: undefined, isCutShort: false });
    expect(tries).toBeGreaterThanOrEqual(5 * (count + 1));
    expect(tries).toBeLessThan(5 * (count + 1) + 4 + count + 4);
  });

  test('is bounded where every answer names another proxy', async () => {
    let tries = 0;
    expect(await findRecord(async () => none(`p${String(tries++)}`))).toMatchObject({ isCutShort: true });
    expect(tries).toBe(MOST_TRIES);
  });

  test('goes on past proxies that just end, and past those of an older version', async () => {
    const { ask } = answers(none('a'), away, { kind: 'Unsupported' }, away, none('a'), { kind: 'Found', record });
    expect(await findRecord(ask)).toMatchObject({ record, unsupported: 1 });
  });

  test('knows where all are of an older version', async () => {
    const { ask, tries } = answers({ kind: 'Unsupported' });
    expect(await findRecord(ask)).toMatchObject({ record: undefined, unsupported: tries(), proxies: new Set() });
  });

  test('takes a connection that failed for no answer: it says nothing about further proxies', async () => {
    let tries = 0;
    const search = await findRecord(async () => {
      tries += 1;
      if (tries % 2 === 0) throw away;
      return none(tries < 20 ? 'a' : 'b');
    });
    expect([...search.proxies]).toEqual(['a', 'b']);
    expect(search).toMatchObject({ isCutShort: false, unanswered: tries / 2 });
  });

  test('goes on for long where nobody says which proxy answers, and says so', async () => {
    let tries = 0;
    const ask = async (): Promise<RequestLookup> => {
      tries += 1;
      return tries < 50 ? { kind: 'NotFound', proxy: undefined } : { kind: 'Found', record };
    };
    expect(await findRecord(ask)).toMatchObject({ record });
    const { ask: always, tries: asked } = answers({ kind: 'NotFound', proxy: undefined });
    expect(await findRecord(always)).toMatchObject({ record: undefined, proxies: new Set(['']) });
    expect(asked()).toBeLessThan(80);
  });

  test('ends after a minute, however long some take to say nothing', async () => {
    let time = 0;
    let tries = 0;
    const ask = async (): Promise<RequestLookup> => {
      tries += 1;
      if (tries % 4 === 0) return none(`p${String(tries)}`);
      time += 3000;
      throw away;
    };
    expect(await findRecord(ask, () => time)).toMatchObject({ isCutShort: true, unanswered: 21 });
    expect(tries).toBe(28);
  });

  test('ends at once where nobody answers, and where the one that has it refuses', async () => {
    const nobody = answers(away);
    await expect(findRecord(nobody.ask)).rejects.toBe(away);
    expect(nobody.tries()).toBe(4);
    const refusal = new CommandError('may not', EXIT.forbidden);
    const refused = answers(none('a'), none('b'), refusal, none('a'));
    await expect(findRecord(refused.ask)).rejects.toBe(refusal);
    expect(refused.tries()).toBe(4);
  });
});

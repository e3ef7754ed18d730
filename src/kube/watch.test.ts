import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { event, object } from '../../test/support/kube/scripted-collection.ts';
import { systemClock } from './clock.ts';
import { SECRETS } from './resources.ts';
import type { Transport } from './types.ts';
import { watch } from './watch.ts';
import type { WatchEvent } from './watch.ts';

const aborter = new AbortController();
afterEach(() => expect(aborter.signal.aborted).toBe(false));

/** What a watch makes of a stream of chunks. */
async function eventsOf(chunks: readonly Uint8Array[], maxLineBytes = 1_000_000): Promise<WatchEvent<never>[]> {
  const transport: Transport = {
    request: () => Promise.reject(new Error('not used')),
    stream: async () => ({
      status: 200,
      headers: {},
      body: (async function* () {
        yield* chunks;
      })(),
    }),
    close: async () => {},
  };
  const options = { transport, resource: SECRETS, metadataOnly: false, resourceVersion: '1', timeoutSeconds: 300 };
  const batches = watch<never>({ ...options, idleMs: 1e6, maxLineBytes, clock: systemClock, signal: aborter.signal });
  const events: WatchEvent<never>[] = [];
  for await (const batch of batches) events.push(...batch);
  return events;
}

describe('a watch', () => {
  test('gives the same events however its bytes are cut', async () => {
    const name = fc.string({ minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(name), fc.array(fc.nat(), { maxLength: 20 }), async (names, cuts) => {
        const expected = names.map((each, index) => event('ADDED', object(each, String(index + 1))));
        const bytes = Buffer.from(expected.map((each) => `${JSON.stringify(each)}\n`).join(''));
        const at = [0, ...cuts.map((cut) => cut % (bytes.byteLength + 1)), bytes.byteLength].sort((a, b) => a - b);
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(await eventsOf(chunks)).toEqual(expected);
      }),
    );
  });

  test('is given up over an event larger than allowed, without keeping it', async () => {
    const endless = Array.from({ length: 100 }, () => Buffer.alloc(1000, 'x'));
    await expect(eventsOf(endless, 4096)).rejects.toMatchObject({ code: 'Malformed' });
  });

  test('does not quote what it could not read', async () => {
    const failure = eventsOf([Buffer.from('{"data":"c2VjcmV0"\n')]);
    await expect(failure).rejects.not.toThrow(/c2VjcmV0/);
  });
});

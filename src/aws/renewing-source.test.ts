import { describe, expect, test } from '@jest/globals';
import type { SigningCredentials } from '../providers/wire.ts';
import { RenewingSource } from './renewing-source.ts';
import type { FetchedCredentials } from './renewing-source.ts';
import { CredentialError } from './types.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-21T12:00:00Z');

/** A source whose fetches the test ends, on a clock that the test turns. */
class Scripted {
  time = START;
  readonly failures: string[] = [];
  readonly fetches: PromiseWithResolvers<FetchedCredentials>[] = [];
  readonly source: RenewingSource;

  constructor(deadlineMilliseconds = 60_000) {
    this.source = new RenewingSource(
      'the source',
      () => {
        const fetch = Promise.withResolvers<FetchedCredentials>();
        this.fetches.push(fetch);
        return fetch.promise;
      },
      { now: () => this.time, deadlineMilliseconds, onFailure: (message) => this.failures.push(message) },
    );
  }

  /** Ends the latest fetch with a key of that name. */
  give(accessKeyID: string, lifetimeMilliseconds?: number): void {
    const credentials = { accessKeyID, secretAccessKey: 'secret' };
    const expiration = lifetimeMilliseconds === undefined ? undefined : new Date(this.time + lifetimeMilliseconds);
    this.fetches.at(-1)?.resolve({ credentials, expiration });
  }

  fail(message: string): void {
    this.fetches.at(-1)?.reject(new CredentialError(message));
  }

  /** A source that holds a key of that name. */
  static async holding(accessKeyID: string, lifetimeMilliseconds?: number): Promise<Scripted> {
    const scripted = new Scripted();
    const first = scripted.source.current();
    scripted.give(accessKeyID, lifetimeMilliseconds);
    await first;
    return scripted;
  }

  /** What a request gets at once. Fails when it has to wait. */
  get atOnce(): string {
    const current = this.source.current();
    if (!(current instanceof Promise)) return current.accessKeyID;
    current.catch(() => undefined);
    return 'has to wait';
  }
}

async function nameOf(credentials: SigningCredentials | Promise<SigningCredentials>): Promise<string> {
  return (await credentials).accessKeyID;
}

/** Lets everything go on that does not wait for the test. */
async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

describe('credentials that are renewed', () => {
  test('are fetched once for all who ask at the same time', async () => {
    const scripted = new Scripted();
    const asked = [scripted.source.current(), scripted.source.current(), scripted.source.current()];
    scripted.give('first', 60 * MINUTE);
    expect(await Promise.all(asked.map(nameOf))).toEqual(['first', 'first', 'first']);
    expect(scripted.fetches).toHaveLength(1);
  });

  test('are at hand, and the same object, until they are renewed', async () => {
    const scripted = await Scripted.holding('first', 60 * MINUTE);
    scripted.time += 49 * MINUTE;
    expect(scripted.source.current()).toBe(scripted.source.current());
    expect(scripted.fetches).toHaveLength(1);
  });

  test('are renewed ten minutes ahead of the expiry, while requests go on with the old ones', async () => {
    const scripted = await Scripted.holding('first', 60 * MINUTE);
    scripted.time += 51 * MINUTE;
    expect([scripted.atOnce, scripted.atOnce]).toEqual(['first', 'first']);
    expect(scripted.fetches).toHaveLength(2);
    scripted.give('second', 60 * MINUTE);
    await settle();
    expect(scripted.atOnce).toBe('second');
  });

  test('that live for seconds are renewed when a third of the time is left', async () => {
    const scripted = await Scripted.holding('first', 3000);
    scripted.time += 1999;
    expect(scripted.atOnce).toBe('first');
    expect(scripted.fetches).toHaveLength(1);
    scripted.time += 1;
    expect(scripted.atOnce).toBe('first');
    expect(scripted.fetches).toHaveLength(2);
  });

  test('are waited for in the last minute', async () => {
    const scripted = await Scripted.holding('first', 60 * MINUTE);
    scripted.time += 59 * MINUTE;
    const waiting = scripted.source.current();
    scripted.give('second', 60 * MINUTE);
    expect(await nameOf(waiting)).toBe('second');
  });

  test('serve on to the end when they cannot be renewed', async () => {
    const scripted = await Scripted.holding('first', 60 * MINUTE);
    scripted.time += 59 * MINUTE;
    const waiting = scripted.source.current();
    scripted.fail('STS is down');
    expect(await nameOf(waiting)).toBe('first');
    expect(scripted.atOnce).toBe('first');
    expect(scripted.fetches).toHaveLength(2);
    scripted.time += 30_000;
    const again = scripted.source.current();
    scripted.fail('STS is still down');
    expect(await nameOf(again)).toBe('first');
    expect(scripted.failures).toEqual(['STS is down', 'STS is still down']);
  });

  test('are not served beyond the expiry', async () => {
    const scripted = await Scripted.holding('first', 60 * MINUTE);
    scripted.time += 60 * MINUTE;
    const waiting = scripted.source.current();
    scripted.fail('STS is down');
    await expect(waiting).rejects.toThrow(new CredentialError('STS is down'));
  });

  test('that fail while they are renewed are not asked for by every request', async () => {
    const scripted = await Scripted.holding('first', 60 * MINUTE);
    scripted.time += 51 * MINUTE;
    expect(scripted.atOnce).toBe('first');
    scripted.fail('STS is down');
    await settle();
    scripted.time += 29_000;
    expect(scripted.atOnce).toBe('first');
    expect(scripted.fetches).toHaveLength(2);
    scripted.time += 1000;
    expect(scripted.atOnce).toBe('first');
    expect(scripted.fetches).toHaveLength(3);
  });

  test('that expire soon after a failure are tried for again as soon as they have', async () => {
    const scripted = await Scripted.holding('first', 60 * MINUTE);
    scripted.time += 60 * MINUTE - 6000;
    const waiting = scripted.source.current();
    scripted.fail('STS is down');
    expect(await nameOf(waiting)).toBe('first');
    scripted.time += 5999;
    expect(scripted.atOnce).toBe('first');
    scripted.time += 1;
    const again = scripted.source.current();
    scripted.give('second', 60 * MINUTE);
    expect(await nameOf(again)).toBe('second');
  });

  test('that cannot be had are refused at once for five seconds, then tried again', async () => {
    const scripted = new Scripted();
    const first = scripted.source.current();
    scripted.fail('nobody there');
    await expect(first).rejects.toThrow('nobody there');
    scripted.time += 4999;
    await expect(scripted.source.current()).rejects.toThrow('nobody there');
    expect(scripted.fetches).toHaveLength(1);
    scripted.time += 1;
    const again = scripted.source.current();
    scripted.give('first', 60 * MINUTE);
    expect(await nameOf(again)).toBe('first');
  });

  test('without an expiry are looked for again behind the back of requests, and kept if there are no others', async () => {
    const scripted = await Scripted.holding('first');
    scripted.time += 10 * MINUTE;
    expect(scripted.atOnce).toBe('first');
    scripted.fail('the file is gone');
    await settle();
    scripted.time += 600 * MINUTE;
    expect(scripted.atOnce).toBe('first');
    expect(scripted.fetches).toHaveLength(3);
    scripted.give('second');
    await settle();
    expect(scripted.atOnce).toBe('second');
  });

  test('that AWS does not know are fetched anew for the next request, but not by every request', async () => {
    const scripted = await Scripted.holding('deleted');
    const reject = async (): Promise<void> => scripted.source.rejected(await scripted.source.current());
    await reject();
    scripted.time += 4999;
    await reject();
    expect(scripted.fetches).toHaveLength(1);
    scripted.time += 1;
    await reject();
    const waiting = scripted.source.current();
    scripted.give('next');
    expect(await nameOf(waiting)).toBe('next');
    expect(scripted.fetches).toHaveLength(2);
  });

  test('that AWS does not know are no reason to renew what came after them', async () => {
    const scripted = await Scripted.holding('first', 60 * MINUTE);
    const first = await scripted.source.current();
    scripted.time += 60 * MINUTE;
    const second = scripted.source.current();
    scripted.give('second', 60 * MINUTE);
    await second;
    scripted.time += MINUTE;
    scripted.source.rejected(first);
    expect(scripted.atOnce).toBe('second');
    expect(scripted.fetches).toHaveLength(2);
  });

  test('that have expired when they come are a failure', async () => {
    const scripted = new Scripted();
    const waiting = scripted.source.current();
    scripted.give('old', -1);
    await expect(waiting).rejects.toThrow('the source gave credentials of AWS that had expired');
  });

  test('that do not come in time are a failure, and are taken when they come', async () => {
    const scripted = new Scripted(1);
    await expect(scripted.source.current()).rejects.toThrow(
      'the source gave no credentials of AWS within 0.001 seconds',
    );
    scripted.give('late', 60 * MINUTE);
    await settle();
    expect(scripted.atOnce).toBe('late');
  });

  test('that failed are tried for again when the clock has been set back', async () => {
    const scripted = new Scripted();
    const first = scripted.source.current();
    scripted.fail('nobody there');
    await expect(first).rejects.toThrow('nobody there');
    scripted.time -= 60 * MINUTE;
    const again = scripted.source.current();
    scripted.give('first', 60 * MINUTE);
    expect(await nameOf(again)).toBe('first');
  });

  test('that come too late do not take the place of newer ones', async () => {
    const scripted = new Scripted(1);
    await expect(scripted.source.current()).rejects.toThrow('within 0.001 seconds');
    scripted.time += 5000;
    const waiting = scripted.source.current();
    scripted.give('newer', 60 * MINUTE);
    expect(await nameOf(waiting)).toBe('newer');
    scripted.fetches[0]?.resolve({
      credentials: { accessKeyID: 'late', secretAccessKey: 'secret' },
      expiration: new Date(scripted.time + MINUTE),
    });
    await settle();
    expect(scripted.atOnce).toBe('newer');
    expect(scripted.fetches).toHaveLength(2);
  });

  test('fail with words of their own when the fetch fails with others', async () => {
    const scripted = new Scripted();
    const waiting = scripted.source.current();
    scripted.fetches[0]?.reject(new Error('wJalrXUtnFEMI/K7MDENG'));
    await expect(waiting).rejects.toThrow(new CredentialError('the source failed'));
  });
});

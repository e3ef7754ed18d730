import { beforeEach, describe, expect, test } from '@jest/globals';

import { ManualClock, settle } from '../../test/support/kube/manual-clock.ts';
import { MemoryApi, refusal } from '../../test/support/kube/memory-api.ts';
import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import type { Redacted } from '../redacted.ts';
import { SecretContents, type SecretVersions } from './secret-contents.ts';

const key = 'team-a/key';

describe('SecretContents', () => {
  let api: MemoryApi;
  let clock: ManualClock;
  let log: QuietLog;
  let changes: number;
  let knowledge: ReturnType<SecretVersions['knowledgeOf']>;
  let secrets: SecretContents;
  /** The cache of versions: what the API server has, as long as the watch keeps up. */
  let seen: Map<string, string>;

  beforeEach(() => {
    api = new MemoryApi();
    clock = new ManualClock();
    log = new QuietLog();
    changes = 0;
    knowledge = 'Synced';
    seen = new Map();
    const versions: SecretVersions = {
      get: (name) => (seen.has(name) ? { metadata: { resourceVersion: seen.get(name)! } } : undefined),
      knowledgeOf: () => knowledge,
    };
    secrets = new SecretContents({ transport: api, versions, log, clock, onChange: () => changes++ });
  });

  async function put(name: string, value: string): Promise<void> {
    const path = `/api/v1/namespaces/team-a/secrets/${name}`;
    const data = { k: Buffer.from(value).toString('base64') };
    api.objects.delete(path);
    const { body } = await api.request<{ metadata: { resourceVersion: string } }>({
      method: 'POST',
      path: '/api/v1/namespaces/team-a/secrets',
      body: { metadata: { name, namespace: 'team-a' }, data },
    });
    seen.set(`team-a/${name}`, body.metadata.resourceVersion);
  }

  async function reference(...keys: string[]): Promise<void> {
    secrets.reference(new Set(keys));
    await settle();
  }

  const reads = (): number => api.methods.filter((method) => method === 'GET').length;
  const fail = (code: number, reason: string): void => {
    api.intercept = () => {
      throw refusal(code, reason);
    };
  };
  const recover = (): void => {
    api.intercept = () => undefined;
  };
  const value = (): string | undefined => {
    const state = secrets.states().get(key);
    return state?.kind === 'Present' ? (state.data.get('k') as Redacted).reveal() : state?.kind;
  };

  test('reads a referenced Secret once, and again when its version moves', async () => {
    await put('key', 'one');
    await reference(key);
    await reference(key);
    expect(value()).toBe('one');
    expect(reads()).toBe(1);
    await put('key', 'two');
    await reference(key);
    expect(value()).toBe('two');
    expect(reads()).toBe(2);
  });

  test('never reads a Secret that nothing references, and forgets one that nothing references any more', async () => {
    await put('key', 'one');
    await put('other', 'secret');
    await reference(key);
    expect(secrets.noteChange('team-a/other')).toBe(false);
    expect(api.requests.filter(({ path }) => path.endsWith('/other'))).toHaveLength(0);
    expect(secrets.held).toBe(1);
    await reference();
    expect(secrets.held).toBe(0);
    expect(secrets.states().size).toBe(0);
  });

  test('knows a missing Secret without asking', async () => {
    await reference(key);
    expect(value()).toBe('Missing');
    expect(reads()).toBe(0);
  });

  test('does not take a known key away because the cache lost sight of its Secret', async () => {
    await put('key', 'one');
    await reference(key);
    seen.delete(key);
    await reference(key);
    expect(value()).toBe('one');
    api.objects.clear();
    await clock.advance(500);
    await reference(key);
    expect(value()).toBe('Missing');
    await reference(key);
    expect(reads()).toBe(3);
  });

  test('takes a Secret that vanished before it was read for missing', async () => {
    await put('key', 'one');
    api.objects.clear();
    await reference(key);
    expect(value()).toBe('Missing');
    await reference(key);
    expect(reads()).toBe(1);
  });

  test('does not read again what it read before the watch told', async () => {
    await put('key', 'one');
    seen.set(key, 'older');
    await reference(key);
    await reference(key);
    await put('key', 'one');
    expect(reads()).toBe(1);
  });

  test('keeps what it knew when a read fails, and tries again', async () => {
    await put('key', 'one');
    await reference(key);
    await put('key', 'two');
    fail(500, 'InternalError');
    await reference(key);
    expect(value()).toBe('one');
    recover();
    await clock.advance(500);
    await reference(key);
    expect(value()).toBe('two');
  });

  test('does not go on claiming to know a Secret whose present version it may not read', async () => {
    await put('key', 'one');
    await reference(key);
    await put('key', 'two');
    fail(403, 'Forbidden');
    await reference(key);
    expect(value()).toBe('Unreadable');
    recover();
    await clock.advance(500);
    await reference(key);
    expect(value()).toBe('two');
  });

  test('an unreadable Secret that the cache lost sight of is missing only once the API server says so', async () => {
    await put('key', 'one');
    await reference(key);
    await put('key', 'two');
    fail(403, 'Forbidden');
    await reference(key);
    seen.delete(key);
    await clock.advance(500);
    await reference(key);
    expect(value()).toBe('Unreadable');
    recover();
    api.objects.clear();
    await clock.advance(1000);
    await reference(key);
    expect(value()).toBe('Missing');
  });

  test('calls unreadable what it may not read, and what fails again and again, but not what has failed once', async () => {
    await put('key', 'one');
    fail(500, 'InternalError');
    await reference(key);
    expect(value()).toBeUndefined();
    expect(secrets.isComplete).toBe(false);
    for (let i = 0; i < 3; i++) {
      await clock.advance(30_000);
      await reference(key);
    }
    expect(value()).toBe('Unreadable');
    expect(secrets.isComplete).toBe(true);

    fail(403, 'Forbidden');
    await put('denied', 'x').catch(() => undefined);
    seen.set('team-a/denied', '1');
    await reference('team-a/denied');
    expect(secrets.states().get('team-a/denied')).toEqual({ kind: 'Unreadable', message: 'access is denied' });
  });

  test('says nothing of a Secret whose namespace has not been listed, and that it is unreadable where it cannot be', async () => {
    knowledge = 'Pending';
    await reference(key);
    expect(value()).toBeUndefined();
    knowledge = 'Refused';
    await reference(key);
    expect(value()).toBe('Unreadable');
    knowledge = 'Synced';
    await put('key', 'one');
    await reference(key);
    expect(value()).toBe('one');
  });

  test('tries at once when the Secret changes while it waits to try again', async () => {
    await put('key', 'one');
    fail(500, 'InternalError');
    await reference(key);
    recover();
    expect(secrets.noteChange(key)).toBe(true);
    await reference(key);
    expect(value()).toBe('one');
    expect(clock.pending).toBe(0);
  });

  test('waits for reads, but not longer than it is told', async () => {
    await put('key', 'one');
    api.intercept = () => new Promise(() => undefined);
    secrets.reference(new Set([key]));
    let waited = false;
    void secrets.settled(1000).then(() => (waited = true));
    await clock.advance(999);
    expect(waited).toBe(false);
    await clock.advance(1);
    expect(waited).toBe(true);
  });

  test('never logs a content', async () => {
    await put('key', 'sk-hidden');
    await reference(key);
    fail(500, 'sk-hidden');
    seen.set(key, 'newer');
    await reference(key);
    expect(log.lines).not.toHaveLength(0);
    expect(JSON.stringify(log.lines)).not.toContain('sk-hidden');
    expect(changes).toBeGreaterThan(0);
  });
});

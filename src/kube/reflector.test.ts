import { afterEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { waitFor } from '../../test/support/control-plane/wait.ts';
import { ManualClock } from '../../test/support/kube/manual-clock.ts';
import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import {
  ScriptedCollection,
  bookmark,
  close,
  errorEvent,
  event,
  hold,
  list,
  object,
  raw,
  refuse,
} from '../../test/support/kube/scripted-collection.ts';
import { ScriptedServer } from '../../test/support/kube/scripted-server.ts';
import type { Handler } from '../../test/support/kube/scripted-server.ts';
import { KubeError } from './errors.ts';
import { createKubeMetrics } from './metrics.ts';
import { Reflector } from './reflector.ts';
import type { ReflectorOptions } from './reflector.ts';
import { SECRETS } from './resources.ts';
import { createTransport } from './transport.ts';
import type { KubeObject } from './types.ts';

const open: (() => Promise<void>)[] = [];
const soon = { intervalMilliseconds: 2 };
/** Real time, but little of it. */
const brief = { backoffInitial: 1, backoffMax: 2, slowRetry: 2, shortWatch: 0 };

afterEach(async () => {
  for (const end of open.splice(0).toReversed()) await end();
});

/** An open watch waits for its watchdog and the next audit only; until then also for its head. */
const headIsIn = (clock: ManualClock) => clock.pending === 2;

interface SetUp {
  readonly lists: readonly Handler[];
  readonly watches?: readonly Handler[];
  readonly options?: Partial<ReflectorOptions<KubeObject>>;
}

/** A running reflector of Secrets over a scripted API server. */
async function setUp({ lists, watches, options = {} }: SetUp) {
  const collection = new ScriptedCollection(lists, watches);
  const server = await ScriptedServer.start(collection.handler);
  open.push(() => server.close());
  const registry = new Registry();
  const metrics = createKubeMetrics(registry);
  const { clock } = options;
  const credentials = { server: server.url, tls: async () => ({ ca: undefined }), headers: async () => ({}) };
  const transport = createTransport({ credentials, metrics, userAgent: 'test/1', ...(clock && { clock }) });
  open.push(() => transport.close());
  const log = new QuietLog();
  const changes: string[] = [];
  const reflector = new Reflector<KubeObject>({
    transport,
    metrics,
    log,
    resource: SECRETS,
    onChange: (key) => changes.push(key),
    ...(clock === undefined && { intervals: brief }),
    ...options,
  });
  open.push(() => reflector.stop());
  reflector.start();
  const count = async (metric: string): Promise<number> => {
    const { values } = (await registry.getSingleMetric(`tidegate_kube_${metric}_total`)?.get()) ?? { values: [] };
    return values[0]?.value ?? Number.NaN;
  };
  const watchesBegun = (times: number) => waitFor(`${times} watches`, () => collection.watched.length >= times, soon);
  const listsBegun = (times: number) => waitFor(`${times} lists`, () => collection.listed.length >= times, soon);
  return { collection, server, transport, log, changes, reflector, count, watchesBegun, listsBegun };
}

const a1 = object('a', '1');
const a2 = object('a', '2');
const b1 = object('b', '1');

describe('list and watch', () => {
  test('the first list is what the server has at hand; the watch goes on from it, with bookmarks, for 5 to 10 minutes', async () => {
    const { reflector, collection, changes, watchesBegun } = await setUp({ lists: [list('10', [a1, b1])] });
    expect(reflector.isSynced).toBe(false);
    await reflector.whenSynced();
    expect(reflector.isSynced).toBe(true);
    expect(changes).toEqual(['ns/a', 'ns/b']);
    await watchesBegun(1);
    expect(collection.listed[0]?.query.toString()).toBe('resourceVersion=0');
    const query = Object.fromEntries(collection.watched[0]?.call.query ?? []);
    expect(query).toMatchObject({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '10' });
    expect(Number(query['timeoutSeconds'])).toBeGreaterThanOrEqual(300);
    expect(Number(query['timeoutSeconds'])).toBeLessThanOrEqual(600);
  });

  test('lists anew at once when its owner finds that the watch misses changes', async () => {
    const { reflector, collection, watchesBegun } = await setUp({ lists: [list('10', [a1]), list('20', [a2])] });
    await watchesBegun(1);
    await waitFor(
      'the watch to be given up',
      () => {
        reflector.relist();
        return collection.watched.length > 1;
      },
      soon,
    );
    expect(reflector.get('ns/a')).toMatchObject(a2);
  });

  test('the first list is a consistent one where a stale answer would take something away', async () => {
    const { collection, watchesBegun } = await setUp({
      lists: [list('10', [a1])],
      options: { firstList: 'Latest' },
    });
    await watchesBegun(1);
    expect(collection.listed[0]?.query.toString()).toBe('');
  });

  test('added, modified and deleted objects are in the cache before their handler runs', async () => {
    const seen: unknown[] = [];
    const { reflector, collection, watchesBegun } = await setUp({
      lists: [list('10', [a1])],
      options: { onChange: (key) => seen.push([key, reflector.get(key)?.metadata.resourceVersion]) },
    });
    await watchesBegun(1);
    collection.send(
      event('ADDED', object('b', '11')),
      event('MODIFIED', object('a', '12')),
      event('DELETED', object('b', '13')),
    );
    await waitFor('the events', () => seen.length === 4, soon);
    expect(seen).toEqual([
      ['ns/a', '1'],
      ['ns/b', '11'],
      ['ns/a', '12'],
      ['ns/b', undefined],
    ]);
    expect(reflector.keys()).toEqual(['ns/a']);
  });

  test('selectors and namespace are in list and watch', async () => {
    const { collection, watchesBegun } = await setUp({
      lists: [list('10', [])],
      options: { namespace: 'team-a', fieldSelector: 'metadata.name=one', labelSelector: 'x=y' },
    });
    await watchesBegun(1);
    for (const call of [collection.listed[0], collection.watched[0]?.call]) {
      expect(call?.path).toBe('/api/v1/namespaces/team-a/secrets');
      expect(call?.query.get('fieldSelector')).toBe('metadata.name=one');
      expect(call?.query.get('labelSelector')).toBe('x=y');
    }
  });

  test('metadata only is asked for without a second choice', async () => {
    const { collection, watchesBegun } = await setUp({ lists: [list('10', [])], options: { metadataOnly: true } });
    await watchesBegun(1);
    expect(collection.listed[0]?.headers.accept).toBe(
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    );
    expect(collection.watched[0]?.call.headers.accept).toBe(
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    );
  });

  test("neither managedFields nor kubectl's copy of a Secret is cached", async () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"key":"c2VjcmV0"}}',
      kept: 'yes',
    };
    const heavy = { metadata: { name: 'a', namespace: 'ns', resourceVersion: '1', managedFields: [{}], annotations } };
    const { reflector, collection, watchesBegun } = await setUp({ lists: [list('10', [heavy])] });
    await watchesBegun(1);
    const light = { metadata: { name: 'a', namespace: 'ns', resourceVersion: '1', annotations: { kept: 'yes' } } };
    expect(reflector.list()).toEqual([light]);
    collection.send(event('MODIFIED', { metadata: { ...heavy.metadata, resourceVersion: '11' } }));
    await waitFor('the change', () => reflector.get('ns/a')?.metadata.resourceVersion === '11', soon);
    expect(reflector.get('ns/a')?.metadata).toEqual({ ...light.metadata, resourceVersion: '11' });
  });

  test('an object whose transform throws is not kept', async () => {
    const { reflector, count } = await setUp({
      lists: [list('10', [a1, b1])],
      options: {
        transform: (each) => {
          if (each.metadata.name === 'a') throw new Error('test');
          return each;
        },
      },
    });
    await reflector.whenSynced();
    expect(reflector.keys()).toEqual(['ns/b']);
    expect(await count('handler_errors')).toBe(1);
  });

  test('indices follow adding, changing and deleting', async () => {
    const labelled = (name: string, version: string, team: string): KubeObject => ({
      metadata: { name, namespace: 'ns', resourceVersion: version, labels: { team } },
    });
    const { reflector, collection, watchesBegun } = await setUp({
      lists: [list('10', [labelled('a', '1', 'x'), labelled('b', '1', 'x')])],
      options: { indexers: { team: ({ metadata }) => [metadata.labels?.['team'] ?? ''] } },
    });
    const names = (team: string) => reflector.byIndex('team', team).map(({ metadata }) => metadata.name);
    await watchesBegun(1);
    expect(names('x')).toEqual(['a', 'b']);
    collection.send(event('MODIFIED', labelled('a', '11', 'y')), event('DELETED', labelled('b', '12', 'x')));
    await waitFor('the changes', () => reflector.keys().length === 1, soon);
    expect([names('x'), names('y')]).toEqual([[], ['a']]);
  });

  test('a watch that the server closes is renewed from the last resourceVersion, without a list', async () => {
    const { collection, watchesBegun } = await setUp({
      lists: [list('10', [a1])],
      watches: [close(event('MODIFIED', object('a', '11'))), hold()],
    });
    await watchesBegun(2);
    expect(collection.watchedFrom).toEqual(['10', '11']);
    expect(collection.listed).toHaveLength(1);
  });

  test('bookmarks move a quiet kind on, so that its resourceVersion does not go stale', async () => {
    const { collection, changes, watchesBegun } = await setUp({
      lists: [list('10', [])],
      watches: [close(bookmark('900')), hold()],
    });
    await watchesBegun(2);
    expect(collection.watchedFrom).toEqual(['10', '900']);
    expect(changes).toEqual([]);
  });
});

describe('history that is gone', () => {
  test.each([
    ['410 as the status of the watch', refuse(410, 'Expired')],
    ['410 in the stream, which stays open', hold(event('MODIFIED', object('a', '11')), errorEvent(410, 'Expired'))],
  ])('%s: a new list at once, the latest, in pages', async (_what, gone) => {
    const clock = new ManualClock();
    const { reflector, collection, changes, watchesBegun } = await setUp({
      lists: [list('10', [a1, b1]), list('20', [object('a', '15')], 'page-2'), list('20', [object('c', '16')])],
      watches: [gone, hold()],
      options: { clock },
    });
    await watchesBegun(2);
    const queries = collection.listed.map(({ query }) => query.toString());
    expect(queries).toEqual(['resourceVersion=0', 'limit=500', 'limit=500&continue=page-2']);
    expect(collection.watchedFrom).toEqual(['10', '20']);
    expect(reflector.keys().toSorted()).toEqual(['ns/a', 'ns/c']);
    expect(new Set(changes)).toEqual(new Set(['ns/a', 'ns/b', 'ns/c']));
  });

  test('what was deleted in the gap is told as a change and has left the cache', async () => {
    const { reflector, changes, watchesBegun } = await setUp({
      lists: [list('10', [a1, b1]), list('20', [a1])],
      watches: [refuse(410, 'Gone'), hold()],
    });
    await watchesBegun(2);
    expect(reflector.get('ns/b')).toBeUndefined();
    expect(changes).toEqual(['ns/a', 'ns/b', 'ns/b']);
  });

  test('410 after 410 does not become a storm of lists', async () => {
    const clock = new ManualClock();
    const { collection, watchesBegun } = await setUp({
      lists: [list('10', [])],
      watches: [refuse(410, 'Expired')],
      options: { clock, random: () => 1 },
    });
    await watchesBegun(2);
    await waitFor('the wait', () => clock.waits[0] === 800, soon);
    expect(collection.listed).toHaveLength(2);
  });

  test('a continue token that expires leads to one whole list', async () => {
    const { collection, watchesBegun } = await setUp({
      lists: [list('10', []), list('20', [a1], 'page-2'), refuse(410, 'Expired'), list('30', [a1, b1])],
      watches: [refuse(410, 'Expired'), hold()],
    });
    await watchesBegun(2);
    expect(collection.listed.map(({ query }) => query.toString()).at(-1)).toBe('');
    expect(collection.watchedFrom.at(-1)).toBe('30');
  });

  test('a resourceVersion from the future of this server leads to a list of the latest', async () => {
    const details = { causes: [{ reason: 'ResourceVersionTooLarge' }] };
    const { collection, watchesBegun } = await setUp({
      lists: [list('10', []), list('5', [])],
      watches: [refuse(504, 'Timeout', { details }), hold()],
    });
    await watchesBegun(2);
    expect(collection.watchedFrom).toEqual(['10', '5']);
  });
});

describe('connections that break', () => {
  test('a half-open TCP connection: after 2.5 minutes without even a bookmark the watch is renewed from where it was', async () => {
    const clock = new ManualClock();
    const { collection, watchesBegun, count, reflector } = await setUp({
      lists: [list('10', [])],
      options: { clock, random: () => 0 },
    });
    await watchesBegun(1);
    await waitFor('the head of the answer', () => headIsIn(clock), soon);
    await clock.advance(100_000);
    collection.send(event('ADDED', object('a', '11')));
    await waitFor('the event', () => reflector.keys().length === 1, soon);
    await clock.advance(149_999);
    expect(collection.watched).toHaveLength(1);
    await clock.advance(1);
    await watchesBegun(2);
    expect(collection.watchedFrom).toEqual(['10', '11']);
    expect(await count('watch_stalled')).toBe(1);
    expect(collection.listed).toHaveLength(1);
  });

  test('ECONNRESET: the watch is renewed from the last event', async () => {
    const { collection, server, watchesBegun, reflector } = await setUp({ lists: [list('10', [])] });
    await watchesBegun(1);
    collection.send(event('ADDED', object('a', '11')));
    await waitFor('the event', () => reflector.keys().length === 1, soon);
    server.cut();
    await watchesBegun(2);
    expect(collection.watchedFrom).toEqual(['10', '11']);
  });

  test('an API server that is away at the start: the list is tried until it answers', async () => {
    const reset: Handler = (call) => call.socket.resetAndDestroy();
    const { reflector, count } = await setUp({ lists: [reset, reset, list('10', [a1])] });
    await reflector.whenSynced();
    expect(await count('list_operations_failed')).toBe(2);
    expect(reflector.lastError).toBeUndefined();
  });

  test('waits grow from 0.8 s to 30 s, one request at a time', async () => {
    const clock = new ManualClock();
    const { collection, listsBegun } = await setUp({
      lists: [refuse(500, 'InternalError')],
      options: { clock, random: () => 1 },
    });
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await listsBegun(attempt);
      await waitFor('the wait', () => clock.waits[0] !== undefined && clock.waits[0] <= 30_000, soon);
      expect(collection.listed).toHaveLength(attempt);
      waits.push(clock.waits[0] ?? 0);
      await clock.advance(clock.waits[0] ?? 0);
    }
    expect(waits).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  test('watches that are closed as soon as they are opened do not become a storm', async () => {
    const clock = new ManualClock();
    const { collection, watchesBegun } = await setUp({
      lists: [list('10', [])],
      watches: [close()],
      options: { clock, random: () => 1 },
    });
    await watchesBegun(1);
    await waitFor('the wait', () => clock.waits[0] === 800, soon);
    await clock.advance(800);
    await watchesBegun(2);
    await waitFor('the wait', () => clock.waits[0] === 1600, soon);
    expect(collection.watched).toHaveLength(2);
  });

  test.each([
    ['JSON garbage', 'garbage\n'],
    ['JSON that is not an event', '{"kind":"Status"}\n'],
    ['an event without a resourceVersion', '{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n'],
    ['an unknown type of event', '{"type":"MOVED","object":{"metadata":{"resourceVersion":"99"}}}\n'],
    ['an event cut off by the end', '{"type":"ADDED","object":{"meta'],
  ])(
    '%s in the stream is counted and breaks the watch, which is renewed from the last good event',
    async (_what, text) => {
      const good = `${JSON.stringify(event('ADDED', object('a', '11')))}\n`;
      const { collection, watchesBegun, count, reflector } = await setUp({
        lists: [list('10', [])],
        watches: [raw(good + text), hold()],
      });
      await watchesBegun(2);
      expect(collection.watchedFrom).toEqual(['10', '11']);
      expect(reflector.keys()).toEqual(['ns/a']);
      expect(await count('watch_malformed')).toBe(1);
      expect(await count('watch_operations_failed')).toBe(1);
    },
  );

  test('an answer that is not a list is tried again', async () => {
    const { reflector } = await setUp({ lists: [raw('{"kind":"SecretList"}'), raw('null'), list('10', [a1])] });
    await reflector.whenSynced();
    expect(reflector.keys()).toEqual(['ns/a']);
  });
});

describe('refusals', () => {
  test('401 is tried again, and what is cached stays', async () => {
    const { reflector, watchesBegun } = await setUp({
      lists: [list('10', [a1])],
      watches: [refuse(401, 'Unauthorized'), refuse(401, 'Unauthorized'), hold()],
    });
    await watchesBegun(3);
    expect(reflector.keys()).toEqual(['ns/a']);
  });

  test.each([
    ['seconds', '2000000'],
    ['a date', 'Fri, 31 Dec 2100 23:59:59 GMT'],
  ])('Retry-After far away, in %s, is a wait of a minute, spread, and no hot loop', async (_form, after) => {
    const clock = new ManualClock();
    const { listsBegun, collection } = await setUp({
      lists: [refuse(429, 'TooManyRequests', { headers: { 'retry-after': after } })],
      options: { clock, random: () => 1 },
    });
    await listsBegun(1);
    // Half as long again at most, so that replicas do not come back together.
    await waitFor('the wait', () => clock.waits[0] === 90_000, soon);
    expect(collection.listed).toHaveLength(1);
  });

  test.each([403, 404])('%d is tried again slowly and shown as the last error', async (code) => {
    const clock = new ManualClock();
    const { reflector, listsBegun, collection } = await setUp({
      lists: [refuse(code, 'No'), list('10', [])],
      options: { clock, random: () => 0 },
    });
    await listsBegun(1);
    await waitFor('the wait', () => clock.waits[0] === 10_000, soon);
    expect(reflector.lastError).toMatchObject({ status: code });
    await clock.advance(9_999);
    expect(collection.listed).toHaveLength(1);
    await clock.advance(1);
    await reflector.whenSynced();
    expect(reflector.lastError).toBeUndefined();
  });

  test('a right that is taken away does not empty the cache', async () => {
    const { reflector, listsBegun } = await setUp({
      lists: [list('10', [a1]), refuse(403, 'Forbidden')],
      watches: [refuse(410, 'Expired')],
    });
    await listsBegun(4);
    expect(reflector.keys()).toEqual(['ns/a']);
  });

  test.each([
    ['lists', [refuse(429, 'TooManyRequests', { headers: { 'retry-after': '45' } })], undefined],
    ['watches', [list('10', [])], [refuse(429, 'TooManyRequests', { headers: { 'retry-after': '45' } })]],
  ] as const)('a storm of 429 on %s: each wait is as long as Retry-After says', async (_what, lists, watches) => {
    const clock = new ManualClock();
    const { server } = await setUp({ lists, ...(watches && { watches }), options: { clock, random: () => 0 } });
    await waitFor('the wait', () => clock.waits[0] === 45_000, soon);
    const calls = server.calls.length;
    await clock.advance(44_999);
    expect(server.calls).toHaveLength(calls);
    await clock.advance(1);
    await waitFor('the next try', () => server.calls.length === calls + 1, soon);
  });
});

describe('handlers', () => {
  test('one that throws ends neither the watch nor the process', async () => {
    const told: string[] = [];
    const { collection, watchesBegun, count, log } = await setUp({
      lists: [list('10', [a1])],
      options: {
        onChange: (key) => {
          told.push(key);
          throw new Error('test: handler');
        },
      },
    });
    await watchesBegun(1);
    collection.send(event('ADDED', object('b', '11')));
    await waitFor('the second call', () => told.length === 2, soon);
    expect(await count('handler_errors')).toBe(2);
    expect(collection.watched).toHaveLength(1);
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
  });
});

describe('the periodic relist', () => {
  const intervals = { audit: 10, auditGrace: 5, ...brief };

  test('counts and repairs what the watch has missed', async () => {
    const { reflector, count, changes } = await setUp({
      lists: [list('10', [a1, b1]), list('12', [a2])],
      options: { intervals },
    });
    await waitFor('the repair', () => reflector.get('ns/a')?.metadata.resourceVersion === '2', soon);
    expect(reflector.get('ns/b')).toBeUndefined();
    expect(await count('cache_misses')).toBe(2);
    expect(changes).toEqual(['ns/a', 'ns/b', 'ns/a', 'ns/b']);
  });

  test('asks for metadata not older than the cache', async () => {
    const { collection, listsBegun, count } = await setUp({ lists: [list('10', [a1])], options: { intervals } });
    await listsBegun(3);
    expect(collection.listed[1]?.query.toString()).toBe('resourceVersion=10&resourceVersionMatch=NotOlderThan');
    expect(collection.listed[1]?.headers.accept).toContain('PartialObjectMetadataList');
    expect(await count('cache_misses')).toBe(0);
    expect(collection.watched).toHaveLength(1);
  });

  test('does not count what the watch delivers in time, and does not turn the cache back', async () => {
    const clock = new ManualClock();
    const { collection, reflector, watchesBegun, listsBegun, count } = await setUp({
      lists: [list('10', [a1]), list('12', [a2])],
      options: { clock, random: () => 0.5, intervals: { audit: 60_000 } },
    });
    await watchesBegun(1);
    await waitFor('the head of the answer', () => headIsIn(clock), soon);
    await clock.advance(60_000);
    await listsBegun(2);
    await waitFor('the grace', () => clock.waits.includes(5_000), soon);
    collection.send(event('MODIFIED', object('a', '3')));
    await waitFor('the change', () => reflector.get('ns/a')?.metadata.resourceVersion === '3', soon);
    await clock.advance(5_000);
    expect(await count('cache_misses')).toBe(0);
    expect(reflector.get('ns/a')?.metadata.resourceVersion).toBe('3');
    expect(collection.listed).toHaveLength(2);
  });

  test('does not blame a watch that was renewed meanwhile', async () => {
    const clock = new ManualClock();
    const { server, watchesBegun, listsBegun, count } = await setUp({
      lists: [list('10', [a1]), list('12', [a2])],
      options: { clock, random: () => 1, intervals: { audit: 60_000 } },
    });
    await watchesBegun(1);
    await waitFor('the head of the answer', () => headIsIn(clock), soon);
    await clock.advance(66_000);
    await listsBegun(2);
    await waitFor('the grace', () => clock.waits.includes(5_000), soon);
    server.cut();
    await waitFor('the wait', () => clock.waits[0] === 800, soon);
    await clock.advance(5_000);
    await watchesBegun(2);
    expect(await count('cache_misses')).toBe(0);
  });
});

describe('stopping', () => {
  test.each<[string, Handler, number]>([
    ['while listing', () => {}, 0],
    ['while watching', list('10', []), 0],
    ['while waiting', refuse(403, 'Forbidden'), 1],
  ])('%s leaves no request, no timer and no complaint', async (_what, first, complaints) => {
    const clock = new ManualClock();
    const { reflector, server, log, transport } = await setUp({ lists: [first], options: { clock } });
    await waitFor('a request', () => server.calls.length > 0, soon);
    await waitFor('complaints so far', () => log.lines.length === complaints, soon);
    await reflector.stop();
    expect(clock.pending).toBe(0);
    expect(log.lines).toHaveLength(complaints);
    await transport.close();
    await waitFor('the connections to close', () => server.openSockets === 0, soon);
  });

  test('whoever waits for the first list is told', async () => {
    const { reflector } = await setUp({ lists: [() => {}] });
    const aborter = new AbortController();
    const aborted = expect(reflector.whenSynced(aborter.signal)).rejects.toMatchObject({ code: 'Aborted' });
    aborter.abort();
    await aborted;
    const stopped = expect(reflector.whenSynced()).rejects.toBeInstanceOf(KubeError);
    await reflector.stop();
    await stopped;
    reflector.start();
    expect(reflector.isSynced).toBe(false);
  });

  test('what is cached stays readable', async () => {
    const { reflector, watchesBegun } = await setUp({ lists: [list('10', [a1])] });
    await watchesBegun(1);
    await reflector.stop();
    expect(reflector.get('ns/a')).toEqual(a1);
  });
});

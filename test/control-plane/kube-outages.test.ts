import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { KubeError } from '../../src/kube/errors.ts';
import { createObject, deleteObject } from '../../src/kube/objects.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import type { ReflectorIntervals } from '../../src/kube/reflector.ts';
import { SECRETS } from '../../src/kube/resources.ts';
import type {
  KubeRequest,
  KubeResponse,
  Secret,
  StreamRequest,
  StreamResponse,
  Transport,
} from '../../src/kube/types.ts';
import { ControlPlane, describeControlPlane, waitFor } from '../support/control-plane/index.ts';
import { QuietLog } from '../support/kube/quiet-log.ts';
import { connectTo } from '../support/kube/real-cluster.ts';
import type { RealCluster } from '../support/kube/real-cluster.ts';

/** Can keep watches from being opened, and end those that are. */
class Gate implements Transport {
  readonly #inner: Transport;
  #shut: AbortController | undefined = new AbortController();

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  request<T>(request: KubeRequest): Promise<KubeResponse<T>> {
    return this.#inner.request<T>(request);
  }

  async stream(request: StreamRequest): Promise<StreamResponse> {
    if (this.#shut === undefined) throw new KubeError({ code: 'Unreachable', message: 'the gate is shut' });
    const signal = AbortSignal.any([this.#shut.signal, ...(request.signal === undefined ? [] : [request.signal])]);
    return this.#inner.stream({ ...request, signal });
  }

  async close(): Promise<void> {}

  shut(): void {
    this.#shut?.abort();
    this.#shut = undefined;
  }

  open(): void {
    this.#shut = new AbortController();
  }
}

describeControlPlane('kube while the API server has troubles', () => {
  let controlPlane: ControlPlane;
  let real: RealCluster;
  const open: AsyncDisposable[] = [];
  const brief: Partial<ReflectorIntervals> = { backoffInitial: 20, backoffMax: 200, shortWatch: 0 };

  beforeAll(async () => {
    controlPlane = await ControlPlane.start();
  });

  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  });

  afterAll(() => controlPlane.stop());

  async function setUp(intervals: Partial<ReflectorIntervals> = {}) {
    real = connectTo(controlPlane.adminKubeconfig);
    open.push(real);
    const { transport, metrics } = real;
    const namespace = await controlPlane.createNamespace('outage');
    const gate = new Gate(transport);
    const changes: string[] = [];
    const reflector = new Reflector<Secret>({
      transport: gate,
      metrics,
      log: new QuietLog(),
      resource: SECRETS,
      namespace,
      onChange: (key) => changes.push(key.replace(`${namespace}/`, '')),
      intervals: { ...brief, ...intervals },
    });
    open.push(reflector);
    const create = (name: string) =>
      createObject<Secret>(transport, SECRETS, { namespace, body: { metadata: { name } } });
    const remove = (name: string) => deleteObject(transport, SECRETS, { namespace, name });
    const names = () =>
      reflector
        .keys()
        .map((key) => key.replace(`${namespace}/`, ''))
        .sort();
    const lists = () => real.count('tidegate_kube_list_operations_total');
    await create('old');
    reflector.start();
    await reflector.whenSynced();
    await waitFor('the watch', async () => (await real.count('tidegate_kube_watch_operations_total')) > 0);
    return { gate, reflector, create, remove, names, lists, changes };
  }

  test('history compacted while the watch was away: 410, one list, and what was missed is told', async () => {
    const { gate, create, remove, names, lists, changes } = await setUp();
    gate.shut();
    await create('new');
    await remove('old');
    await controlPlane.forgetHistory();
    expect(names()).toEqual(['old']);
    gate.open();
    await waitFor('the cache to catch up', () => names().join() === 'new');
    expect(await lists()).toBe(2);
    expect(changes.toSorted()).toEqual(['new', 'old', 'old']);
    await create('newer');
    await waitFor('the watch to go on', () => names().join() === 'new,newer');
    expect(await lists()).toBe(2);
  });

  test.each([
    ['stopped', () => controlPlane.stopApiServer()],
    ['killed', () => controlPlane.killApiServer()],
  ])('an API server that is %s and started again: the cache stays, and the watch goes on', async (_how, end) => {
    const { reflector, create, remove, names } = await setUp();
    await end();
    await waitFor('the watch to break', () => reflector.lastError !== undefined);
    expect(names()).toEqual(['old']);
    await controlPlane.startApiServer();
    await create('new');
    await remove('old');
    await waitFor('the cache to catch up', () => names().join() === 'new');
    expect(await real.count('tidegate_kube_cache_misses_total')).toBe(0);
  });

  test('an API server that is frozen: the silent watch is given up and goes on after the thaw', async () => {
    const { create, names } = await setUp({ minWatchSeconds: 1, maxWatchSeconds: 1, idleGrace: 300 });
    controlPlane.pauseApiServer();
    try {
      await waitFor('the watchdog', async () => (await real.count('tidegate_kube_watch_stalled_total')) > 0);
      expect(names()).toEqual(['old']);
    } finally {
      controlPlane.resumeApiServer();
    }
    await create('new');
    await waitFor('the cache to catch up', () => names().join() === 'new,old');
  });

  test('etcd compacted under a live watch changes nothing', async () => {
    const { create, names, lists } = await setUp();
    await controlPlane.compactEtcd();
    await create('new');
    await waitFor('the event', () => names().join() === 'new,old');
    expect(await lists()).toBe(1);
  });
});

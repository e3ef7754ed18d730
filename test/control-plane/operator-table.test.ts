/** The published table in a real API server: many parts, swapped as one, nothing left behind. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { kubeconfigCredentials } from '../../src/kube/kubeconfig.ts';
import { createKubeMetrics } from '../../src/kube/metrics.ts';
import { createTransport } from '../../src/kube/transport.ts';
import type { KubeRequest, Secret, Transport } from '../../src/kube/types.ts';
import { createOperatorMetrics } from '../../src/operator/metrics.ts';
import { TableStore } from '../../src/operator/table-store.ts';
import { Redacted } from '../../src/redacted.ts';
import { decodeTable, fromSecrets, makeTable, readBaseSecret, type RoutingTable } from '../../src/table/index.ts';
import { connectControlPlane, describeControlPlane, type Connection } from '../support/control-plane/index.ts';
import { QuietLog } from '../support/kube/quiet-log.ts';
import { anEntry } from '../support/tables.ts';

const name = 'tidegate-table';
const maxShardBytes = 400;
const { signal } = new AbortController();

/** A table that takes several parts: keys do not compress. */
const tableOf = (key: string, entries = 16): RoutingTable =>
  makeTable(
    Array.from({ length: entries }, (_, i) => {
      const random = createHash('sha512')
        .update(`${key}-${String(i)}`)
        .digest('base64url');
      return anEntry({ name: `p-${String(i)}`, credential: { kind: 'APIKey', value: new Redacted(random) } });
    }),
  );

describeControlPlane('the published table', () => {
  let cluster: Connection;
  let real: Transport;
  let namespace: string;
  /** What readers see after each write of the store. */
  let observed: string[];

  beforeAll(() => {
    cluster = connectControlPlane();
    real = createTransport({
      credentials: kubeconfigCredentials({ path: cluster.adminKubeconfig }),
      metrics: createKubeMetrics(new Registry()),
      userAgent: 'test',
    });
  });

  afterAll(() => real.close());

  beforeEach(async () => {
    namespace = await cluster.createNamespace('table');
    observed = [];
  });

  const secrets = async (): Promise<Map<string, Secret>> => {
    const { items } = await cluster.get<{ items: Secret[] }>('secrets', '-n', namespace);
    return new Map(items.map((item) => [item.metadata.name ?? '', item]));
  };

  /** What a proxy would take now. */
  const read = async (): Promise<string> => {
    const data = new Map([...(await secrets())].map(([key, secret]) => [key, secret.data]));
    return decodeTable(fromSecrets(name, data)).revision;
  };

  const store = (fail: (request: KubeRequest) => boolean = () => false): TableStore => {
    const transport: Transport = {
      request: async <T>(request: KubeRequest) => {
        if (fail(request)) throw new Error('cut');
        const answer = await real.request<T>(request);
        if (request.method === 'PATCH' || request.method === 'DELETE')
          observed.push(await read().catch((error: Error) => error.message));
        return answer;
      },
      stream: (request) => real.stream(request),
      close: () => Promise.resolve(),
    };
    const metrics = createOperatorMetrics(new Registry());
    return new TableStore({ transport, log: new QuietLog(), metrics, namespace, name, maxShardBytes });
  };

  test('is one table or the other to its readers at every moment, though it has many parts', async () => {
    const [first, second] = [tableOf('first'), tableOf('second')];
    const writer = store();
    await writer.load(signal);
    await writer.publish(first, signal);
    expect(await read()).toBe(first.revision);
    observed = [];
    await writer.publish(second, signal);
    expect(observed.length).toBeGreaterThan(5);
    expect(new Set(observed)).toEqual(new Set([first.revision, second.revision]));
    expect(observed.indexOf(second.revision)).toBe(observed.lastIndexOf(first.revision) + 1);
  });

  test('keeps no Secret of an earlier table', async () => {
    const writer = store();
    await writer.load(signal);
    for (const key of ['first', 'second', 'third']) await writer.publish(tableOf(key), signal);
    await writer.publish(tableOf('small', 1), signal);
    expect([...(await secrets()).keys()]).toEqual([name]);
  });

  test('keeps the old table whole when the operator dies half-way, and the next one clears up', async () => {
    const [first, second] = [tableOf('first'), tableOf('second')];
    const before = store();
    await before.load(signal);
    await before.publish(first, signal);
    const dying = store(({ method, path }) => method === 'PATCH' && path.endsWith(`/${name}`));
    await dying.load(signal);
    await expect(dying.publish(second, signal)).rejects.toThrow('cut');
    expect(await read()).toBe(first.revision);

    const next = store();
    await next.load(signal);
    expect(next.published?.revision).toBe(first.revision);
    await next.tidy(signal);
    const base = (await secrets()).get(name);
    const inUse = readBaseSecret(name, base?.data).otherSecrets;
    expect([...(await secrets()).keys()].sort()).toEqual([name, ...inUse].sort());
  });

  test('is not written when it is there already, also by an operator that did not write it', async () => {
    const table = tableOf('first');
    const writer = store();
    await writer.load(signal);
    await writer.publish(table, signal);
    const other = store();
    await other.load(signal);
    observed = [];
    await other.publish(table, signal);
    await writer.publish(table, signal);
    expect(observed).toEqual([]);
  });

  test('is refused to an operator that does not know that another has written', async () => {
    const [stale, fresh] = [store(), store()];
    await stale.load(signal);
    await stale.publish(tableOf('zero'), signal);
    await fresh.load(signal);
    await fresh.publish(tableOf('first', 1), signal);
    await expect(stale.publish(tableOf('second', 1), signal)).rejects.toThrow(/Conflict/);
    expect(await read()).toBe(tableOf('first', 1).revision);
  });

  test('is refused where it would be too large, and the old one stays', async () => {
    const writer = store();
    await writer.load(signal);
    await writer.publish(tableOf('first'), signal);
    await expect(writer.publish(tableOf('huge', 200), signal)).rejects.toMatchObject({ code: 'TooLarge' });
    expect(await read()).toBe(tableOf('first').revision);
  });
});

import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import { MemoryCluster } from '../../test/support/operator/memory-cluster.ts';
import { anEntry } from '../../test/support/tables.ts';
import { KubeError } from '../kube/errors.ts';
import { Redacted } from '../redacted.ts';
import { makeTable, type RoutingTable } from '../table/index.ts';
import { createOperatorMetrics } from './metrics.ts';
import { unpublished } from './reconciler.ts';
import { TableStore } from './table-store.ts';

const { signal } = new AbortController();
const base = '/api/v1/namespaces/tg/secrets/tidegate-table';

/** Takes several parts: keys do not compress. */
const tableOf = (key: string, entries = 8): RoutingTable =>
  makeTable(
    Array.from({ length: entries }, (_, i) => {
      const value = new Redacted(
        createHash('sha512')
          .update(`${key}-${String(i)}`)
          .digest('base64url'),
      );
      return anEntry({ name: `p-${String(i)}`, credential: { kind: 'APIKey', value } });
    }),
  );

describe('TableStore', () => {
  let cluster: MemoryCluster;
  let registry: Registry;

  beforeEach(() => {
    cluster = new MemoryCluster();
    registry = new Registry();
  });

  const open = async (): Promise<TableStore> => {
    registry = new Registry();
    const metrics = createOperatorMetrics(registry);
    const options = { transport: cluster, log: new QuietLog(), namespace: 'tg', name: 'tidegate-table' };
    const store = new TableStore({ ...options, metrics, maxShardBytes: 400 });
    await store.load(signal);
    return store;
  };
  const publish = async (store: TableStore, table: RoutingTable): Promise<void> => {
    await store.publish(table, signal);
    await store.tidy(signal);
  };
  const parts = (): number => cluster.objects.size;
  const gauge = async (name: string): Promise<number | undefined> =>
    (await registry.getSingleMetric(`tidegate_operator_table_${name}`)?.get())?.values[0]?.value;

  test('leaves no part of an earlier table after its index was damaged', async () => {
    const store = await open();
    await publish(store, tableOf('first'));
    await publish(store, tableOf('second'));
    const needed = await gauge('parts');
    expect(parts()).toBe(needed);
    cluster.put(base, { metadata: { name: 'tidegate-table', namespace: 'tg' }, data: { 'index.json': 'e30=' } });
    await store.load(signal);
    await publish(store, tableOf('second'));
    expect(parts()).toBe(needed);
    expect(store.isTidy).toBe(true);
  });

  test('deletes later what could not be deleted at once', async () => {
    const store = await open();
    await publish(store, tableOf('first'));
    cluster.intercept = ({ method }) => {
      if (method === 'DELETE') throw new KubeError({ code: 'ServerError', message: 'not now' });
    };
    await publish(store, tableOf('small', 1));
    expect(parts()).toBeGreaterThan(1);
    expect(store.isTidy).toBe(false);
    cluster.intercept = () => undefined;
    await publish(store, tableOf('small', 1));
    expect(parts()).toBe(1);
    expect(store.isTidy).toBe(true);
  });

  test('shows the size of a table that it found published', async () => {
    await publish(await open(), tableOf('first'));
    const size = { bytes: await gauge('bytes'), parts: await gauge('parts') };
    await open();
    expect({ bytes: await gauge('bytes'), parts: await gauge('parts') }).toEqual(size);
    expect(size.parts).toBeGreaterThan(1);
  });

  test('calls a table too large in the same words whatever its size', async () => {
    const store = await open();
    const failure = (entries: number): Promise<string> =>
      store.publish(tableOf('huge', entries), signal).then(() => 'published', unpublished);
    expect(await failure(200)).toBe("the newest routing table can't be published: it is too large");
    expect(await failure(250)).toBe(await failure(200));
  });
});

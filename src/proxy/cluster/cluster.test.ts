import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { MemoryApi, refusal } from '../../../test/support/kube/memory-api.ts';
import { providerEntry } from '../../../test/support/proxy/harness.ts';
import { createKubeMetrics } from '../../kube/metrics.ts';
import type { KubeRequest, KubeResponse, Lease, Secret, StreamRequest, StreamResponse } from '../../kube/types.ts';
import {
  encodeTable,
  INDEX_KEY,
  makeTable,
  readAcknowledgement,
  toSecrets,
  type RoutingTable,
} from '../../table/index.ts';
import { createLogger } from '../../telemetry/log.ts';
import { followTable, type ClusterTable } from './cluster-proxy.ts';

const SECRETS_PATH = '/api/v1/namespaces/ns/secrets';
const LEASE_PATH = '/apis/coordination.k8s.io/v1/namespaces/ns/leases/tidegate-proxy-pod-1';

/** Leases as in {@link MemoryApi}; one watched Secret, others to be fetched by name. */
class Cluster extends MemoryApi {
  readonly secrets = new Map<string, Secret>();
  readonly fetched: string[] = [];
  readonly listed: unknown[] = [];
  isAway = false;
  #events: string[] = [];
  #wake = (): void => undefined;
  #version = 100;

  override async request<T>(request: KubeRequest): Promise<KubeResponse<T>> {
    if (this.isAway) throw refusal(503, 'ServiceUnavailable');
    if (!request.path.startsWith(SECRETS_PATH)) return super.request<T>(request);
    const answer = (body: unknown): KubeResponse<T> => ({ status: 200, headers: {}, body: body as T });
    if (request.path === SECRETS_PATH) {
      this.listed.push(request.query);
      const base = this.secrets.get('table');
      return answer({ metadata: { resourceVersion: String(this.#version) }, items: base === undefined ? [] : [base] });
    }
    const name = request.path.slice(SECRETS_PATH.length + 1);
    this.fetched.push(name);
    const found = this.secrets.get(name);
    if (found === undefined) throw refusal(404, 'NotFound');
    return answer(found);
  }

  override stream(): Promise<never>;
  override async stream(request?: StreamRequest): Promise<never> {
    const wait = (): Promise<void> => new Promise((resolve) => (this.#wake = resolve));
    request?.signal?.addEventListener('abort', () => this.#wake());
    const next = (): string | undefined => this.#events.shift();
    async function* body(): AsyncGenerator<Uint8Array> {
      while (request?.signal?.aborted !== true) {
        const event = next();
        if (event === undefined) await wait();
        else yield Buffer.from(event);
      }
    }
    const response: StreamResponse = { status: 200, headers: {}, body: body() };
    return response as never;
  }

  /** Publishes as the operator does: the base last. */
  publish(table: RoutingTable, maxShardBytes = 700_000): void {
    for (const { name, data } of toSecrets('table', encodeTable(table, { maxShardBytes }))) this.put(name, data);
  }

  put(name: string, data: Readonly<Record<string, string>>): void {
    this.#version += 1;
    const known = this.secrets.has(name);
    const secret = { metadata: { name, namespace: 'ns', resourceVersion: String(this.#version) }, data };
    this.secrets.set(name, secret);
    if (name !== 'table') return;
    this.#events.push(`${JSON.stringify({ type: known ? 'MODIFIED' : 'ADDED', object: secret })}\n`);
    this.#wake();
  }

  get lease(): Lease | undefined {
    return this.objects.get(LEASE_PATH);
  }

  get acknowledged(): ReturnType<typeof readAcknowledgement> {
    return readAcknowledgement(this.lease?.metadata.annotations);
  }
}

const tableOf = (...names: string[]): RoutingTable =>
  makeTable(names.map((name) => providerEntry('http://upstream', { name })));

let table: ClusterTable | undefined;
let directory: string | undefined;
afterEach(async () => {
  await table?.stop();
  table = undefined;
  if (directory !== undefined) await rm(directory, { recursive: true });
  directory = undefined;
});

function follow(
  cluster: Cluster,
  tableDirectory?: string,
  onTaken: () => void = () => undefined,
  write?: (line: string) => void,
): RoutingTable[] {
  const taken: RoutingTable[] = [];
  table = followTable({
    transport: cluster,
    kubeMetrics: createKubeMetrics(new Registry()),
    log: createLogger(write === undefined ? { level: 'silent' } : { level: 'debug', destination: { write } }),
    namespace: 'ns',
    tableSecret: 'table',
    podName: 'pod-1',
    podUID: 'uid-1',
    tableDirectory,
    patience: 5,
    onTable: (next) => {
      taken.push(next);
      onTaken();
    },
  });
  return taken;
}

async function mount(to: string, mounted: RoutingTable): Promise<void> {
  for (const { data } of toSecrets('table', encodeTable(mounted)))
    for (const [file, text] of Object.entries(data)) await writeFile(join(to, file), Buffer.from(text, 'base64'));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the table of a cluster', () => {
  test('is watched by its one name, taken, and acknowledged at once', async () => {
    const cluster = new Cluster();
    cluster.publish(tableOf('a'));
    const taken = follow(cluster);
    await until(() => cluster.acknowledged.revision === tableOf('a').revision);
    expect(cluster.listed).toMatchObject([{ fieldSelector: 'metadata.name=table' }]);
    expect(taken.map(({ revision }) => revision)).toEqual([tableOf('a').revision]);
    expect(cluster.lease).toMatchObject({
      metadata: {
        labels: { 'tidegate.io/table': 'table' },
        ownerReferences: [{ kind: 'Pod', name: 'pod-1', uid: 'uid-1' }],
      },
      spec: { holderIdentity: 'pod-1', leaseDurationSeconds: 15 },
    });
    cluster.publish(tableOf('a', 'b'));
    await until(() => cluster.acknowledged.revision === tableOf('a', 'b').revision);
    expect(taken).toHaveLength(2);
    expect(taken[1]?.providers[0]).toBe(taken[0]?.providers[0]);
  });

  test('is listed consistently at the start: an API server that lags does not bring an old one back', async () => {
    const cluster = new Cluster();
    cluster.publish(tableOf('a'));
    const taken = follow(cluster);
    await until(() => taken.length === 1);
    expect(cluster.listed).not.toContainEqual(expect.objectContaining({ resourceVersion: expect.anything() }));
  });

  test('is not acknowledged when it could not be put in force', async () => {
    const cluster = new Cluster();
    cluster.publish(tableOf('a'));
    const taken = follow(cluster, undefined, () => {
      throw new Error('cannot be served');
    });
    await until(() => cluster.acknowledged.tableError !== undefined);
    expect(cluster.acknowledged).toEqual({ tableError: { code: 'Internal', message: 'cannot be served' } });
    expect(taken.length).toBeGreaterThan(0);
  });

  test('is put together from all Secrets that its index names', async () => {
    const cluster = new Cluster();
    const many = tableOf(...Array.from({ length: 200 }, (_, i) => `provider-${i}`));
    cluster.publish(many, 500);
    const taken = follow(cluster);
    await until(() => taken.length === 1);
    expect(taken[0]?.providers).toHaveLength(200);
    expect(cluster.fetched.length).toBeGreaterThan(1);
    expect(cluster.fetched.every((name) => /^table-\d+$/.test(name))).toBe(true);
  });

  test('that cannot be read is refused whole, reported, and replaced by the next good one', async () => {
    const cluster = new Cluster();
    cluster.publish(tableOf('a'));
    const taken = follow(cluster);
    await until(() => taken.length === 1);
    const index = cluster.secrets.get('table')?.data?.[INDEX_KEY] ?? '';
    cluster.put('table', { [INDEX_KEY]: Buffer.from('{"version":99}').toString('base64') });
    await until(() => cluster.acknowledged.tableError !== undefined);
    expect(cluster.acknowledged.revision).toBe(tableOf('a').revision);
    expect(index).not.toBe('');
    cluster.publish(tableOf('c'));
    await until(() => cluster.acknowledged.revision === tableOf('c').revision);
    expect(cluster.acknowledged.tableError).toBeUndefined();
    expect(taken).toHaveLength(2);
  });

  test('that is caught between two writes is read again until it is whole', async () => {
    const cluster = new Cluster();
    const many = tableOf(...Array.from({ length: 200 }, (_, i) => `provider-${i}`));
    const secrets = toSecrets('table', encodeTable(many, { maxShardBytes: 500 }));
    const [late, ...rest] = secrets;
    for (const { name, data } of rest) cluster.put(name, data);
    const taken = follow(cluster);
    await until(() => cluster.fetched.includes(late?.name ?? ''));
    expect(taken).toEqual([]);
    if (late !== undefined) cluster.put(late.name, late.data);
    await until(() => taken.length === 1);
    await until(() => cluster.acknowledged.revision === many.revision);
  });

  test('is taken from the mounted copy while the API server is away, and from the API server once it is back', async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidegate-table-'));
    await mount(directory, tableOf('mounted'));
    const cluster = new Cluster();
    cluster.isAway = true;
    const taken = follow(cluster, directory);
    await until(() => taken.length === 1);
    expect(taken[0]?.revision).toBe(tableOf('mounted').revision);
    cluster.publish(tableOf('fresh'));
    cluster.isAway = false;
    await until(() => cluster.acknowledged.revision === tableOf('fresh').revision);
  });

  test('is taken from a mounted copy that comes later than the proxy starts', async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidegate-table-'));
    const late = join(directory, 'late');
    const cluster = new Cluster();
    cluster.isAway = true;
    const complaints: string[] = [];
    const taken = follow(cluster, late, undefined, (line) => complaints.push(line));
    const mounted = (): string[] => complaints.filter((line) => line.includes('the mounted copy'));
    await until(() => mounted().some((line) => line.includes('"level":"debug"')));
    await mkdir(late);
    await mount(late, tableOf('mounted'));
    await until(() => taken.length === 1);
    expect(mounted().filter((line) => line.includes('ENOENT') && line.includes('"level":"warn"'))).toHaveLength(1);
  });
});

test('a proxy that ends gives its Lease up', async () => {
  const cluster = new Cluster();
  cluster.publish(tableOf('a'));
  follow(cluster);
  await until(() => cluster.acknowledged.revision !== undefined);
  await table?.release();
  expect(cluster.lease?.spec).toMatchObject({ holderIdentity: '' });
  const before = cluster.methods.length;
  cluster.publish(tableOf('b'));
  await new Promise(setImmediate);
  expect(cluster.methods.length).toBe(before);
});

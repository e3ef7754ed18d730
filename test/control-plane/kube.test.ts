import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { apply } from '../../src/kube/apply.ts';
import { EventRecorder } from '../../src/kube/events.ts';
import { inClusterCredentials } from '../../src/kube/in-cluster.ts';
import { LeaseObserver, OwnLease } from '../../src/kube/lease.ts';
import { createObject, deleteObject, getObject, listObjects, updateObject } from '../../src/kube/objects.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import type { ReflectorOptions } from '../../src/kube/reflector.ts';
import { EVENTS, LEASES, SECRETS, SUBJECT_ACCESS_REVIEWS, TOKEN_REVIEWS, keyOf } from '../../src/kube/resources.ts';
import type { KubeObject, Lease, Resource, Secret } from '../../src/kube/types.ts';
import { connectControlPlane, describeControlPlane, waitFor } from '../support/control-plane/index.ts';
import type { Connection } from '../support/control-plane/index.ts';
import { QuietLog } from '../support/kube/quiet-log.ts';
import { connectTo } from '../support/kube/real-cluster.ts';
import type { RealCluster } from '../support/kube/real-cluster.ts';

const widgets: Resource = { group: 'kube.test', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };

interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly note?: string;
  };
}

const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.kube.test' },
  spec: {
    group: 'kube.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { size: { type: 'integer' } } },
              status: {
                type: 'object',
                properties: {
                  note: { type: 'string' },
                  conditions: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                    items: {
                      type: 'object',
                      required: ['type', 'status'],
                      properties: { type: { type: 'string' }, status: { type: 'string' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

describeControlPlane('kube against a real API server', () => {
  let cluster: Connection;
  let admin: RealCluster;
  let namespace: string;
  const open: AsyncDisposable[] = [];

  beforeAll(async () => {
    cluster = connectControlPlane();
    admin = connectTo(cluster.adminKubeconfig);
    namespace = await cluster.createNamespace('kube');
  });

  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  });

  afterAll(() => admin.transport.close());

  const reflect = <T extends KubeObject>(
    options: Partial<ReflectorOptions<T>> & { resource: Resource },
  ): Reflector<T> => {
    const { transport, metrics } = admin;
    const reflector = new Reflector<T>({ transport, metrics, log: new QuietLog(), namespace, ...options });
    open.push(reflector);
    reflector.start();
    return reflector;
  };

  const createSecret = (name: string, value: string, labels: Record<string, string> = {}): Promise<Secret> =>
    createObject<Secret>(admin.transport, SECRETS, {
      namespace,
      body: { metadata: { name, labels }, data: { key: Buffer.from(value).toString('base64') } },
    });

  describe('objects', () => {
    test('are created, read, replaced, listed in pages and deleted; a stale replacement is a conflict', async () => {
      const { transport } = admin;
      const labels = { suite: 'objects' };
      const created = await createSecret('one', 'a', labels);
      const target = { namespace, name: 'one' };
      await updateObject(transport, SECRETS, { ...target, body: { ...created, data: { key: 'Yg==' } } });
      await expect(updateObject(transport, SECRETS, { ...target, body: created })).rejects.toMatchObject({
        code: 'Conflict',
      });
      expect((await getObject<Secret>(transport, SECRETS, target)).data).toEqual({ key: 'Yg==' });
      await createSecret('two', 'a', labels);
      await createSecret('three', 'a', labels);
      await expect(createSecret('three', 'a')).rejects.toMatchObject({ code: 'AlreadyExists', status: 409 });
      const { items } = await listObjects<Secret>(transport, SECRETS, {
        namespace,
        labelSelector: 'suite=objects',
        pageSize: 1,
      });
      expect(items.map(keyOf).toSorted()).toEqual(['one', 'three', 'two'].map((name) => `${namespace}/${name}`));
      await deleteObject(transport, SECRETS, { ...target, uid: created.metadata.uid ?? '' });
      await expect(getObject(transport, SECRETS, target)).rejects.toMatchObject({ code: 'NotFound', status: 404 });
    });

    test('an invalid one is refused with its reason', async () => {
      const attempt = createObject(admin.transport, SECRETS, {
        namespace,
        body: { metadata: { name: 'No_Such_Name' } },
      });
      await expect(attempt).rejects.toMatchObject({ code: 'Invalid', status: 422, reason: 'Invalid' });
    });
  });

  describe('server-side apply', () => {
    beforeAll(async () => {
      await cluster.apply(widgetDefinition);
      await cluster.kubectl('wait', '--for=condition=Established', '--timeout=60s', 'crd/widgets.kube.test');
      await waitFor('the collection', () => listObjects(admin.transport, widgets, { namespace }));
    });

    const put = (
      name: string,
      body: object,
      more: { subresource?: string; force?: boolean; fieldManager?: string } = {},
    ) => apply<Widget>(admin.transport, widgets, { namespace, name, fieldManager: 'one', body: { ...body }, ...more });

    test('creates, changes, and removes what it set before and leaves out now', async () => {
      expect((await put('w1', { spec: { size: 1 } })).spec).toEqual({ size: 1 });
      expect((await put('w1', {})).spec).toBeUndefined();
    });

    test('of a status changes the status only, and merges conditions by type', async () => {
      await put('w2', { spec: { size: 1 } });
      const status = (type: string, note?: string) => ({
        spec: { size: 9 },
        status: { conditions: [{ type, status: 'True' }], note },
      });
      await put('w2', status('Ready', 'x'), { subresource: 'status' });
      const both = await put('w2', status('Other'), { subresource: 'status', fieldManager: 'two' });
      expect(both.spec).toEqual({ size: 1 });
      expect(both.metadata.generation).toBe(1);
      expect(both.status?.conditions?.map(({ type }) => type).toSorted()).toEqual(['Other', 'Ready']);
      const less = await put('w2', status('Ready'), { subresource: 'status' });
      expect(less.status?.note).toBeUndefined();
    });

    test('the same again does not change the resourceVersion', async () => {
      const [once, twice] = [await put('w3', { spec: { size: 1 } }), await put('w3', { spec: { size: 1 } })];
      expect(twice.metadata.resourceVersion).toBe(once.metadata.resourceVersion);
    });

    test('of a field that another owns is a conflict, unless forced', async () => {
      await put('w4', { spec: { size: 1 } });
      const take = (force: boolean) => put('w4', { spec: { size: 2 } }, { fieldManager: 'two', force });
      await expect(take(false)).rejects.toMatchObject({ code: 'Conflict' });
      expect((await take(true)).spec).toEqual({ size: 2 });
    });

    test('of a status of something that does not exist is NotFound', async () => {
      const attempt = put('none', { status: { note: 'x' } }, { subresource: 'status' });
      await expect(attempt).rejects.toMatchObject({ code: 'NotFound' });
    });
  });

  describe('a reflector', () => {
    test('sees what kubectl does', async () => {
      const reflector = reflect<Secret>({ resource: SECRETS, labelSelector: 'suite=kubectl' });
      await reflector.whenSynced();
      const manifest = (value: string) => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'seen', namespace, labels: { suite: 'kubectl' } },
        stringData: { key: value },
      });
      const value = () => reflector.get(`${namespace}/seen`)?.data?.['key'];
      await cluster.apply(manifest('a'));
      await waitFor('the addition', () => value() === 'YQ==');
      await cluster.apply(manifest('b'));
      await waitFor('the change', () => value() === 'Yg==');
      await cluster.kubectl('delete', 'secret', 'seen', '-n', namespace);
      await waitFor('the deletion', () => reflector.keys().length === 0);
    });

    test('of metadata never gets the data of a Secret, neither by list nor by watch', async () => {
      const seen: Secret[] = [];
      const transform = (each: Secret): Secret => {
        seen.push(each);
        return each;
      };
      await createSecret('listed', 'value-listed', { suite: 'metadata' });
      const reflector = reflect<Secret>({
        resource: SECRETS,
        labelSelector: 'suite=metadata',
        metadataOnly: true,
        transform,
      });
      await reflector.whenSynced();
      await waitFor('the watch', async () => (await admin.count('tidegate_kube_watch_operations_total')) > 0);
      await createSecret('watched', 'value-watched', { suite: 'metadata' });
      await waitFor('the second', () => reflector.keys().length === 2);
      expect(seen).toHaveLength(2);
      for (const each of seen) expect(Object.keys(each).toSorted()).toEqual(['apiVersion', 'kind', 'metadata']);
      expect(JSON.stringify(seen)).not.toContain(Buffer.from('value-').toString('base64').slice(0, 8));
    });

    test('of one named Secret needs no right to any other', async () => {
      await cluster.createServiceAccount(namespace, 'reader');
      const rule = {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: ['mine'],
        verbs: ['get', 'list', 'watch'],
      };
      const kind = (name: string) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: name,
        metadata: { name: 'reader', namespace },
      });
      await cluster.apply({ ...kind('Role'), rules: [rule] });
      await cluster.apply({
        ...kind('RoleBinding'),
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
        subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
      });
      const reader = connectTo(await cluster.kubeconfigForServiceAccount(namespace, 'reader'));
      open.push(reader);
      const access = { transport: reader.transport, metrics: reader.metrics };
      const mine = reflect<Secret>({ ...access, resource: SECRETS, fieldSelector: 'metadata.name=mine' });
      await mine.whenSynced();
      await createSecret('mine', 'a');
      await createSecret('not-mine', 'a');
      await waitFor('mine', () => mine.get(`${namespace}/mine`));
      expect(mine.keys()).toEqual([`${namespace}/mine`]);
      const all = reflect<Secret>({ ...access, resource: SECRETS });
      await waitFor('the refusal', () => all.lastError !== undefined);
      expect(all.lastError).toMatchObject({ code: 'Forbidden' });
      expect(all.isSynced).toBe(false);
    });

    test('stays exact under load while its watch is renewed every second, without a list', async () => {
      const intervals = { minWatchSeconds: 1, maxWatchSeconds: 1, shortWatch: 0, audit: 1_500, auditGrace: 500 };
      const real = connectTo(cluster.adminKubeconfig);
      open.push(real);
      const { transport, metrics } = real;
      const selection = { resource: SECRETS, labelSelector: 'suite=load' };
      const reflector = reflect<Secret>({ ...selection, transport, metrics, metadataOnly: true, intervals });
      await reflector.whenSynced();
      const write = async (writer: number): Promise<void> => {
        for (let turn = 0; (await real.count('tidegate_kube_watch_operations_total')) < 5; turn += 1) {
          const name = `load-${writer}-${turn % 7}`;
          if (turn % 7 === writer) await deleteObject(transport, SECRETS, { namespace, name }).catch(() => {});
          else {
            await apply(transport, SECRETS, {
              namespace,
              name,
              fieldManager: 'test',
              body: {
                metadata: { labels: { suite: 'load' } },
                data: { key: Buffer.from(String(turn)).toString('base64') },
              },
            });
          }
        }
      };
      await Promise.all([0, 1, 2, 3].map(write));
      const { items } = await listObjects(transport, SECRETS, { namespace, labelSelector: 'suite=load' });
      const versions = (objects: readonly KubeObject[]) =>
        new Map(objects.map((each) => [keyOf(each), each.metadata.resourceVersion]));
      await waitFor('the cache to be the same', () => {
        const [listed, cached] = [versions(items), versions(reflector.list())];
        return listed.size === cached.size && [...listed].every(([key, version]) => cached.get(key) === version);
      });
      expect(await real.count('tidegate_kube_cache_misses_total')).toBe(0);
      expect(await real.count('tidegate_kube_watch_operations_failed_total')).toBe(0);
    });
  });

  describe('the credentials of a pod', () => {
    test('a token that is replaced on disk is used as soon as the old one is refused', async () => {
      const directory = join(cluster.details.folder, `service-account-${randomUUID()}`);
      mkdirSync(directory);
      copyFileSync(cluster.caFile, join(directory, 'ca.crt'));
      writeFileSync(join(directory, 'token'), 'expired');
      const { hostname, port } = new URL(cluster.server);
      const pod = connectTo(inClusterCredentials({ host: hostname, port, serviceAccountDirectory: directory }));
      open.push(pod);
      const review = () =>
        createObject<{ status: { allowed: boolean } }>(pod.transport, SUBJECT_ACCESS_REVIEWS, {
          body: { spec: { user: 'nobody', resourceAttributes: { verb: 'get', resource: 'secrets' } } },
        });
      await expect(review()).rejects.toMatchObject({ code: 'Unauthorized', status: 401 });
      await cluster.createServiceAccount(namespace, 'pod');
      writeFileSync(join(directory, 'token'), await cluster.serviceAccountToken(namespace, 'pod'));
      await expect(review()).rejects.toMatchObject({ code: 'Forbidden', status: 403 });
    });

    test('reviews of tokens and access are asked like any object', async () => {
      await cluster.createServiceAccount(namespace, 'caller');
      const token = await cluster.serviceAccountToken(namespace, 'caller', ['tidegate']);
      const { status } = await createObject<{ status: { authenticated: boolean; user: { username: string } } }>(
        admin.transport,
        TOKEN_REVIEWS,
        { body: { spec: { token, audiences: ['tidegate'] } } },
      );
      expect(status).toMatchObject({
        authenticated: true,
        user: { username: `system:serviceaccount:${namespace}:caller` },
      });
    });
  });

  describe('leases', () => {
    test('a heartbeat is created, renewed with what it serves, seen as live, and released', async () => {
      const { transport } = admin;
      const observer = new LeaseObserver();
      const reflector = reflect<Lease>({
        resource: LEASES,
        labelSelector: 'suite=heartbeat',
        onChange: (key) => {
          const lease = reflector.get(key);
          if (lease === undefined) observer.forget(key);
          else observer.observe(lease);
        },
      });
      await reflector.whenSynced();
      const lease = new OwnLease({
        transport,
        namespace,
        name: 'proxy-1',
        identity: 'pod-1',
        durationSeconds: 30,
        labels: { suite: 'heartbeat' },
      });
      const key = `${namespace}/proxy-1`;
      await lease.renew({ annotations: { revision: 'r1' } });
      await waitFor('life', () => observer.isLive(key));
      await lease.renew({ annotations: { revision: 'r2' } });
      await waitFor('the revision', () => reflector.get(key)?.metadata.annotations?.['revision'] === 'r2');
      await lease.release();
      await waitFor('death', () => !observer.isLive(key));
    });

    test('the API refuses times with three digits, which is why ours have six', async () => {
      const attempt = createObject(admin.transport, LEASES, {
        namespace,
        body: {
          metadata: { name: 'three-digits' },
          spec: { holderIdentity: 'x', renewTime: new Date().toISOString() },
        },
      });
      await expect(attempt).rejects.toMatchObject({ status: 400 });
    });
  });

  describe('leader election', () => {
    const children: ChildProcess[] = [];

    afterEach(async () => {
      for (const child of children.splice(0)) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const exited = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await exited;
      }
    });

    function candidate(lease: string, identity: string, leaseMs: number) {
      const script = fileURLToPath(new URL('../support/kube/candidate.ts', import.meta.url));
      const args = [script, cluster.adminKubeconfig, namespace, lease, identity, String(leaseMs)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      // With everything that it has printed.
      const exited = new Promise((resolve) => child.once('close', resolve));
      return { child, exited, output: () => output, leads: () => output.startsWith('leads\n') };
    }

    const holder = async (name: string) =>
      (await getObject<Lease>(admin.transport, LEASES, { namespace, name })).spec?.holderIdentity;

    test('one is killed, the other takes over once the lease has run out', async () => {
      const one = candidate('killed', 'one', 6_000);
      await waitFor('the first', one.leads);
      const two = candidate('killed', 'two', 6_000);
      one.child.kill('SIGKILL');
      await one.exited;
      expect(await holder('killed')).toBe('one');
      await waitFor('the second', two.leads);
      expect(await holder('killed')).toBe('two');
    });

    test('one is stopped, the other takes over long before the lease would run out', async () => {
      const one = candidate('stopped', 'one', 600_000);
      await waitFor('the first', one.leads);
      const two = candidate('stopped', 'two', 600_000);
      one.child.kill('SIGTERM');
      await one.exited;
      expect(one.output()).toBe('leads\nStopped\n');
      await waitFor('the second', two.leads);
      expect((await getObject<Lease>(admin.transport, LEASES, { namespace, name: 'stopped' })).spec).toMatchObject({
        holderIdentity: 'two',
        leaseTransitions: 1,
      });
    });
  });

  describe('events', () => {
    test('are shown by kubectl, with the count of their repeats', async () => {
      const { transport, metrics } = admin;
      const recorder = new EventRecorder({
        transport,
        metrics,
        log: new QuietLog(),
        controller: 'kube.test/suite',
        instance: 'suite-1',
        seriesMs: 60_000,
      });
      const regarding = await createSecret('talked-about', 'a');
      const text = { type: 'Warning', reason: 'Tested', action: 'Test', note: 'Something was tried' } as const;
      const object = { ...regarding, apiVersion: 'v1', kind: 'Secret' };
      recorder.record(object, text);
      await recorder.flush();
      recorder.record(object, text);
      recorder.record(object, text);
      recorder.record(object, { ...text, reason: 'Long', note: 'ä'.repeat(5_000) });
      await recorder.close();
      expect(await admin.count('tidegate_kube_events_total')).toBe(3);
      const { items } = await listObjects<KubeObject & { reason: string; series?: object }>(transport, EVENTS, {
        namespace,
      });
      expect(items.find(({ reason }) => reason === 'Tested')?.series).toMatchObject({ count: 3 });
      const shown = await cluster.kubectl('events', '-n', namespace, '--for', 'secret/talked-about');
      expect(shown).toMatch(/\(x3 over .*Warning +Tested +Secret\/talked-about +Something was tried/);
      expect(shown).toMatch(/Warning +Long /);
    });
  });
});

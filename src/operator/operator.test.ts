import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { aGuardrail, aProvider } from '../../test/support/compile.ts';
import { ManualClock, settle } from '../../test/support/kube/manual-clock.ts';
import { QuietLog } from '../../test/support/kube/quiet-log.ts';
import { MemoryCluster } from '../../test/support/operator/memory-cluster.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { defaultConfiguration } from '../config/load.ts';
import { KubeError } from '../kube/errors.ts';
import { createKubeMetrics } from '../kube/metrics.ts';
import type { KubeRequest } from '../kube/types.ts';
import { Operator } from './operator.ts';

describe('an operator', () => {
  let cluster: MemoryCluster;
  let clock: ManualClock;
  let log: QuietLog;
  let stopping: AbortController;
  let operator: Operator;
  let running: Promise<unknown>;
  let isStopped: boolean;

  const start = async (): Promise<void> => {
    const registry = new Registry();
    operator = new Operator({
      transport: cluster,
      kubeMetrics: createKubeMetrics(registry),
      registry,
      log,
      config: { ...defaultConfiguration(), watchNamespaces: { kind: 'List', names: ['team-a', 'team-b'] } },
      namespace: 'tg',
      tableSecret: 'tidegate-table',
      identity: 'op',
      onLost: () => undefined,
      clock,
    });
    running = operator.run(stopping.signal).then(() => (isStopped = true));
    await settle();
  };
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 50) await clock.advance(50);
  };
  /** From now on these requests are not answered before they are given up. */
  const hang = (isOne: (request: KubeRequest) => boolean): void => {
    cluster.intercept = (request) => {
      if (!isOne(request)) return undefined;
      const aborted = new KubeError({ code: 'Aborted', message: 'given up by the caller' });
      return new Promise((_, reject) => request.signal?.addEventListener('abort', () => reject(aborted)));
    };
  };

  beforeEach(() => {
    cluster = new MemoryCluster();
    clock = new ManualClock();
    log = new QuietLog();
    stopping = new AbortController();
    isStopped = false;
    for (let i = 0; i < 12; i++) {
      const name = `p${String(i)}`;
      const { metadata, spec } = aProvider({}, { name, uid: name });
      cluster.put(`/apis/tidegate.io/v1alpha1/namespaces/team-a/llmproviders/${name}`, { metadata, spec });
    }
  });

  afterEach(async () => {
    stopping.abort();
    await pass(8000);
    await running;
  });

  test('stops within seconds although its events are not answered', async () => {
    hang(({ path }) => path.includes('/events'));
    await start();
    await pass(3000);
    expect(cluster.requests.some(({ path }) => path.includes('/events'))).toBe(true);
    stopping.abort();
    await pass(3500);
    expect(isStopped).toBe(true);
    const lease = cluster.objects.get('/apis/coordination.k8s.io/v1/namespaces/tg/leases/tidegate-operator');
    expect(lease).toMatchObject({ spec: { holderIdentity: '' } });
  });

  test('logs no error when it is told to stop while it publishes', async () => {
    hang(({ method, path }) => method === 'PATCH' && path.endsWith('/tidegate-table'));
    await start();
    await pass(3000);
    expect(cluster.count('PATCH')).toBeGreaterThan(0);
    stopping.abort();
    await pass(3500);
    expect(isStopped).toBe(true);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('says what it waits for until it is ready', async () => {
    cluster.intercept = ({ path }) => {
      if (path.endsWith('/team-b/secrets')) throw new KubeError({ code: 'ServerError', message: 'no' });
    };
    await start();
    await pass(1000);
    expect(operator.ready()).toEqual({ ok: false, reason: 'not listed yet: Secrets in team-b' });
    await pass(12_000);
    expect(operator.ready()).toEqual({ ok: true });
  });

  test('waits for the Guardrails as for everything else', async () => {
    cluster.intercept = ({ path }) => {
      if (path.endsWith('/team-b/guardrails')) throw new KubeError({ code: 'ServerError', message: 'no' });
    };
    await start();
    await pass(1000);
    expect(operator.ready()).toEqual({ ok: false, reason: 'not listed yet: Guardrails in team-b' });
    expect(cluster.count('PATCH')).toBe(0);
  });

  test('serves what needs no Guardrail where Guardrails cannot be listed, and calls none of them missing', async () => {
    const { metadata, spec } = aProvider({
      type: 'OpenAICompatible',
      baseURL: 'http://vllm:8000/v1',
      secretRef: undefined,
    });
    const path = (name: string): string => `/apis/tidegate.io/v1alpha1/namespaces/team-a/llmproviders/${name}`;
    cluster.put(path('open'), { metadata: { ...metadata, name: 'open', uid: 'open' }, spec });
    const guarded = { ...spec, guardrailRefs: [{ name: 'rules' }] };
    cluster.put(path('guarded'), { metadata: { ...metadata, name: 'guarded', uid: 'guarded' }, spec: guarded });
    cluster.intercept = (request) => {
      if (request.path.endsWith('/guardrails')) throw new KubeError({ code: 'NotFound', message: 'no such kind' });
    };
    await start();
    await pass(6000);
    expect(operator.ready()).toEqual({ ok: true });
    const reason = (name: string): unknown =>
      (cluster.objects.get(`${path(name)}/status`) as LLMProvider | undefined)?.status?.conditions?.[0]?.reason;
    expect(reason('open')).toBe('NotServed');
    expect(reason('guarded')).toBe('GuardrailUnreadable');
  });

  test('calls no Guardrail missing that could be listed only while a pass waited for a Secret', async () => {
    const { metadata, spec } = aProvider({ guardrailRefs: [{ name: 'rules' }] }, { name: 'guarded', uid: 'guarded' });
    const path = '/apis/tidegate.io/v1alpha1/namespaces/team-a/llmproviders/guarded';
    cluster.put(path, { metadata, spec });
    const rules = aGuardrail();
    cluster.put('/apis/tidegate.io/v1alpha1/namespaces/team-a/guardrails/rules', {
      metadata: rules.metadata,
      spec: rules.spec,
    });
    const secret = `/api/v1/namespaces/team-a/secrets/${spec.secretRef?.name ?? ''}`;
    cluster.put(secret, { metadata: { namespace: 'team-a', name: spec.secretRef?.name ?? '' }, data: {} });
    const listed = Promise.withResolvers<void>();
    let isReading = false;
    cluster.intercept = ({ path: asked }) => {
      if (asked === secret) {
        isReading = true;
        return listed.promise;
      }
      if (!asked.endsWith('/team-a/guardrails')) return undefined;
      if (!isReading) throw new KubeError({ code: 'Forbidden', message: 'no' });
      void settle().then(() => listed.resolve());
      return undefined;
    };
    await start();
    await pass(40_000);
    const told = cluster.requests.filter((request) => request.path === `${path}/status`);
    expect(told.length).toBeGreaterThan(0);
    expect(JSON.stringify(told.map(({ body }) => body))).not.toContain('GuardrailNotFound');
  });

  test('writes the status of a Guardrail and tells of it once', async () => {
    const path = '/apis/tidegate.io/v1alpha1/namespaces/team-a/guardrails/rules';
    const { metadata, spec } = aGuardrail();
    cluster.put(path, { metadata, spec });
    await start();
    await pass(5000);
    const written = cluster.requests.filter((request) => request.path === `${path}/status`);
    expect(written).toHaveLength(1);
    expect(written[0]).toMatchObject({
      method: 'PATCH',
      query: { fieldManager: 'tidegate-operator', force: true },
      body: { metadata: { uid: 'uid-rules' }, status: { usedBy: 'none', conditions: [{ reason: 'Ready' }] } },
    });
    const events = cluster.requests.filter((request) => request.path.endsWith('/events'));
    expect(
      events.filter(({ body }) => (body as { regarding?: { kind?: string } }).regarding?.kind === 'Guardrail'),
    ).toMatchObject([{ body: { reason: 'Ready', type: 'Normal' } }]);
  });

  test('is ready although a watched namespace is gone with its Role', async () => {
    cluster.intercept = ({ path }) => {
      if (path.includes('/team-b/')) throw new KubeError({ code: 'Forbidden', message: 'no' });
    };
    await start();
    await pass(1000);
    expect(operator.ready()).toEqual({ ok: true });
  });
});

/** The chart through a release's life on an API server of its own, and what its permissions come to. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { proxyLeaseName } from '../../src/table/index.ts';
import { ControlPlane, describeControlPlane, waitFor } from '../support/control-plane/index.ts';
import { chart, helm } from './support/helm.ts';

const namespace = 'tidegate';
const operator = `system:serviceaccount:${namespace}:tidegate-operator`;
const proxy = `system:serviceaccount:${namespace}:tidegate-proxy`;

const lease = (name: string, spec: object = {}, metadata: object = {}): object => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace, ...metadata },
  spec: { holderIdentity: 'test', ...spec },
});
const secret = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  ...more,
});

describeControlPlane('a release', () => {
  let cluster: ControlPlane;
  let asOperator: string;
  let asProxy: string;

  beforeAll(async () => {
    cluster = await ControlPlane.start();
    await cluster.kubectl('create', 'namespace', 'team-a');
    await helm(cluster, 'install', 'tidegate', chart, '-n', namespace, '--create-namespace');
    asOperator = await cluster.kubeconfigForServiceAccount(namespace, 'tidegate-operator');
    asProxy = await cluster.kubeconfigForServiceAccount(namespace, 'tidegate-proxy');
    for (const name of ['tidegate-table', 'unrelated']) await cluster.apply(secret(name));
  });

  afterAll(async () => {
    await cluster?.stop();
  });

  const may = async (who: string, ...what: string[]): Promise<boolean> => {
    const options = ['--as', who, '--as-group', 'system:serviceaccounts', '--as-group', 'system:authenticated'];
    // It exits with 1 on a "no".
    const answer = await cluster.kubectl('auth', 'can-i', ...what, ...options).catch((error: Error) => error.message);
    return answer.startsWith('yes');
  };

  test('makes every object and a working custom resource', async () => {
    expect(await helm(cluster, 'status', 'tidegate', '-n', namespace)).toContain('STATUS: deployed');
    const crds = ['crd/llmproviders.tidegate.io', 'crd/guardrails.tidegate.io'];
    await cluster.kubectl('wait', '--for=condition=Established', ...crds, '--timeout=60s');
    const { items } = await cluster.get<{ items: { kind: string; metadata: { name: string } }[] }>(
      'deployments,services,serviceaccounts,roles,rolebindings,configmaps,poddisruptionbudgets',
      '-n',
      namespace,
      '-l',
      'app.kubernetes.io/instance=tidegate',
    );
    expect(items.map((item) => `${item.kind} ${item.metadata.name}`).toSorted()).toEqual([
      'ConfigMap tidegate-config',
      'Deployment tidegate-operator',
      'Deployment tidegate-proxy',
      'PodDisruptionBudget tidegate-proxy',
      'Role tidegate-operator',
      'Role tidegate-operator.tidegate',
      'Role tidegate-proxy',
      'RoleBinding tidegate-operator',
      'RoleBinding tidegate-operator.tidegate',
      'RoleBinding tidegate-proxy',
      'Service tidegate',
      'Service tidegate-operator-admin',
      'Service tidegate-proxy-admin',
      'ServiceAccount tidegate-operator',
      'ServiceAccount tidegate-proxy',
    ]);
  });

  test('says in its notes what to do next', async () => {
    const notes = await helm(cluster, 'get', 'notes', 'tidegate', '-n', namespace);
    expect(notes).toContain('http://tidegate.tidegate.svc:8080/llm/v1/providers/openai');
    expect(notes).toContain('--audience=tidegate');
    expect(notes).toContain('http://tidegate.tidegate.svc:8080/llm/v1/authentication');
    expect(notes).not.toContain('WARNING');
  });

  test('names in its notes the issuers whose tokens are accepted', async () => {
    const issuer = { url: 'https://login.example.com', audiences: ['https://llm.example.com'] };
    const set = `config.authentication.jwt=${JSON.stringify([{ issuer }])}`;
    const shown = await helm(cluster, 'install', 'other', chart, '-n', 'other', '--dry-run=client', '--set-json', set);
    expect(shown).toContain('with a token of https://login.example.com for audience https://llm.example.com');
  });

  test('warns in its notes when nobody could call', async () => {
    const set = 'config.authentication.serviceAccountTokens.enabled=false';
    const shown = await helm(cluster, 'install', 'other', chart, '-n', 'other', '--dry-run=client', '--set', set);
    expect(shown).toContain('every call is answered with 401');
  });

  test.each([
    [true, ['get', 'secret/tidegate-table']],
    [true, ['watch', 'secret/tidegate-table']],
    [true, ['get', 'secret/tidegate-table-7']],
    [false, ['list', 'secret/tidegate-table-7']],
    [false, ['watch', 'secret/tidegate-table-7']],
    [false, ['get', 'secret/tidegate-table-8']],
    [false, ['get', 'secret/unrelated']],
    [false, ['list', 'secrets']],
    [false, ['update', 'secret/tidegate-table']],
    [false, ['create', 'secrets']],
    [false, ['get', 'llmproviders.tidegate.io']],
    [false, ['get', 'guardrails.tidegate.io']],
    [false, ['get', 'configmaps']],
    [false, ['create', 'events.events.k8s.io']],
    [true, ['create', 'leases.coordination.k8s.io']],
    [false, ['delete', 'leases.coordination.k8s.io']],
    [false, ['list', 'leases.coordination.k8s.io']],
    [false, ['create', 'serviceaccounts', '--subresource=token']],
  ])('allows a proxy in its own namespace: %s for %j', async (allowed, what) => {
    expect(await may(proxy, ...what, '-n', namespace)).toBe(allowed);
  });

  test.each([
    [true, ['create', 'tokenreviews.authentication.k8s.io']],
    [true, ['create', 'subjectaccessreviews.authorization.k8s.io']],
    [false, ['get', 'secrets', '-n', 'team-a']],
    [false, ['create', 'leases.coordination.k8s.io', '-n', 'team-a']],
    [false, ['impersonate', 'users']],
  ])('allows a proxy in the cluster: %s for %j', async (allowed, what) => {
    expect(await may(proxy, ...what)).toBe(allowed);
  });

  test('lets a proxy list and watch a table Secret by name and no other way', async () => {
    const list = async (...args: string[]): Promise<string> =>
      cluster.kubectl('get', 'secrets', '-n', namespace, '-o', 'name', ...args, { kubeconfig: asProxy });
    expect(await list('--field-selector', 'metadata.name=tidegate-table')).toBe('secret/tidegate-table\n');
    await expect(list()).rejects.toThrow(/forbidden/);
    await expect(list('--field-selector', 'metadata.name=unrelated')).rejects.toThrow(/forbidden/);
    await expect(list('--field-selector', 'metadata.name!=unrelated')).rejects.toThrow(/forbidden/);
  });

  test.each([
    [true, ['list', 'llmproviders.tidegate.io']],
    [true, ['patch', 'llmproviders.tidegate.io', '--subresource=status']],
    [false, ['patch', 'llmproviders.tidegate.io']],
    [false, ['delete', 'llmproviders.tidegate.io']],
    [true, ['list', 'guardrails.tidegate.io']],
    [true, ['watch', 'guardrails.tidegate.io']],
    [true, ['patch', 'guardrails.tidegate.io', '--subresource=status']],
    [false, ['patch', 'guardrails.tidegate.io']],
    [false, ['delete', 'guardrails.tidegate.io']],
    [true, ['list', 'secrets']],
    [true, ['patch', 'secret/tidegate-table']],
    [false, ['patch', 'secret/unrelated']],
    [false, ['delete', 'secret/unrelated']],
    [true, ['create', 'events.events.k8s.io']],
    [true, ['update', 'lease.coordination.k8s.io/tidegate-operator']],
    [false, ['update', 'lease.coordination.k8s.io/tidegate-proxy-a']],
    [true, ['delete', 'lease.coordination.k8s.io/tidegate-proxy-a']],
    [false, ['create', 'serviceaccounts', '--subresource=token']],
  ])('allows the operator in its own namespace: %s for %j', async (allowed, what) => {
    expect(await may(operator, ...what, '-n', namespace)).toBe(allowed);
  });

  test.each([['llmproviders.tidegate.io'], ['guardrails.tidegate.io'], ['secrets']])(
    'gives the operator no %s of a namespace that it does not watch',
    async (what) => {
      expect(await may(operator, 'list', what, '-n', 'team-a')).toBe(false);
    },
  );

  test('confines a proxy to Leases of proxies', async () => {
    const as = (verb: 'create' | 'replace', name: string): Promise<string> =>
      cluster.kubectl(verb, '-f', '-', { input: lease(name), kubeconfig: asProxy });
    await cluster.apply(lease('tidegate-operator'));
    await waitFor('the admission policy to be in force', () =>
      as('create', 'unrelated').then(
        () => false,
        (error: Error) =>
          error.message.includes('a proxy may write only Leases whose name begins with tidegate-proxy-'),
      ),
    );
    await expect(as('replace', 'tidegate-operator')).rejects.toThrow(/denied request: a proxy may write only Leases/);
    expect(await as('create', proxyLeaseName('tidegate-proxy-6d4-x'))).toContain('created');
    expect(await as('replace', proxyLeaseName('tidegate-proxy-6d4-x'))).toContain('replaced');
  });

  test('lets no proxy count as alive for 68 years, nor keep its Lease from being removed', async () => {
    const create = (object: object): Promise<string> =>
      cluster.kubectl('create', '-f', '-', { input: object, kubeconfig: asProxy });
    const name = proxyLeaseName('tidegate-proxy-eternal');
    await waitFor('the admission policy to be in force', () =>
      create(lease(name, { leaseDurationSeconds: 2_147_483_647 })).then(
        () => false,
        (error: Error) => error.message.includes('the Lease of a proxy may last at most 60 seconds'),
      ),
    );
    await expect(create(lease(name, {}, { finalizers: ['example.com/stay'] }))).rejects.toThrow(
      /the Lease of a proxy may have no finalizers/,
    );
    expect(await create(lease(name, { leaseDurationSeconds: 15 }))).toContain('created');
  });

  test('confines the proxy of a pod to the Lease of that pod', async () => {
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'tidegate-proxy-a', namespace },
      spec: { serviceAccountName: 'tidegate-proxy', containers: [{ name: 'proxy', image: 'tidegate' }] },
    });
    const flags = ['-n', namespace, '--bound-object-kind', 'Pod', '--bound-object-name', 'tidegate-proxy-a'];
    const token = await cluster.kubectl('create', 'token', 'tidegate-proxy', ...flags);
    const kubeconfig = cluster.kubeconfigFor(token.trim(), namespace);
    const create = (pod: string): Promise<string> =>
      cluster.kubectl('create', '-f', '-', { input: lease(proxyLeaseName(pod)), kubeconfig });
    expect(await create('tidegate-proxy-a')).toContain('created');
    await expect(create('tidegate-proxy-b')).rejects.toThrow(
      /the proxy of pod tidegate-proxy-a may write only the Lease tidegate-proxy-tidegate-proxy-a/,
    );
  });

  test('confines the operator to table Secrets, its own Lease and the removal of proxies’ Leases', async () => {
    const as = { kubeconfig: asOperator };
    const create = async (object: object): Promise<string> =>
      cluster.kubectl('create', '-f', '-', { input: object, ...as });
    await waitFor('the admission policy to be in force', async () =>
      create(secret('token-of-somebody-else')).then(
        () => false,
        (error: Error) => error.message.includes('the operator may create only the Secrets of the routing table'),
      ),
    );
    expect(await create(secret('tidegate-table-3'))).toContain('created');
    const token = {
      metadata: {
        name: 'tidegate-table-5',
        namespace,
        annotations: { 'kubernetes.io/service-account.name': 'tidegate-proxy' },
      },
      type: 'kubernetes.io/service-account-token',
    };
    await expect(create(secret('tidegate-table-5', token))).rejects.toThrow(/only Secrets of the type Opaque/);
    await expect(create(lease('somebody-elses'))).rejects.toThrow(/may create only the Lease tidegate-operator/);
    await cluster.apply(lease('somebody-elses'));
    await cluster.apply(lease('tidegate-proxy-gone'));
    const remove = async (name: string): Promise<string> =>
      cluster.kubectl('delete', 'lease', name, '-n', namespace, as);
    await expect(remove('somebody-elses')).rejects.toThrow(
      /may delete only Leases whose name begins with tidegate-proxy-/,
    );
    expect(await remove('tidegate-proxy-gone')).toContain('deleted');
  });

  test('lets an application invoke just the provider that it is bound to', async () => {
    await cluster.kubectl(
      'create',
      'role',
      'one',
      '-n',
      'team-a',
      '--verb=invoke',
      '--resource=llmproviders.tidegate.io',
      '--resource-name=openai',
    );
    await cluster.kubectl('create', 'rolebinding', 'one', '-n', 'team-a', '--role=one', '--serviceaccount=team-a:one');
    await cluster.kubectl(
      'create',
      'rolebinding',
      'all',
      '-n',
      'team-a',
      '--clusterrole=llmprovider-invoker',
      '--serviceaccount=team-a:all',
    );
    const invoke = async (account: string, name: string): Promise<boolean> =>
      may(`system:serviceaccount:team-a:${account}`, 'invoke', `llmproviders.tidegate.io/${name}`, '-n', 'team-a');
    expect(
      await Promise.all([
        invoke('one', 'openai'),
        invoke('one', 'other'),
        invoke('all', 'other'),
        invoke('none', 'openai'),
      ]),
    ).toEqual([true, false, true, false]);
    expect(
      await may('system:serviceaccount:team-a:all', 'patch', 'llmproviders.tidegate.io/openai', '-n', 'team-a'),
    ).toBe(false);
  });

  test('follows the watched namespaces when it is upgraded', async () => {
    await helm(cluster, 'upgrade', 'tidegate', chart, '-n', namespace, '--set', 'config.watchNamespaces={team-a}');
    expect(await may(operator, 'list', 'secrets', '-n', 'team-a')).toBe(true);
    expect(await may(operator, 'list', 'secrets', '-n', namespace)).toBe(false);
    await helm(
      cluster,
      'upgrade',
      'tidegate',
      chart,
      '-n',
      namespace,
      '--set',
      'config.watchNamespaces={*}',
      '--reset-then-reuse-values',
    );
    expect(await may(operator, 'list', 'secrets', '-n', 'kube-system')).toBe(true);
    expect(await may(proxy, 'list', 'secrets', '-n', 'team-a')).toBe(false);
  });

  test('stands beside a second release that shares its custom resources', async () => {
    const shared = 'crds.enabled=false,rbac.userRoles=false';
    await helm(cluster, 'install', 'tidegate', chart, '-n', 'tidegate-two', '--create-namespace', '--set', shared);
    await helm(cluster, 'uninstall', 'tidegate', '-n', 'tidegate-two');
  });

  test('leaves the custom resources, and the providers in them, when it is uninstalled', async () => {
    await cluster.apply({
      apiVersion: 'tidegate.io/v1alpha1',
      kind: 'LLMProvider',
      metadata: { name: 'openai', namespace: 'team-a' },
      spec: { type: 'OpenAI', secretRef: { name: 'openai' } },
    });
    await helm(cluster, 'uninstall', 'tidegate', '-n', namespace);
    expect(await cluster.kubectl('get', 'llmproviders', '-n', 'team-a', '-o', 'name')).toBe(
      'llmprovider.tidegate.io/openai\n',
    );
    const leftOvers = await cluster.kubectl(
      'get',
      'clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings',
      '-l',
      'app.kubernetes.io/instance=tidegate',
      '-o',
      'name',
    );
    expect(leftOvers).toBe('');
    await helm(cluster, 'install', 'tidegate', chart, '-n', namespace);
    expect(await cluster.kubectl('get', 'llmproviders', '-n', 'team-a', '-o', 'name')).toBe(
      'llmprovider.tidegate.io/openai\n',
    );
  });
});

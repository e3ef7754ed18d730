/** What the chart renders, judged by helm's linter and by a real API server. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseConfiguration } from '../../src/config/load.ts';
import { parsePriceList } from '../../src/config/price-list.ts';
import { configurationSchema } from '../../src/config/schema.ts';
import { tableSecretNames } from '../../src/table/index.ts';
import { connectControlPlane, describeControlPlane, type Connection } from '../support/control-plane/index.ts';
import { chart, find, helm, objects, repository, template, type KubernetesObject } from './support/helm.ts';

interface PodSpec {
  readonly serviceAccountName: string;
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly {
    readonly name: string;
    readonly args: readonly string[];
    readonly [field: string]: unknown;
  }[];
  readonly [field: string]: unknown;
}

interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly strategy: { readonly rollingUpdate: { readonly maxUnavailable: number } };
    readonly template: { readonly metadata: { readonly labels: Record<string, string> }; readonly spec: PodSpec };
  };
}

const valueSets = readdirSync(join(chart, 'ci')).map((file) => file.replace('-values.yaml', ''));
const valuesOf = (set: string): string => join(chart, 'ci', `${set}-values.yaml`);

describeControlPlane('the chart', () => {
  let cluster: Connection;
  let namespace: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    namespace = await cluster.createNamespace('chart');
    await cluster.kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
    await cluster.installCustomResources(join(repository, 'crds'), join(import.meta.dirname, 'testdata/monitors.yaml'));
  });

  const deployment = async (component: 'operator' | 'proxy', ...args: string[]): Promise<Deployment> =>
    find(await objects(cluster, namespace, ...args), 'Deployment', `tidegate-${component}`) as Deployment;

  test.each(valueSets)('passes helm lint with the values "%s"', async (set) => {
    expect(await helm(cluster, 'lint', '--strict', chart, '-f', valuesOf(set))).toContain('0 chart(s) failed');
  });

  test.each(valueSets)('renders with the values "%s" only objects that the API server takes strictly', async (set) => {
    const rendered = await template(cluster, namespace, '-f', valuesOf(set));
    const answer = await cluster.kubectl(
      'apply',
      '--server-side',
      '--force-conflicts',
      '--dry-run=server',
      '--validate=strict',
      '-f',
      '-',
      { input: rendered },
    );
    const count = (await objects(cluster, namespace, '-f', valuesOf(set))).length;
    expect(answer.trim().split('\n')).toHaveLength(count);
    expect(rendered).not.toMatch(/[ \t]$/m);
  });

  test.each(valueSets)('makes with the values "%s" pods that restricted pod security admits', async (set) => {
    const deployments = (await objects(cluster, namespace, '-f', valuesOf(set))).filter((o) => o.kind === 'Deployment');
    expect(deployments).toHaveLength(2);
    for (const { metadata, spec } of deployments as Deployment[]) {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: metadata.name }, spec: spec.template.spec };
      await cluster.kubectl('create', '--dry-run=server', '--validate=strict', '-n', namespace, '-f', '-', {
        input: pod,
      });
    }
  });

  test('is refused by restricted pod security when a pod asks for more, so that the check above can fail', async () => {
    const { spec } = (await deployment('proxy')).spec.template;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'rooted' }, spec: { ...spec, hostNetwork: true } };
    await expect(
      cluster.kubectl('create', '--dry-run=server', '-n', namespace, '-f', '-', { input: pod }),
    ).rejects.toThrow(/violates PodSecurity "restricted/);
  });

  test.each(valueSets)('renders with the values "%s" a configuration that the processes read', async (set) => {
    const all = await objects(cluster, namespace, '-f', valuesOf(set));
    const name = set === 'bare' ? 'llm-config' : set === 'everything' ? 'tidegate-gateway-config' : 'tidegate-config';
    const data = find(all, 'ConfigMap', name)['data'] as { 'config.yaml': string };
    const configuration = parseConfiguration(data['config.yaml'], name);
    expect(configuration.shutdown.drainSeconds).toBe(set === 'everything' ? 1200 : 600);
    expect(configuration.watchNamespaces).toEqual(
      { everything: { kind: 'All' }, namespaces: { kind: 'List', names: ['default', 'kube-public'] } }[set] ?? {
        kind: 'Own',
      },
    );
  });

  test('takes over issuers with everything that can be said about them', async () => {
    const all = await objects(cluster, namespace, '-f', valuesOf('everything'));
    const data = find(all, 'ConfigMap', 'tidegate-gateway-config')['data'] as { 'config.yaml': string };
    const { jwt, keyGraceSeconds } = parseConfiguration(data['config.yaml'], 'chart').authentication;
    expect(jwt.map(({ issuer }) => issuer.url)).toEqual([
      'https://id.example.com/realms/platform',
      'https://token.actions.githubusercontent.com',
    ]);
    expect(jwt[0]?.claimMappings.groups).toEqual({ claim: 'realm_access.roles', prefix: 'keycloak:' });
    expect(keyGraceSeconds).toBe(3600);
  });

  test('states no default of its own that differs from the product’s', async () => {
    const all = await objects(cluster, namespace);
    const data = find(all, 'ConfigMap', 'tidegate-config')['data'] as { 'config.yaml': string };
    const bare = 'apiVersion: config.tidegate.io/v1alpha1\nkind: TidegateConfiguration\n';
    expect(parseConfiguration(data['config.yaml'], 'chart')).toEqual(parseConfiguration(bare, 'product'));
  });

  test('mounts prices as a list that the proxy reads, and rolls no pod when one changes', async () => {
    const priced = (input: number): string[] => ['--set', `prices.OpenAI.gpt-4o.input=${input}`];
    const all = await objects(cluster, namespace, ...priced(2));
    const data = find(all, 'ConfigMap', 'tidegate-prices')['data'] as { 'prices.yaml': string };
    expect(parsePriceList(data['prices.yaml'], 'chart').get('OpenAI')?.get('gpt-4o')).toEqual({ input: 2 });
    const { 'config.yaml': text } = find(all, 'ConfigMap', 'tidegate-config')['data'] as { 'config.yaml': string };
    const folder = dirname(parseConfiguration(text, 'chart').prices.file ?? '');
    const pod = (await deployment('proxy', ...priced(2))).spec.template.spec;
    expect(pod.containers[0]?.['volumeMounts']).toContainEqual({ name: 'prices', mountPath: folder, readOnly: true });
    expect(pod['volumes']).toContainEqual({ name: 'prices', configMap: { name: 'tidegate-prices' } });
    expect(await deployment('proxy', ...priced(3))).toEqual(await deployment('proxy', ...priced(2)));
    await expect(template(cluster, namespace, '--set', 'prices.OpenAI.gpt-4o.inputs=2')).rejects.toThrow(/inputs/);
  });

  test('serves HTTPS with the certificate of a Secret, and probes without it', async () => {
    const args = [
      '--set',
      'proxy.tls.secretName=gateway-tls,config.authentication.x509.clientCAFile=/etc/tidegate-tls/ca.crt',
    ];
    const all = await objects(cluster, namespace, ...args);
    const { 'config.yaml': text } = find(all, 'ConfigMap', 'tidegate-config')['data'] as { 'config.yaml': string };
    const { tls, authentication } = parseConfiguration(text, 'chart');
    const pod = (await deployment('proxy', ...args)).spec.template.spec;
    const [container] = pod.containers;
    expect(pod['volumes']).toContainEqual({ name: 'tls', secret: { secretName: 'gateway-tls', defaultMode: 0o440 } });
    const { mountPath } = ((container?.['volumeMounts'] ?? []) as { name: string; mountPath: string }[]).find(
      ({ name }) => name === 'tls',
    ) ?? { mountPath: 'none' };
    expect(tls).toEqual({
      certFile: join(mountPath, 'tls.crt'),
      privateKeyFile: join(mountPath, 'tls.key'),
      minVersion: 'VersionTLS12',
    });
    expect(authentication.x509?.clientCAFile).toBe(join(mountPath, 'ca.crt'));
    const ports = (set: KubernetesObject[]): unknown =>
      (find(set, 'Service', 'tidegate')['spec'] as { ports: unknown[] }).ports[0];
    const own = ['--set', 'proxy.tls.secretName=gateway-tls,proxy.service.appProtocol=tcp'];
    expect(ports(all)).toMatchObject({ name: 'https', appProtocol: 'https' });
    expect(ports(await objects(cluster, namespace, ...own))).toMatchObject({ name: 'https', appProtocol: 'tcp' });
    expect(ports(await objects(cluster, namespace))).toMatchObject({ name: 'http', appProtocol: 'kubernetes.io/h2c' });
    for (const probe of ['livenessProbe', 'readinessProbe']) {
      expect(container?.[probe]).toMatchObject({ httpGet: { port: 'admin' } });
    }
    const operator = (await deployment('operator', ...args)).spec.template.spec;
    expect(JSON.stringify(operator['volumes'])).not.toContain('gateway-tls');
  });

  test('gives a pod the time that its drain may take', async () => {
    const args = ['--set', 'config.shutdown.endpointSeconds=7,config.shutdown.drainSeconds=90,proxy.preStopSeconds=4'];
    const { spec } = (await deployment('proxy', ...args)).spec.template;
    expect(spec.terminationGracePeriodSeconds).toBe(4 + 7 + 90 + 15);
    expect(spec.containers[0]).toHaveProperty('lifecycle.preStop.sleep.seconds', 4);
  });

  test.each(['operator', 'proxy'] as const)('starts the %s with arguments that it takes', async (component) => {
    const args = (await deployment(component)).spec.template.spec.containers[0]?.args ?? [];
    const { stderr, status } = spawnSync(process.execPath, [join(repository, 'src/main.ts'), ...args], {
      encoding: 'utf8',
      env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', POD_NAMESPACE: namespace },
    });
    // There is no such file here; whatever is wrong with an argument would be said before.
    expect(stderr).toMatch(/^tidegate: .*\/etc\/tidegate\/config\.yaml/);
    expect(status).toBe(2);
  });

  test('replaces no serving pod before the new one is ready', async () => {
    for (const component of ['operator', 'proxy'] as const) {
      expect((await deployment(component)).spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    }
  });

  test('leaves the number of replicas to the autoscaler when there is one', async () => {
    expect((await deployment('proxy')).spec.replicas).toBe(2);
    expect((await deployment('proxy', '--set', 'proxy.autoscaling.enabled=true')).spec.replicas).toBeUndefined();
  });

  test('rolls the pods when the configuration changes, and only then', async () => {
    const annotations = async (...args: string[]): Promise<unknown> =>
      ((await deployment('proxy', ...args)).spec.template.metadata as { annotations?: unknown }).annotations;
    expect(await annotations('--set', 'config.logging.level=debug')).not.toEqual(await annotations());
    expect(await annotations('--set', 'proxy.service.port=80')).toEqual(await annotations());
    // Proxies take these over live; which authorities vouch for clients is settled when the listener starts.
    const issuer =
      'config.authentication.jwt[0].issuer.url=https://a.b,config.authentication.jwt[0].issuer.audiences={c}';
    for (const set of [issuer, 'config.authorization.mode=AlwaysAllow', 'config.authentication.graceSeconds=1']) {
      expect(await annotations('--set', set)).toEqual(await annotations());
    }
    const tls = 'proxy.tls.secretName=gateway-tls';
    const clientCA = `${tls},config.authentication.x509.clientCAFile=/tls/ca.crt`;
    expect(await annotations('--set', clientCA)).not.toEqual(await annotations('--set', tls));
  });

  test('names in roles, volumes and arguments the Secrets that the table codec uses', async () => {
    const names = tableSecretNames('tidegate-table');
    const all = await objects(cluster, namespace);
    const rules = find(all, 'Role', 'tidegate-proxy')['rules'] as { resources: string[]; resourceNames?: string[] }[];
    const ofSecrets = rules.filter((rule) => rule.resources[0] === 'secrets');
    expect(ofSecrets.flatMap((rule) => rule.resourceNames)).toEqual(names);
    const { spec } = (find(all, 'Deployment', 'tidegate-proxy') as Deployment).spec.template;
    const mounted = (
      spec as unknown as { volumes: { projected?: { sources: { secret: { name: string } }[] } }[] }
    ).volumes
      .flatMap((volume) => volume.projected?.sources ?? [])
      .map((source) => source.secret.name);
    expect(mounted).toEqual(names);
    for (const component of ['operator', 'proxy'] as const) {
      expect((await deployment(component)).spec.template.spec.containers[0]?.args).toContain(
        '--table-secret=tidegate-table',
      );
    }
  });

  test('changes nothing of a custom resource definition but its labels and annotations', async () => {
    const files = readdirSync(join(repository, 'crds'));
    const rendered = (await objects(cluster, namespace)).filter((object) => object.kind === 'CustomResourceDefinition');
    expect(rendered).toHaveLength(files.length);
    for (const file of files) {
      const source = parse(readFileSync(join(repository, 'crds', file), 'utf8')) as KubernetesObject;
      const { labels, annotations, ...metadata } = find(rendered, source.kind, source.metadata.name).metadata;
      expect({ ...find(rendered, source.kind, source.metadata.name), metadata }).toEqual(source);
      expect(annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
      expect(labels).toHaveProperty(['app.kubernetes.io/managed-by'], 'Helm');
    }
    const unkept = await objects(cluster, namespace, '--set', 'crds.keep=false');
    expect(unkept.find((object) => object.kind === 'CustomResourceDefinition')?.metadata.annotations).toBeUndefined();
  });

  test('aggregates reading to view and writing to edit, and invoking to nothing', async () => {
    const all = await objects(cluster, namespace);
    const labels = (name: string): Readonly<Record<string, string>> =>
      find(all, 'ClusterRole', name).metadata.labels ?? {};
    for (const kind of ['llmprovider', 'guardrail']) {
      expect(labels(`${kind}-viewer`)).toHaveProperty(['rbac.authorization.k8s.io/aggregate-to-view'], 'true');
      expect(labels(`${kind}-editor`)).toHaveProperty(['rbac.authorization.k8s.io/aggregate-to-edit'], 'true');
    }
    expect(Object.keys(labels('llmprovider-invoker')).join()).not.toContain('aggregate');
  });

  test('reads Secrets only where it watches', async () => {
    const secretReaders = async (...args: string[]): Promise<string[]> =>
      (await objects(cluster, namespace, ...args))
        .filter((object) => /^(Cluster)?Role$/.test(object.kind))
        .filter((object) =>
          (
            object as unknown as { rules: { resources: string[]; verbs: string[]; resourceNames?: string[] }[] }
          ).rules.some(
            (rule) =>
              rule.resources.includes('secrets') && rule.verbs.includes('list') && rule.resourceNames === undefined,
          ),
        )
        .map((object) => `${object.kind} ${object.metadata.namespace ?? ''}`.trim());
    expect(await secretReaders()).toEqual([`Role ${namespace}`]);
    expect(await secretReaders('--set', 'config.watchNamespaces={b,a}')).toEqual(['Role b', 'Role a']);
    expect(await secretReaders('--set', 'config.watchNamespaces={*}')).toEqual(['ClusterRole']);
  });

  test('gives the proxies an identity at AWS: by annotation of their ServiceAccount, by variables and by a token', async () => {
    const all = await objects(cluster, namespace, '-f', valuesOf('everything'));
    const account = find(all, 'ServiceAccount', 'tidegate-gateway-proxy').metadata;
    expect(account.annotations).toHaveProperty(
      ['eks.amazonaws.com/role-arn'],
      'arn:aws:iam::111122223333:role/tidegate',
    );
    const pod = (find(all, 'Deployment', 'tidegate-gateway-proxy') as Deployment).spec.template.spec;
    expect(pod['volumes']).toContainEqual({
      name: 'aws-token',
      projected: { sources: [{ serviceAccountToken: { audience: 'sts.amazonaws.com', path: 'token' } }] },
    });
    expect(pod.containers[0]).toMatchObject({
      env: expect.arrayContaining([{ name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/aws/token' }]),
      volumeMounts: expect.arrayContaining([
        { name: 'aws-token', mountPath: '/var/run/secrets/aws', readOnly: true },
        { name: 'table', mountPath: '/var/run/tidegate/table', readOnly: true },
      ]),
    });
    const operator = (find(all, 'Deployment', 'tidegate-gateway-operator') as Deployment).spec.template.spec;
    expect(JSON.stringify(operator)).not.toContain('aws');
  });

  test.each<[string[], string[]]>([
    [[], []],
    [['PodIdentity'], ['169.254.170.23/32', 'fd00:ec2::23/128']],
    [['InstanceMetadata'], ['169.254.169.254/32', 'fd00:ec2::254/128']],
  ])('lets proxies fetch AWS credentials with %j from %j only, and from STS as any host', async (sources, networks) => {
    const values = { enabled: true, awsCredentials: sources };
    const all = await objects(cluster, namespace, '--set-json', `networkPolicy=${JSON.stringify(values)}`);
    interface Rule {
      readonly ports: readonly { readonly port: number }[];
      readonly to?: readonly { readonly ipBlock: { readonly cidr: string } }[];
    }
    const egress = (name: string): readonly Rule[] =>
      (find(all, 'NetworkPolicy', name)['spec'] as { egress: readonly Rule[] }).egress;
    const on = (rules: readonly Rule[], port: number): string[] =>
      rules
        .filter((rule) => rule.ports.some((p) => p.port === port))
        .flatMap(({ to = [] }) => to.map((t) => t.ipBlock.cidr));
    expect(on(egress('tidegate-proxy'), 80)).toEqual(networks);
    expect(on(egress('tidegate-proxy'), 443)).toEqual(['0.0.0.0/0', '::/0']);
    expect(on(egress('tidegate-operator'), 80)).toEqual([]);
  });

  test('brings alerts and dashboard as their files have them, and only when asked to', async () => {
    const file = (name: string): string => readFileSync(join(chart, 'files/monitoring', name), 'utf8');
    const all = await objects(cluster, namespace, '-f', valuesOf('everything'));
    const rule = find(all, 'PrometheusRule', 'tidegate-gateway');
    expect(rule['spec']).toEqual(parse(file('alerts.yaml')));
    expect(rule.metadata.labels).toHaveProperty('release', 'prometheus');
    const { data, metadata } = find(all, 'ConfigMap', 'tidegate-gateway-dashboards') as KubernetesObject & {
      data: Record<string, string>;
    };
    expect(JSON.parse(data['tidegate.json'] ?? '')).toEqual(JSON.parse(file('dashboard.json')));
    expect(metadata.labels).toHaveProperty('grafana_dashboard', '1');
    expect(metadata.annotations).toHaveProperty('grafana_folder', 'AI');
    const kinds = (await objects(cluster, namespace)).map((object) => `${object.kind} ${object.metadata.name}`);
    expect(kinds.filter((name) => /PrometheusRule|dashboards/.test(name))).toEqual([]);
  });

  test.each([
    ['an unknown value', 'proxy.replica=3', /additional properties 'replica' not allowed/],
    [
      'an unknown field of the configuration',
      'config.limit.openRequests=3',
      /additional properties 'limit' not allowed/,
    ],
    ['a wrong type', 'proxy.replicas=two', /proxy\/replicas/],
    ['a port out of range', 'proxy.service.port=70000', /maximum/],
    ['all and some namespaces', 'config.watchNamespaces={*,a}', /watchNamespaces/],
    ['a log level that does not exist', 'config.logging.level=verbose', /level/],
    ['a digest that is none', 'image.digest=latest', /digest/],
    [
      'an autoscaler without a metric',
      'proxy.autoscaling.enabled=true,proxy.autoscaling.targetCPUUtilizationPercentage=0',
      /autoscaling/,
    ],
    ['both kinds of monitor', 'monitoring.serviceMonitor.enabled=true,monitoring.podMonitor.enabled=true', /not both/],
    ['AWS credentials from elsewhere', 'networkPolicy.awsCredentials={Vault}', /awsCredentials/],
    ['an issuer without audiences', 'config.authentication.jwt[0].issuer.url=https://a.b', /audiences/],
    ['an issuer without a scheme', 'config.authentication.jwt[0].issuer.url=a.b', /issuer\/url/],
    ['a prefix for certificates of nobody', 'config.authentication.x509.usernamePrefix=x', /x509/],
    [
      'client certificates without TLS',
      'config.authentication.x509.clientCAFile=/etc/tidegate-tls/ca.crt',
      /set proxy\.tls\.secretName/,
    ],
    ['a version of TLS that is none', 'proxy.tls.minVersion=VersionTLS11', /minVersion/],
    ['a public URL without a scheme', 'config.publicURL=llm.example.com', /publicURL/],
  ])('refuses %s', async (_what, set, message) => {
    await expect(template(cluster, namespace, '--set', set)).rejects.toThrow(message);
  });
});

test('the values know the same fields of authentication as the product, within the same bounds', () => {
  const values = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as {
    properties: { config: typeof configurationSchema };
  };
  const [ofChart, ofProduct] = [values.properties.config, configurationSchema].map(({ properties }) =>
    shapeOf(properties.authentication.properties),
  );
  expect(ofChart).toEqual(ofProduct);
});

/** A schema without words, defaults and forms of texts. In values an empty object stands for none. */
function shapeOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(shapeOf);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { anyOf = [], ...own } = schema as { readonly anyOf?: readonly object[] };
  const [empty, filled] = anyOf;
  if (empty !== undefined) expect(empty).toEqual({ maxProperties: 0 });
  const kept = Object.entries({ ...own, ...filled }).filter(
    ([key]) => !['description', 'default', 'format', 'pattern'].includes(key),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, shapeOf(value)]));
}

/** Many objects: Secrets that are nobody's business, and many providers. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { kubeconfigCredentials } from '../../src/kube/kubeconfig.ts';
import { createKubeMetrics } from '../../src/kube/metrics.ts';
import { acceptMetadata, createObject } from '../../src/kube/objects.ts';
import { pathOf, SECRETS } from '../../src/kube/resources.ts';
import { createTransport } from '../../src/kube/transport.ts';
import type { Transport } from '../../src/kube/types.ts';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import { Installation } from '../support/gateway/index.ts';
import type { GatewayProcess } from '../support/gateway/process.ts';
import { ClusterObjects } from '../support/operator/cluster-objects.ts';
import { StandInProxy } from '../support/operator/stand-in-proxy.ts';

const unrelated = 5_000;
/** Of each Secret; altogether more than the memory that may be added. */
const bytes = 16 * 1024;

describeControlPlane('an operator among many Secrets', () => {
  let cluster: Connection;
  let transport: Transport;
  let installation: Installation;
  let proxy: StandInProxy;
  let objects: ClusterObjects;
  let operator: GatewayProcess;

  beforeAll(async () => {
    cluster = connectControlPlane();
    transport = createTransport({
      credentials: kubeconfigCredentials({ path: cluster.adminKubeconfig }),
      metrics: createKubeMetrics(new Registry()),
      userAgent: 'test',
    });
    installation = await Installation.create(cluster, {}, 'info');
    const { namespace } = installation;
    objects = new ClusterObjects(cluster, namespace);
    operator = await installation.startOperator();
    proxy = await StandInProxy.start({ cluster, namespace, name: 'stand-in' });
    await objects.putSecret('openai', { OPENAI_API_KEY: 'sk-1' });
    await objects.applyProvider('openai');
    await objects.untilActiveIs('openai', 'Active');
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await installation?.[Symbol.asyncDispose]();
    // Not for the suites that come after.
    await transport?.request({
      method: 'DELETE',
      path: pathOf(SECRETS, { namespace: installation.namespace }),
      accept: acceptMetadata('PartialObjectMetadataList'),
      timeoutMs: 100_000,
    });
    await transport?.close();
  });

  test('reads none of those that no provider references, and keeps none of their contents', async () => {
    const { namespace } = installation;
    const gets = async (): Promise<number> =>
      (await operator.metrics()).sum('rest_client_requests_total', { method: 'GET' });
    const settle = async (): Promise<number> => {
      await operator.metricsText();
      return operator.residentBytes();
    };
    const before = { gets: await gets(), memory: await settle() };
    const data = { noise: Buffer.alloc(bytes, 'x').toString('base64') };
    const names = Array.from({ length: unrelated }, (_, i) => `unrelated-${String(i)}`);
    const create = async (): Promise<void> => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        await createObject(transport, SECRETS, { namespace, body: { metadata: { name, namespace }, data } });
      }
    };
    await Promise.all(Array.from({ length: 16 }, create));

    // Its watch has seen them all once it has seen one that comes after them.
    await objects.putSecret('openai', { OPENAI_API_KEY: 'sk-2' });
    await waitFor('the new key to be served', () => {
      const credential = proxy.table?.lookup(namespace, 'openai')?.credential;
      return credential?.kind === 'APIKey' && credential.value.reveal() === 'sk-2';
    });
    const metrics = await operator.metrics();
    expect(metrics.sum('tidegate_operator_secrets_held')).toBe(1);
    // One for the changed key; what else there is are heartbeats.
    expect((await gets()) - before.gets).toBeLessThan(20);
    const added = (await settle()) - before.memory;
    console.log(`${unrelated} unrelated Secrets of ${bytes} bytes: ${(added / 1024 / 1024).toFixed(1)} MiB more`);
    expect(added).toBeLessThan((unrelated * bytes) / 2);
  }, 180_000);

  test('does not read them when it starts, either', async () => {
    const second = await installation.startOperator('operator-1');
    const metrics = await second.metrics();
    expect(metrics.sum('tidegate_operator_secrets_held')).toBe(1);
    expect(metrics.sum('rest_client_requests_total', { method: 'GET' })).toBeLessThan(20);
    console.log(
      `started among them: ${(second.residentBytes() / 1024 / 1024).toFixed(0)} MiB, the first ${(operator.residentBytes() / 1024 / 1024).toFixed(0)} MiB`,
    );
  });
});

/** The API server goes away and comes back; the operator does not take silence for emptiness. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ControlPlane, describeControlPlane, waitFor } from '../support/control-plane/index.ts';
import { Installation } from '../support/gateway/index.ts';
import type { GatewayProcess } from '../support/gateway/process.ts';
import { ClusterObjects, condition } from '../support/operator/cluster-objects.ts';
import { StandInProxy } from '../support/operator/stand-in-proxy.ts';

describeControlPlane('an operator whose API server', () => {
  let controlPlane: ControlPlane;
  let installation: Installation;
  let operator: GatewayProcess;
  let proxy: StandInProxy;
  let objects: ClusterObjects;
  let restarts = 0;

  beforeAll(async () => {
    controlPlane = await ControlPlane.start();
    installation = await Installation.create(controlPlane);
    const { namespace } = installation;
    objects = new ClusterObjects(controlPlane, namespace);
    operator = await installation.startOperator('operator-0', { restart: false });
    proxy = await StandInProxy.start({ cluster: controlPlane, namespace, name: 'stand-in' });
    await objects.putSecret('openai', { OPENAI_API_KEY: 'sk-1' });
    await objects.applyProvider('openai');
    await objects.untilActiveIs('openai', 'Active');
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await installation?.[Symbol.asyncDispose]();
    await controlPlane?.stop();
  });

  /** As the kubelet does: a leader that cannot reach the API server for long ends, and is started again. */
  const keepRunning = async (): Promise<void> => {
    if (!operator.process.isRunning)
      operator = await installation.startOperator(`operator-${String(++restarts)}`, { restart: false });
  };

  /** A provider that is served shows that operator and proxy have found back. */
  const untilServed = async (name: string): Promise<void> => {
    await objects.putSecret(name, { OPENAI_API_KEY: `sk-${name}` });
    await objects.applyProvider(name);
    await waitFor(
      `${name} to be served`,
      async () => {
        await keepRunning();
        return condition(await objects.provider(name), 'Active')?.status === 'True';
      },
      { timeoutMilliseconds: 60_000 },
    );
  };

  test('restarts goes on with what it knows, and takes up what changes afterwards', async () => {
    const before = await objects.provider('openai');
    await controlPlane.stopApiServer();
    await controlPlane.startApiServer();
    await untilServed('after-restart');
    expect(await objects.provider('openai')).toEqual(before);
    await objects.putSecret('openai', { OPENAI_API_KEY: 'sk-2' });
    await waitFor('the new key to be served', () => {
      const credential = proxy.table?.lookup(installation.namespace, 'openai')?.credential;
      return credential?.kind === 'APIKey' && credential.value.reveal() === 'sk-2';
    });
  });

  test('forgets its history makes it list anew, and nothing changes', async () => {
    const before = await objects.provider('openai');
    await controlPlane.forgetHistory();
    await untilServed('after-compaction');
    expect(await objects.provider('openai')).toEqual(before);
  });

  test('stays away makes the leader give up and end, with the table untouched for the next one', async () => {
    await waitFor('the operator to lead', async () => {
      await keepRunning();
      return (await operator.metrics()).sum('leader_election_master_status') === 1;
    });
    await controlPlane.stopApiServer();
    await waitFor('the operator to end', () => !operator.process.isRunning, { timeoutMilliseconds: 60_000 });
    expect(operator.log()).toContain('ending at once');
    await controlPlane.startApiServer();
    const table = await controlPlane.get<{ metadata: { resourceVersion: string } }>(
      'secret',
      'tidegate-table',
      '-n',
      installation.namespace,
    );

    await keepRunning();
    await objects.putSecret('third', { OPENAI_API_KEY: 'sk-third' });
    await objects.applyProvider('third', { enabled: false });
    await objects.untilActiveIs('third', 'Disabled');
    const { items } = await controlPlane.get<{ items: { metadata: { resourceVersion: string } }[] }>(
      'secrets',
      '--field-selector=metadata.name=tidegate-table',
      '-n',
      installation.namespace,
    );
    expect(items[0]?.metadata.resourceVersion).not.toBe(table.metadata.resourceVersion);
    expect(condition(await objects.provider('openai'), 'Active')?.status).toBe('True');
  }, 180_000);
});

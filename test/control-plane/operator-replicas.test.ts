/** Two operators: one leads, the other is warm and takes over; nothing is written twice. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import { Installation } from '../support/gateway/index.ts';
import type { GatewayProcess } from '../support/gateway/process.ts';
import { ClusterObjects } from '../support/operator/cluster-objects.ts';
import { StandInProxy } from '../support/operator/stand-in-proxy.ts';

describeControlPlane('two operators', () => {
  let cluster: Connection;
  let installation: Installation;
  let proxy: StandInProxy;
  let objects: ClusterObjects;
  const operators = new Map<string, GatewayProcess>();

  beforeAll(async () => {
    cluster = connectControlPlane();
    installation = await Installation.create(cluster);
    const { namespace } = installation;
    objects = new ClusterObjects(cluster, namespace);
    for (const name of ['a', 'b']) operators.set(name, await installation.startOperator(name, { restart: false }));
    proxy = await StandInProxy.start({ cluster, namespace, name: 'stand-in' });
    await objects.putSecret('one', { OPENAI_API_KEY: 'sk-one' });
    await objects.applyProvider('one');
    await objects.applyProvider('two');
    await objects.untilActiveIs('one', 'Active');
    await objects.untilActiveIs('two', 'SecretNotFound');
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await installation?.[Symbol.asyncDispose]();
  });

  const holder = async (): Promise<string> => {
    const lease = await cluster.get<{ spec: { holderIdentity: string } }>(
      'lease',
      'tidegate-operator',
      '-n',
      installation.namespace,
    );
    return lease.spec.holderIdentity;
  };

  const writes = async (operator: GatewayProcess): Promise<number> => {
    const metrics = await operator.metrics();
    return ['POST', 'PATCH', 'DELETE'].reduce(
      (sum, method) => sum + metrics.sum('rest_client_requests_total', { method }),
      0,
    );
  };

  const ofName = (name: string): GatewayProcess => {
    const operator = operators.get(name);
    if (operator === undefined) throw new Error(`no operator ${name}`);
    return operator;
  };

  test('write through one of them only', async () => {
    const leader = await holder();
    expect(await writes(ofName(leader))).toBeGreaterThan(0);
    expect(await writes(ofName(leader === 'a' ? 'b' : 'a'))).toBe(0);
  });

  test('go on when the leader is killed, and the new one writes nothing that is there', async () => {
    const leader = await holder();
    const heir = leader === 'a' ? 'b' : 'a';
    const before = await objects.versions();
    ofName(leader).process.signal('SIGKILL');
    await waitFor('the other to lead', async () => (await holder()) === heir);

    // Its first write is for what changes now; before that it had nothing to say.
    await objects.putSecret('two', { OPENAI_API_KEY: 'sk-two' });
    await objects.untilActiveIs('two', 'Active');
    const after = await objects.versions();
    const changed = [...after].filter(([name, version]) => before.get(name) !== version).map(([name]) => name);
    expect(changed.filter((name) => !name.startsWith('Event/')).sort()).toEqual([
      'LLMProvider/two',
      'Secret/tidegate-table',
      'Secret/two',
    ]);
    expect((await objects.events('one')).filter((event) => event.includes('Activated'))).toHaveLength(1);
  });

  test('hand over at once when the leader is told to stop', async () => {
    const leader = await holder();
    const next = await installation.startOperator('c', { restart: false });
    operators.set('c', next);
    await ofName(leader)[Symbol.asyncDispose]();
    expect(ofName(leader).log()).toContain('operator stopped');
    await waitFor('the other to lead', async () => (await holder()) === 'c', { timeoutMilliseconds: 10_000 });
    await objects.putSecret('one', { OPENAI_API_KEY: 'sk-one-anew' });
    await waitFor('the new key to be in the table', () => {
      const credential = proxy.table?.lookup(installation.namespace, 'one')?.credential;
      return credential?.kind === 'APIKey' && credential.value.reveal() === 'sk-one-anew';
    });
  });
});

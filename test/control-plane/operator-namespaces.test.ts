/** Which namespaces an operator looks at, with just the rights that the chart gives for that. */
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';
import { Installation } from '../support/gateway/index.ts';
import { ClusterObjects, condition } from '../support/operator/cluster-objects.ts';
import { StandInProxy } from '../support/operator/stand-in-proxy.ts';

describeControlPlane('watchNamespaces', () => {
  let cluster: Connection;
  let teamA: ClusterObjects;
  let teamB: ClusterObjects;
  let installation: Installation | undefined;
  let proxy: StandInProxy | undefined;

  beforeAll(async () => {
    cluster = connectControlPlane();
    await cluster.installCustomResources('crds');
    teamA = new ClusterObjects(cluster, await cluster.createNamespace('team-a'));
    teamB = new ClusterObjects(cluster, await cluster.createNamespace('team-b'));
    for (const team of [teamA, teamB]) {
      await team.putSecret('shared', { OPENAI_API_KEY: `sk-${team.namespace}` });
      await team.applyProvider('shared');
    }
  });

  afterEach(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await installation?.[Symbol.asyncDispose]();
  });

  async function install(config: object): Promise<ClusterObjects> {
    installation = await Installation.create(cluster, config);
    const { namespace } = installation;
    const own = new ClusterObjects(cluster, namespace);
    await own.putSecret('own', { OPENAI_API_KEY: 'sk-own' });
    await own.applyProvider('own');
    await installation.startOperator();
    proxy = await StandInProxy.start({ cluster, namespace, name: 'stand-in' });
    return own;
  }

  const served = (): string[] => proxy?.table?.table.providers.map((entry) => `${entry.namespace}/${entry.name}`) ?? [];
  const activeReason = async (objects: ClusterObjects, name: string): Promise<string | undefined> =>
    condition(await objects.provider(name), 'Active')?.reason;

  test('by default is the own namespace, and nothing else', async () => {
    const own = await install({});
    await own.untilActiveIs('own', 'Active');
    expect(served()).toEqual([`${own.namespace}/own`]);
    expect(await activeReason(teamA, 'shared')).toBe('Pending');
  });

  test('as a list is those namespaces, and not even the own', async () => {
    await install({ watchNamespaces: [teamA.namespace] });
    const active = await teamA.untilActiveIs('shared', 'Active');
    expect(active.status.url).toBe(`/llm/v1/namespaces/${teamA.namespace}/providers/shared`);
    expect(served()).toEqual([`${teamA.namespace}/shared`]);
    expect(await activeReason(teamB, 'shared')).toBe('Pending');
  });

  test('takes a namespace that leaves the list out of the table, with its keys', async () => {
    await install({ watchNamespaces: [teamA.namespace, teamB.namespace] });
    await teamA.untilActiveIs('shared', 'Active');
    await teamB.untilActiveIs('shared', 'Active');
    await installation?.stopOperators();
    await installation?.configure({ watchNamespaces: [teamA.namespace] });
    await installation?.startOperator('operator-1');
    await waitFor('one namespace to be left', () => served().length === 1);
    expect(served()).toEqual([`${teamA.namespace}/shared`]);
  });

  test('as all is every namespace', async () => {
    const own = await install({ watchNamespaces: ['*'], publicURL: 'https://llm.example.com' });
    await own.untilActiveIs('own', 'Active');
    const shared = await teamB.untilActiveIs('shared', 'Active');
    expect(shared.status.url).toBe(`https://llm.example.com/llm/v1/namespaces/${teamB.namespace}/providers/shared`);
    await waitFor('all of them to be served', () =>
      [`${own.namespace}/own`, `${teamA.namespace}/shared`, `${teamB.namespace}/shared`].every((key) =>
        served().includes(key),
      ),
    );
  });
});

/** Guardrails that need a Secret for whom they ask, in a real API server and with the chart's rights. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectControlPlane, describeControlPlane, waitFor } from '../support/control-plane/index.ts';
import { Installation } from '../support/gateway/index.ts';
import { ClusterObjects, condition } from '../support/operator/cluster-objects.ts';
import { StandInProxy } from '../support/operator/stand-in-proxy.ts';

describeControlPlane('Guardrails that ask a judge elsewhere', () => {
  let installation: Installation;
  let proxy: StandInProxy;
  let objects: ClusterObjects;

  beforeAll(async () => {
    const cluster = connectControlPlane();
    installation = await Installation.create(cluster);
    const { namespace } = installation;
    objects = new ClusterObjects(cluster, namespace);
    await installation.startOperator();
    proxy = await StandInProxy.start({ cluster, namespace, name: 'stand-in' });
    await objects.putSecret('openai', { OPENAI_API_KEY: 'sk-1' });
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await installation?.[Symbol.asyncDispose]();
  });

  /** The token that proxies send to the judge. */
  const token = (): string | undefined => {
    const { table } = proxy;
    const [reference] = table?.lookup(installation.namespace, 'judged')?.guardrails ?? [];
    const evaluator = table?.guardrailWithHash(reference?.hash ?? '')?.remote?.evaluators[0];
    return evaluator?.kind === 'HTTP' ? evaluator.secret?.reveal() : undefined;
  };

  test('are not ready without its Secret, and in force with each of its values', async () => {
    await objects.applyProvider('judged', {
      secretRef: { name: 'openai' },
      guardrailRefs: [{ name: 'judge' }],
    });
    await objects.applyGuardrail('judge', {
      contentPolicies: { evaluator: { http: { url: 'https://judge.example', secretRef: { name: 'judge' } } } },
    });
    const missing = await objects.untilReadyIs('judge', 'SecretNotFound');
    expect(condition(missing, 'SecretNotFound')).toMatchObject({
      status: 'True',
      message: `secret "${installation.namespace}/judge" not found`,
    });
    await objects.untilActiveIs('judged', 'GuardrailNotReady');
    await objects.putSecret('judge', { TOKEN: 'first' });
    await objects.untilReadyIs('judge', 'Ready');
    await objects.untilActiveIs('judged', 'Active');
    await waitFor('the first token', () => token() === 'first');
    await objects.putSecret('judge', { TOKEN: 'second' });
    await waitFor('the second token', () => token() === 'second');
    expect(JSON.stringify(await objects.guardrail('judge'))).not.toMatch(/first|second/);
  });
});

/** docs/access.md as it stands, and the chart's roles that it speaks of, on an API server of its own. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { read, tableUnder } from '../../hack/docs/markdown.ts';
import { ControlPlane, describeControlPlane, waitFor } from '../support/control-plane/index.ts';
import { aggregateClusterRoles } from '../support/control-plane/role-aggregation.ts';
import { Console, singleSpaced, stepsOf } from '../support/console.ts';
import { chart, helm, repository } from './support/helm.ts';

const page = read('docs/access.md');
const steps = stepsOf(page);

/** kubectl knows the verbs of Kubernetes itself only. The page tells of it once. */
const UNKNOWN_VERB = /^Warning: verb 'invoke' is not a known verb\n+/gm;

describeControlPlane('docs/access.md', () => {
  let cluster: ControlPlane;
  let terminal: Console;

  beforeAll(async () => {
    cluster = await ControlPlane.start();
    await cluster.kubectl('create', 'namespace', 'team-a');
    const watched = 'config.watchNamespaces={tidegate,team-a}';
    await helm(cluster, 'install', 'tidegate', chart, '-n', 'tidegate', '--create-namespace', '--set', watched);
    await aggregateClusterRoles(cluster);
    await cluster.kubectl('apply', '-n', 'team-a', '-f', join(repository, 'examples/openai.yaml'));
    terminal = new Console(cluster);
  });

  afterAll(async () => {
    await cluster?.stop();
  });

  const shownBy = async (command: string): Promise<string> =>
    (await terminal.run(command)).replaceAll(UNKNOWN_VERB, '');
  const can = (question: string): Promise<string> => shownBy(`kubectl auth can-i ${question}`);

  /** The API server's authorizer hears of a binding a moment after it was made or deleted. */
  const heardOf = async (command: string, expected: string): Promise<string> => {
    let shown = '';
    const isExpected = async (): Promise<boolean> => (shown = await shownBy(command)) === expected;
    await waitFor('the authorizer', isExpected, { timeoutMilliseconds: 10_000 }).catch(() => undefined);
    return shown;
  };

  test('shows examples that come out as it says, from the first to the last', async () => {
    for (const step of steps) {
      if (step.kind === 'File') {
        terminal.write(step.name, step.text);
        continue;
      }
      const { command } = step.example;
      const output = singleSpaced(step.example.output);
      const shown = await (command.startsWith('kubectl auth can-i') ? heardOf(command, output) : shownBy(command));
      expect({ command, output: shown }).toEqual({ command, output });
      if (command.startsWith('kubectl apply')) await aggregateClusterRoles(cluster);
    }
  });

  // Behind the examples: these have made the bindings of the table.
  test.each(tableUnder(page, 'Personas').map((cells) => [cells[0] ?? '', cells] as const))(
    'says of the persona "%s" what the API server says',
    async (_who, cells) => {
      const [, , asked = '', ...answers] = cells;
      const as = asked.replaceAll('`', '').replace(/--as=(\S+)/, "--as='$1'");
      const questions = [
        'get llmproviders.tidegate.io',
        'patch llmproviders.tidegate.io',
        'patch guardrails.tidegate.io',
        'get secrets',
      ];
      const said = await Promise.all(
        [...questions, 'invoke llmproviders.tidegate.io/openai'].map((what) => can(`${what} -n team-a ${as}`)),
      );
      const binding = 'rolebinding other-invoker -n team-a --clusterrole=llmprovider-invoker --user=other';
      const bound = await terminal.run(`kubectl create ${binding} --dry-run=server ${as}`);
      expect([...said, bound.includes('created') ? 'yes' : 'no']).toEqual(answers);
    },
  );

  test('holds providers to the Guardrail that its admission policy asks for', async () => {
    await cluster.kubectl('label', 'namespace', 'team-a', 'llm=guarded');
    const patch = (object: string, change: object, as: string): Promise<string> =>
      terminal.run(
        `kubectl patch ${object} -n team-a --type=merge -p '${JSON.stringify({ spec: change })}' ${as} 2>&1`,
      );
    const max = '--as=oidc:max --as-group=oidc:team-a-maintainers';
    const sam = '--as=oidc:sam --as-group=oidc:security';
    const without = 'every provider must refer to the guardrail company-rules';
    const untouchable = 'only the security team may change the guardrail company-rules';

    // A policy takes a moment to be in force.
    await waitFor('the policy', async () =>
      (await patch('llmprovider openai', { displayName: 'One' }, max)).includes(without),
    );
    terminal.write(
      'rules.yaml',
      'apiVersion: tidegate.io/v1alpha1\nkind: Guardrail\nmetadata: {name: company-rules, namespace: team-a}\n' +
        'spec: {pii: {entities: [{type: Email, action: Mask}]}}\n',
    );
    expect(await terminal.run(`kubectl create -f rules.yaml ${max} 2>&1`)).toContain(untouchable);
    expect(await terminal.run(`kubectl create -f rules.yaml ${sam} 2>&1`)).toContain('created');
    const guarded = { guardrailRefs: [{ name: 'company-rules' }] };
    expect(await patch('llmprovider openai', guarded, max)).toContain('openai patched');
    expect(await patch('llmprovider openai', { displayName: 'Two' }, max)).toContain('openai patched');
    expect(await patch('llmprovider openai', { guardrailRefs: [] }, max)).toContain(without);
    expect(await patch('guardrail company-rules', { mode: 'Audit' }, max)).toContain(untouchable);
    expect(await terminal.run(`kubectl delete guardrail company-rules -n team-a ${max} 2>&1`)).toContain(untouchable);
    expect(await patch('guardrail company-rules', { mode: 'Audit' }, sam)).toContain('company-rules patched');
    const status = ['patch', 'guardrail', 'company-rules', '-n', 'team-a', '--subresource=status', '--type=merge'];
    await cluster.kubectl(...status, '-p', '{"status":{"usedBy":"1 provider"}}');
  });

  test('has every kind of example in it', () => {
    const commands = steps.flatMap((step) => (step.kind === 'Command' ? [step.example.command] : []));
    expect(commands.length).toBeGreaterThan(30);
    for (const word of [
      '--as-group=',
      '--list',
      '--all-namespaces',
      'system:serviceaccount:',
      '#repo:',
      'oidc:alice',
    ]) {
      expect(commands.join('\n')).toContain(word);
    }
  });
});

describeControlPlane('the chart’s roles', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    cluster = await ControlPlane.start();
    await helm(cluster, 'install', 'tidegate', chart, '-n', 'tidegate', '--create-namespace');
    await aggregateClusterRoles(cluster);
    await cluster.kubectl('create', 'namespace', 'team');
    for (const role of ['view', 'edit', 'admin', ...OWN_ROLES]) {
      await cluster.kubectl('create', 'rolebinding', role, '-n', 'team', `--clusterrole=${role}`, `--user=${role}`);
    }
  });

  afterAll(async () => {
    await cluster?.stop();
  });

  const OWN_ROLES = [
    'llmprovider-viewer',
    'llmprovider-editor',
    'llmprovider-invoker',
    'llmprovider-request-viewer',
    'guardrail-viewer',
    'guardrail-editor',
  ];
  const READ = ['get', 'list', 'watch'];
  const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
  const READ_STATUS = ['status:get', 'status:list', 'status:watch'];
  const READ_RECORDS = 'requests:get';
  const asked = [
    ...READ,
    ...WRITE,
    'invoke',
    ...[...READ, ...WRITE].map((verb) => `status:${verb}`),
    ...['get', 'list', 'delete'].map((verb) => `requests:${verb}`),
  ];

  const isAllowed = async (user: string, resource: string, question: string): Promise<boolean> => {
    const [verb, subresource] = question.split(':').toReversed();
    const object = { group: 'tidegate.io', resource, namespace: 'team', name: 'openai' };
    const spec = { user, resourceAttributes: { ...object, verb, subresource } };
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
    const path = '{.status.allowed}';
    return (await cluster.kubectl('create', '-o', `jsonpath=${path}`, '-f', '-', { input: review })) === 'true';
  };

  const VIEW = [...READ, ...READ_STATUS];
  const EDIT = [...READ, ...WRITE, ...READ_STATUS];
  test.each([
    ['llmprovider-viewer', VIEW, []],
    ['llmprovider-editor', EDIT, []],
    ['llmprovider-invoker', ['invoke'], []],
    ['llmprovider-request-viewer', [READ_RECORDS], []],
    ['guardrail-viewer', [], VIEW],
    ['guardrail-editor', [], EDIT],
    ['view', VIEW, VIEW],
    ['edit', EDIT, EDIT],
    ['admin', [...EDIT, READ_RECORDS], EDIT],
  ])(
    'let whoever is bound to %s do %j with providers, %j with guardrails, and nothing else',
    async (role, ...expected) => {
      for (const [at, resource] of ['llmproviders', 'guardrails'].entries()) {
        const allowed = await Promise.all(
          asked.map(async (what) => ((await isAllowed(role, resource, what)) ? [what] : [])),
        );
        expect(allowed.flat().toSorted()).toEqual(expected[at]?.toSorted());
      }
    },
  );
});

/** What the API server says to roles and bindings, the offline validator says too. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readBinding } from '../../../src/api/validation/rbac/binding.ts';
import { readRole } from '../../../src/api/validation/rbac/role.ts';
import type { JSONObject } from '../../../src/api/validation/schema.ts';
import { connectControlPlane, describeControlPlane } from '../../support/control-plane/index.ts';
import { CollectionClient } from '../crd/api-client.ts';
import { manifest as anyManifest, type Kind } from './manifests.ts';

type Case = readonly [what: string, kind: Kind, fields: object, metadata?: object];

const apiVersion = 'rbac.authorization.k8s.io/v1';
const manifestOf = ([, kind, fields, metadata]: Case): JSONObject => ({
  apiVersion,
  kind,
  metadata: { name: 'example', ...metadata },
  ...fields,
});

const rule = { apiGroups: ['tidegate.io'], resources: ['llmproviders'], verbs: ['invoke'] };
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' };
const user = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' };
const account = { kind: 'ServiceAccount', name: 'bot', namespace: 'ci' };
const bound = (...subjects: unknown[]): object => ({ roleRef, subjects });
const selecting = (...clusterRoleSelectors: unknown[]): object => ({ aggregationRule: { clusterRoleSelectors } });
const expression = (key: string, operator: string, values?: unknown): object =>
  selecting({ matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] });

const valid: readonly Case[] = [
  ['a role', 'Role', { rules: [{ ...rule, resourceNames: ['openai'] }] }],
  ['a role without rules', 'Role', {}],
  ['rules that are null', 'ClusterRole', { rules: null }],
  ['wildcards', 'ClusterRole', { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }],
  ['an empty verb', 'ClusterRole', { rules: [{ ...rule, verbs: [''] }] }],
  ['a null among texts', 'ClusterRole', { rules: [{ ...rule, verbs: [null] }] }],
  ['URLs', 'ClusterRole', { rules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }] }],
  ['a name like the built-in ones', 'ClusterRole', { rules: [rule] }, { name: 'system:Tidegate_A b' }],
  ['aggregation', 'ClusterRole', selecting({ matchLabels: { a: 'b' } })],
  ['aggregation of everything', 'ClusterRole', selecting({}, null)],
  ['aggregation with rules, too', 'ClusterRole', { ...selecting({ matchLabels: { a: '' } }), rules: [rule] }],
  ['every operator', 'ClusterRole', { ...expression('a.b/c', 'NotIn', ['x', '']) }],
  ['an operator without values', 'ClusterRole', expression('a', 'DoesNotExist', [])],
  ['a binding', 'RoleBinding', bound(user, { ...user, kind: 'Group' }, account)],
  ['a binding of nobody', 'RoleBinding', { roleRef, subjects: null }],
  [
    'API groups that are left out',
    'ClusterRoleBinding',
    { roleRef: { ...roleRef, apiGroup: '' }, subjects: [{ kind: 'User', name: 'ann' }] },
  ],
  ['an account of the same namespace', 'RoleBinding', bound({ kind: 'ServiceAccount', name: 'bot' })],
  ['a user with a namespace', 'RoleBinding', bound({ ...user, namespace: 'x' })],
  ['a user name of any kind', 'ClusterRoleBinding', bound({ ...user, name: 'https://idp.example.com#a b/%' })],
  ['a namespace where there is none', 'ClusterRoleBinding', bound(user), { namespace: 'elsewhere' }],
];

const invalid: readonly Case[] = [
  ['a rule without anything', 'Role', { rules: [{}] }],
  ['a rule that is null', 'ClusterRole', { rules: [rule, null] }],
  ['empty lists', 'Role', { rules: [{ apiGroups: [], resources: [], verbs: [] }] }],
  ['URLs in a Role', 'Role', { rules: [{ verbs: ['get'], nonResourceURLs: ['/a', '/b<'] }] }],
  ['URLs beside resources', 'ClusterRole', { rules: [{ ...rule, nonResourceURLs: ['/a'] }] }],
  ['URLs in a Role beside a name', 'Role', { rules: [{ verbs: [], resourceNames: ['x'], nonResourceURLs: ['/a'] }] }],
  ['a misspelt field of a rule', 'Role', { rules: [{ ...rule, verb: ['get'], apiGroup: 'x' }] }],
  ['aggregation in a Role', 'Role', selecting({})],
  ['a misspelt field of a role', 'ClusterRole', { rule: [] }],
  ['a misspelt selector', 'ClusterRole', selecting({ matchLabel: {} })],
  [
    'a misspelt expression',
    'ClusterRole',
    selecting({ matchExpressions: [{ key: 'a', operator: 'Exists', value: 'b' }] }),
  ],
  ['no name', 'Role', {}, { name: '' }],
  ['a name with a slash and a percent sign', 'ClusterRole', {}, { name: 'a/b%' }],
  ['a name of dots', 'RoleBinding', bound(user), { name: '..' }],
  ['aggregation of nothing', 'ClusterRole', { aggregationRule: {} }],
  ['an unknown operator', 'ClusterRole', expression('a', 'in', ['b'])],
  ['In without values', 'ClusterRole', expression('a', 'In')],
  ['Exists with values', 'ClusterRole', expression('a', 'Exists', ['b'])],
  ['a malformed label', 'ClusterRole', selecting({ matchLabels: { 'a b': '-' } })],
  ['malformed keys and values', 'ClusterRole', expression('-/a', 'In', ['b', 'ä'])],
  ['a binding without anything', 'RoleBinding', {}],
  ['a role of another group', 'RoleBinding', { roleRef: { ...roleRef, apiGroup: 'tidegate.io' } }],
  ['a role of another kind', 'RoleBinding', { roleRef: { ...roleRef, kind: 'role' } }],
  ['a Role everywhere', 'ClusterRoleBinding', { roleRef: { ...roleRef, kind: 'Role' } }],
  ['a role name that is none', 'ClusterRoleBinding', { roleRef: { ...roleRef, name: 'a/%' } }],
  ['a subject without anything', 'RoleBinding', bound({})],
  ['a subject that is null', 'ClusterRoleBinding', bound(null)],
  ['a subject of another kind', 'ClusterRoleBinding', bound({ ...user, kind: 'constructor' })],
  ['a user of another group', 'RoleBinding', bound({ ...user, apiGroup: 'v1' })],
  ['an account with a group', 'RoleBinding', bound({ ...account, apiGroup: 'rbac.authorization.k8s.io' })],
  ['an account of no namespace', 'ClusterRoleBinding', bound({ kind: 'ServiceAccount', name: 'bot' })],
  ['an account name that is none', 'RoleBinding', bound({ ...account, name: 'system:serviceaccount:ci:bot' })],
  ['a subject without a name', 'ClusterRoleBinding', bound({ ...user, name: '' }, { ...account, name: null })],
  ['a misspelt field of a subject', 'RoleBinding', bound({ ...user, names: ['ann'] })],
  ['a misspelt field of the role', 'RoleBinding', { roleRef: { ...roleRef, namespace: 'x' } }],
  ['a misspelt field of a binding', 'RoleBinding', { roleRef, subject: [user] }],
  ['a misspelt field of the metadata', 'RoleBinding', { roleRef }, { label: {} }],
];

/** Refused by both sides, in words of their own: the API server shows Go's types. */
const undecodable: readonly Case[] = [
  ['rules that are no list', 'Role', { rules: {} }],
  ['a rule that is a text', 'ClusterRole', { rules: ['get'] }],
  ['verbs that are a text', 'ClusterRole', { rules: [{ ...rule, verbs: 'invoke' }] }],
  ['a verb that is a number', 'ClusterRole', { rules: [{ ...rule, verbs: [5] }] }],
  ['an aggregation that is a list', 'ClusterRole', { aggregationRule: [] }],
  ['labels that are no texts', 'ClusterRole', selecting({ matchLabels: { a: true } })],
  ['a role that is a text', 'RoleBinding', { roleRef: 'reader' }],
  ['subjects that are no list', 'RoleBinding', { roleRef, subjects: user }],
  ['a name that is a number', 'RoleBinding', bound({ ...user, name: 7 })],
];

function offline(kind: Kind, manifest: JSONObject, old?: JSONObject): string[] {
  const { errors } =
    kind === 'Role' || kind === 'ClusterRole'
      ? readRole(manifest, kind)
      : readBinding(manifest, kind, old && readBinding(old, kind).value);
  const messages = errors.map(({ message }) => message).toSorted();
  // The server tells these first and alone.
  const unknown = messages.filter((message) => message.startsWith('unknown field '));
  return unknown.length > 0 ? unknown : messages;
}

describeControlPlane('the API server and the offline validator about RBAC', () => {
  const clients = new Map<Kind, CollectionClient>();

  beforeAll(async () => {
    const cluster = connectControlPlane();
    const group = '/apis/rbac.authorization.k8s.io/v1';
    const namespaced = `${group}/namespaces/${await cluster.createNamespace('rbac-validation')}`;
    clients.set('Role', new CollectionClient(cluster, `${namespaced}/roles`));
    clients.set('RoleBinding', new CollectionClient(cluster, `${namespaced}/rolebindings`));
    clients.set('ClusterRole', new CollectionClient(cluster, `${group}/clusterroles`));
    clients.set('ClusterRoleBinding', new CollectionClient(cluster, `${group}/clusterrolebindings`));
  });

  afterAll(async () => {
    await Promise.all([...clients.values()].map((client) => client.close()));
  });

  const online = async (kind: Kind, manifest: JSONObject): Promise<string[]> =>
    ((await clients.get(kind)?.create(manifest, { dryRun: true })) ?? ['no client']).toSorted();

  test.each(valid)('both accept %s (%s)', async (...each) => {
    const manifest = manifestOf(each);
    expect(await online(each[1], manifest)).toEqual([]);
    expect(offline(each[1], manifest)).toEqual([]);
  });

  test.each(invalid)('both refuse %s (%s)', async (...each) => {
    const manifest = manifestOf(each);
    const said = await online(each[1], manifest);
    expect(said).not.toEqual([]);
    expect(offline(each[1], manifest)).toEqual(said);
  });

  test.each(undecodable)('both refuse %s (%s)', async (...each) => {
    const manifest = manifestOf(each);
    await expect(online(each[1], manifest)).rejects.toThrow('cannot be handled as');
    expect(offline(each[1], manifest)).toEqual([expect.stringMatching(/: Invalid value: must be /)]);
  });

  test('both say the same of anything else', async () => {
    const numRuns = Number(process.env['TIDEGATE_DIFFERENTIAL_RUNS'] ?? 600);
    const counts = { accepted: 0, refused: 0, undecodable: 0 };
    await fc.assert(
      fc.asyncProperty(anyManifest, async ([kind, manifest]) => {
        const ours = offline(kind, manifest);
        // Of what cannot be decoded the server shows Go's types, and nothing else.
        const theirs = await online(kind, manifest).catch((error: Error) => error.message);
        if (typeof theirs === 'string') {
          expect(theirs).toContain('cannot be handled as');
          expect(ours).not.toEqual([]);
          counts.undecodable += 1;
          return;
        }
        expect(ours).toEqual(theirs);
        counts[theirs.length === 0 ? 'accepted' : 'refused'] += 1;
      }),
      { numRuns },
    );
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(numRuns / 50);
  });

  test('both refuse another role in a binding that exists', async () => {
    const client = clients.get('RoleBinding')!;
    const old = manifestOf(['', 'RoleBinding', bound(user), { name: 'immutable' }]);
    const manifest: JSONObject = { ...old, roleRef: { ...roleRef, kind: 'Role', name: 'other<' } };
    expect(await client.create(old)).toEqual([]);
    const said = await client.replace('immutable', manifest);
    expect(said).not.toEqual([]);
    expect(offline('RoleBinding', manifest, old)).toEqual(said);
    expect(offline('RoleBinding', { ...old, subjects: [account] }, old)).toEqual([]);
  });
});

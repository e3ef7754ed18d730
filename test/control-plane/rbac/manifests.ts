/** Random manifests of RBAC: mostly nearly right, with anything in any place. */
import fc from 'fast-check';
import type { JSONObject } from '../../../src/api/validation/schema.ts';

export type Kind = 'Role' | 'ClusterRole' | 'RoleBinding' | 'ClusterRoleBinding';

const junk = fc.constantFrom<unknown>(
  null,
  '',
  'a',
  'A b',
  '*',
  0,
  1.5,
  true,
  [],
  [null],
  [''],
  ['a', 1],
  {},
  { a: 'b' },
  [[]],
);
/** The value, and now and then something else. */
const mostly = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 40, arbitrary: value }, { weight: 1, arbitrary: junk });
/** An object of these fields, of which now and then one is missing or misspelt. */
const object = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> => {
  const members = Object.entries(fields).map(([name, value]) =>
    fc
      .tuple(fc.option(value, { freq: 6, nil: undefined }), fc.integer({ min: 0, max: 60 }))
      .map(([member, luck]) => [luck === 0 ? `${name}s` : name, member] as const),
  );
  return fc
    .tuple(...members)
    .map((entries) => Object.fromEntries(entries.filter(([, member]) => member !== undefined)));
};
const list = (item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => mostly(fc.array(mostly(item), { maxLength: 2 }));
const text = (...values: string[]): fc.Arbitrary<unknown> => mostly(fc.constantFrom(...values));

const rule = object({
  verbs: list(fc.constantFrom('invoke', '*', '')),
  apiGroups: list(fc.constantFrom('tidegate.io', '')),
  resources: list(fc.constantFrom('llmproviders', '*')),
  resourceNames: list(fc.constantFrom('openai')),
  nonResourceURLs: list(fc.constantFrom('/metrics', '<&>')),
});
const selector = object({
  matchLabels: mostly(fc.dictionary(fc.constantFrom('a', 'a/b', '-', 'a b', ''), text('x', '', '-', 'a'.repeat(64)))),
  matchExpressions: list(
    object({
      key: text('a', 'example.com/b', '/a', ''),
      operator: text('In', 'NotIn', 'Exists', 'DoesNotExist', 'in'),
      values: list(fc.constantFrom('x', '', '!')),
    }),
  ),
});
const aggregationRule = mostly(object({ clusterRoleSelectors: list(selector) }));
const roleRef = mostly(
  object({
    apiGroup: text('rbac.authorization.k8s.io', '', 'v1'),
    kind: text('Role', 'ClusterRole', 'User', ''),
    name: text('caller', '', '.', 'a/b%', 'system:a B'),
  }),
);
const subject = object({
  kind: text('User', 'Group', 'ServiceAccount', 'toString', ''),
  apiGroup: text('rbac.authorization.k8s.io', '', 'v1'),
  name: text('ann', 'corp:ann', 'a/b', ''),
  namespace: text('team', '', 'A b'),
});

const metadata = fc.record({
  name: fc.oneof({ weight: 12, arbitrary: fc.constant('example') }, fc.constantFrom('', '..', 'a/b', 'A%', 'é')),
});

const of = (kind: Kind, fields: fc.Arbitrary<object>): fc.Arbitrary<readonly [Kind, JSONObject]> =>
  fc
    .tuple(metadata, fields)
    .map(([meta, rest]) => [kind, { ...rest, apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: meta }]);

const binding = object({ roleRef, subjects: list(subject) });

export const manifest = fc.oneof(
  of('Role', object({ rules: list(rule) })),
  of('ClusterRole', object({ rules: list(rule), aggregationRule })),
  of('RoleBinding', binding),
  of('ClusterRoleBinding', binding),
);

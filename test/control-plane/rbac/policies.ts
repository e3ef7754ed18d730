/** Random RBAC objects, of few names so that they meet. */
import fc from 'fast-check';
import type { Identity } from '../../../src/identity/types.ts';
import type { RBACObject } from './oracle.ts';

/** Names of a run: objects are the cluster's, and a run must not see those of another. */
export interface Names {
  readonly namespaces: readonly [string, string];
  /** Of this run only. */
  readonly run: string;
}

/** Objects and callers, made once it is known how the run is named. */
export type Scenario = (names: Names) => {
  readonly objects: readonly RBACObject[];
  readonly callers: readonly Identity[];
};

export const PROVIDERS = ['openai', 'azure'] as const;

const subset = <T>(...values: T[]): fc.Arbitrary<T[]> => fc.subarray(values);
const index = (below: number): fc.Arbitrary<number> => fc.nat({ max: below - 1 });

/** Mostly what grants something, beside what only looks like it. */
const listOf = (usual: string, ...others: string[]): fc.Arbitrary<string[]> =>
  fc.oneof(
    { weight: 4, arbitrary: subset(...others).map((list) => [...list, usual]) },
    { weight: 1, arbitrary: fc.subarray(others, { minLength: 1 }) },
  );

const rule = fc.record({
  verbs: listOf('invoke', 'get', 'list', '*', 'Invoke', ''),
  apiGroups: listOf('tidegate.io', '*', '', 'apps', 'tidegate.io/v1alpha1'),
  resources: listOf(
    'llmproviders',
    '*',
    '*/*',
    '*/status',
    'llmproviders/*',
    'llmproviders/status',
    'llmproviders/requests',
    '*/requests',
    'secrets',
  ),
  resourceNames: fc.oneof(fc.constant([]), subset<string>(...PROVIDERS, '*', '')),
});
const urls = fc.record({ verbs: fc.constant(['*']), nonResourceURLs: fc.constant(['*']) });
const rules = fc.array(rule, { minLength: 1, maxLength: 3 });

const labels = fc.dictionary(fc.constantFrom('a', 'example.com/b'), fc.constantFrom('x', 'y', ''));
const expression = fc.oneof(
  fc.record({
    key: fc.constantFrom('a', 'example.com/b'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.subarray(['x', 'y', ''], { minLength: 1 }),
  }),
  fc.record({ key: fc.constantFrom('a', 'example.com/b'), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const selector = fc.oneof(
  fc.record({ matchLabels: labels }),
  { weight: 2, arbitrary: fc.record({ matchExpressions: fc.tuple(expression) }) },
  fc.record({ matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 2 }) }),
);
const aggregationRule = fc.record({ clusterRoleSelectors: fc.array(selector, { minLength: 1, maxLength: 2 }) });

type Make<T> = (names: Names) => T;

const subject: fc.Arbitrary<Make<object>> = fc.oneof(
  fc
    .tuple(fc.constantFrom('User', 'Group'), index(3))
    .map(([kind, who]) => ({ run }: Names) => ({ kind, name: `${run}-${who}` })),
  fc.tuple(index(2), index(2)).map(([who, where]) => ({ run, namespaces }: Names) => ({
    kind: 'User',
    name: account(run, namespaces[where], who),
  })),
  fc.tuple(index(2), index(2)).map(([who, where]) => ({ run, namespaces }: Names) => ({
    kind: 'ServiceAccount',
    name: `${run}-${who}`,
    namespace: namespaces[where],
  })),
);
/** In a RoleBinding only: the namespace of the binding is meant. */
const localAccount: fc.Arbitrary<Make<object>> = index(2).map((who) => ({ run }: Names) => ({
  kind: 'ServiceAccount',
  name: `${run}-${who}`,
}));

const role: fc.Arbitrary<Make<RBACObject>> = fc
  .record({ where: index(2), which: index(2), rules })
  .map(({ where, which, rules: own }) => ({ run, namespaces }: Names) => ({
    kind: 'Role',
    metadata: { name: `${run}-role-${which}`, namespace: namespaces[where] ?? '' },
    rules: own,
  }));

const clusterRole: fc.Arbitrary<Make<RBACObject>> = fc
  .record({
    which: index(3),
    labels,
    own: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          rules: fc.array(fc.oneof({ weight: 9, arbitrary: rule }, urls), { minLength: 1, maxLength: 3 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ aggregationRule, rules }) },
    ),
  })
  .map(({ which, labels: given, own }) => ({ run }: Names) => ({
    kind: 'ClusterRole',
    metadata: { name: `${run}-role-${which}`, labels: given },
    ...own,
  }));

const roleBinding: fc.Arbitrary<Make<RBACObject>> = fc
  .record({
    where: index(2),
    which: index(4),
    kind: fc.constantFrom('Role', 'ClusterRole'),
    role: index(3),
    subjects: fc.array(fc.oneof({ weight: 4, arbitrary: subject }, localAccount), { minLength: 1, maxLength: 4 }),
  })
  .map(({ where, which, kind, role: refers, subjects }) => (names: Names) => ({
    kind: 'RoleBinding',
    metadata: { name: `${names.run}-${which}`, namespace: names.namespaces[where] ?? '' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: `${names.run}-role-${refers}` },
    subjects: subjects.map((make) => make(names)),
  }));

const clusterRoleBinding: fc.Arbitrary<Make<RBACObject>> = fc
  .record({ which: index(2), role: index(3), subjects: fc.array(subject, { minLength: 1, maxLength: 3 }) })
  .map(({ which, role: refers, subjects }) => (names: Names) => ({
    kind: 'ClusterRoleBinding',
    metadata: { name: `${names.run}-${which}` },
    roleRef: { kind: 'ClusterRole', name: `${names.run}-role-${refers}` },
    subjects: subjects.map((make) => make(names)),
  }));

/** A user of whatever name, also one that groups bear, or a ServiceAccount; with groups. */
const caller: fc.Arbitrary<Make<Identity>> = fc
  .tuple(fc.option(index(2)), index(3), subset(0, 1, 2))
  .map(([where, who, groups]) => ({ run, namespaces }: Names) => ({
    username: where === null ? `${run}-${who}` : account(run, namespaces[where], who),
    groups: groups.map((each) => `${run}-${each}`),
  }));

export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    objects: fc
      .tuple(
        fc.array(role, { minLength: 1, maxLength: 3 }),
        fc.array(clusterRole, { minLength: 2, maxLength: 5 }),
        fc.array(roleBinding, { minLength: 2, maxLength: 6 }),
        fc.array(clusterRoleBinding, { minLength: 1, maxLength: 2 }),
      )
      .map((lists) => lists.flat()),
    callers: fc.array(caller, { minLength: 2, maxLength: 3 }),
  })
  .map(({ objects, callers }) => (names) => ({
    objects: unique(objects.map((make) => make(names))),
    callers: callers.map((make) => make(names)),
  }));

function account(run: string, namespace: string | undefined, who: number): string {
  return `system:serviceaccount:${namespace}:${run}-${who}`;
}

/** The first of each name. */
function unique(objects: readonly RBACObject[]): RBACObject[] {
  const key = ({ kind, metadata }: RBACObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
  return objects.filter((object, at) => objects.findIndex((other) => key(other) === key(object)) === at);
}

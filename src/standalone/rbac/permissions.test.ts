import { beforeEach, describe, expect, test } from '@jest/globals';
import { RBACAuthorizer } from '../../identity/rbac/authorizer.ts';
import { Catalog } from '../catalog.ts';
import { parseFile } from '../directory.ts';
import { formatProblem } from '../report.ts';
import type { CatalogResult } from '../types.ts';

const apiVersion = 'apiVersion: rbac.authorization.k8s.io/v1\n';
const rules = (names = ''): string =>
  `rules:\n- {apiGroups: [tidegate.io], resources: [llmproviders], verbs: [invoke], resourceNames: [${names}]}\n`;
const role = (name: string, fields = rules(), metadata = ''): string =>
  `${apiVersion}kind: ClusterRole\nmetadata: {name: ${name}${metadata}}\n${fields}`;
const roleInTeam = (name: string, fields = rules()): string =>
  `${apiVersion}kind: Role\nmetadata: {name: ${name}, namespace: team}\n${fields}`;
const roleRef = (kind: string, name: string): string => `roleRef: {kind: ${kind}, name: ${name}}\n`;
const ann = 'subjects: [{kind: User, name: ann}]\n';
const binding = (ref = roleRef('ClusterRole', 'caller'), subjects = ann): string =>
  `${apiVersion}kind: ClusterRoleBinding\nmetadata: {name: callers}\n${ref}${subjects}`;
const bindingInTeam = (ref: string, subjects = ann): string =>
  `${apiVersion}kind: RoleBinding\nmetadata: {name: callers, namespace: team}\n${ref}${subjects}`;
const labelled = (labels: string): string => `, labels: {${labels}}`;
const aggregation = (...selectors: string[]): string =>
  `aggregationRule: {clusterRoleSelectors: [${selectors.join(', ')}]}\n`;

describe('permissions by manifests', () => {
  let catalog: Catalog;

  beforeEach(() => {
    catalog = new Catalog({});
  });

  const update = (files: Record<string, string>): CatalogResult =>
    catalog.update(Object.entries(files).map(([file, text]) => parseFile({ file, text })));
  const said = (result: CatalogResult): string[] => result.problems.map(formatProblem);
  const may = (result: CatalogResult, username = 'ann', namespace = 'team', name = 'openai'): boolean =>
    new RBACAuthorizer(result.policy).authorize({ username, groups: [] }, 'invoke', namespace, name).kind === 'Allowed';

  test('a role and its binding may be in different files, in any order', () => {
    const result = update({ 'a.yaml': binding(), 'b.yaml': role('caller') });
    expect(said(result)).toEqual([]);
    expect([may(result), may(result, 'bob')]).toEqual([true, false]);
  });

  test('nobody may do anything without manifests', () => {
    expect(update({}).policy).toEqual({ bindings: [] });
  });

  test.each([
    ['a Role there', roleRef('Role', 'caller'), roleInTeam('caller')],
    ['a ClusterRole', roleRef('ClusterRole', 'caller'), role('caller')],
  ])('a RoleBinding grants in its namespace: %s', (_, ref, text) => {
    const result = update({ 'a.yaml': bindingInTeam(ref), 'b.yaml': text });
    expect([said(result), may(result), may(result, 'ann', 'other')]).toEqual([[], true, false]);
  });

  test('without a namespace, roles and bindings are in `default`', () => {
    const inDefault = (text: string): string => text.replace(', namespace: team', '');
    const result = update({
      'a.yaml': inDefault(bindingInTeam(roleRef('Role', 'caller'))),
      'b.yaml': inDefault(roleInTeam('caller')),
    });
    expect([may(result, 'ann', 'default'), may(result)]).toEqual([true, false]);
  });

  test('a ServiceAccount without a namespace is one of the namespace of the binding', () => {
    const subjects = 'subjects: [{kind: ServiceAccount, name: bot}]\n';
    const result = update({
      'a.yaml': bindingInTeam(roleRef('ClusterRole', 'caller'), subjects),
      'b.yaml': role('caller'),
    });
    expect(may(result, 'system:serviceaccount:team:bot')).toBe(true);
    expect(may(result, 'system:serviceaccount:default:bot')).toBe(false);
  });

  test('a namespace that a ClusterRole names means nothing', () => {
    const result = update({ 'a.yaml': binding(), 'b.yaml': role('caller', rules(), ', namespace: x') });
    expect([said(result), may(result)]).toEqual([[], true]);
  });

  test('a role that is not among the manifests grants nothing, and the binding is warned of where it names it', () => {
    const result = update({ 'a.yaml': bindingInTeam(roleRef('Role', 'caller')), 'b.yaml': role('caller') });
    expect(said(result)).toEqual([
      `a.yaml:4:23: RoleBinding/team/callers: warning: Role "caller" is not among the manifests: a standalone gateway has no roles of its own, so this binding grants nothing there; in a cluster the role may exist all the same, as the chart's do`,
    ]);
    expect(may(result)).toBe(false);
  });

  test('a role that is invalid grants nothing, and the binding is warned of', () => {
    const result = update({ 'a.yaml': binding(), 'b.yaml': role('caller', rules().replace('verbs', 'verb')) });
    expect(said(result)).toEqual([
      'a.yaml:4:30: ClusterRoleBinding/callers: warning: the manifest of ClusterRole "caller" is invalid, so this binding grants nothing',
      'b.yaml:5:57: ClusterRole/caller: unknown field "rules[0].verb"',
    ]);
    expect(may(result)).toBe(false);
  });

  test("another version or kind of the group is an error, not somebody else's object", () => {
    const result = update({ 'a.yaml': bindingInTeam(roleRef('Role', 'a')).replace('/v1', '/v1beta1') });
    expect(said(result)).toEqual([
      'a.yaml:2:1: RoleBinding/team/callers: no matches for kind "RoleBinding" in version "rbac.authorization.k8s.io/v1beta1": rbac.authorization.k8s.io/v1 has Role, ClusterRole, RoleBinding, ClusterRoleBinding',
    ]);
    expect(result.ignored).toEqual([]);
  });

  test('two definitions of one ClusterRole: the first counts', () => {
    const result = update({ 'a.yaml': binding(), 'b.yaml': role('caller', rules('azure')), 'c.yaml': role('caller') });
    expect(said(result)).toEqual([
      'c.yaml:3:12: ClusterRole/caller: ClusterRole "caller" is already defined at b.yaml:1:1; this definition is ignored',
    ]);
    expect(may(result)).toBe(false);
  });

  describe('over reloads', () => {
    test('a binding that is taken away is gone at once', () => {
      expect(may(update({ 'a.yaml': binding(), 'b.yaml': role('caller') }))).toBe(true);
      expect(may(update({ 'b.yaml': role('caller') }))).toBe(false);
    });

    test('a role that is taken away is gone at once', () => {
      update({ 'a.yaml': binding(), 'b.yaml': role('caller') });
      const result = update({ 'a.yaml': binding() });
      expect(may(result)).toBe(false);
      expect(said(result)).toHaveLength(1);
    });

    test('a subject that is taken away is gone at once', () => {
      update({ 'a.yaml': binding(), 'b.yaml': role('caller') });
      expect(may(update({ 'a.yaml': binding(undefined, ''), 'b.yaml': role('caller') }))).toBe(false);
    });

    test('an invalid revocation revokes nothing, and says so', () => {
      update({ 'a.yaml': binding(), 'b.yaml': role('caller') });
      const result = update({ 'a.yaml': binding(undefined, 'subject: []\n'), 'b.yaml': role('caller') });
      expect(said(result)).toEqual([
        'a.yaml:1:1: ClusterRoleBinding/callers: refused: the last valid version stays in force and grants what it granted',
        'a.yaml:5:1: ClusterRoleBinding/callers: unknown field "subject"',
      ]);
      expect(may(result)).toBe(true);
    });

    test('an invalid role stays as it was, and says so', () => {
      update({ 'a.yaml': binding(), 'b.yaml': role('caller') });
      const result = update({ 'a.yaml': binding(), 'b.yaml': role('caller', 'rules: [{verbs: []}]\n') });
      expect(said(result)[0]).toContain(
        'b.yaml:1:1: ClusterRole/caller: refused: the last valid version stays in force',
      );
      expect(may(result)).toBe(true);
    });

    test('the role of a binding is immutable, as in a cluster', () => {
      const others = { 'b.yaml': role('caller'), 'c.yaml': role('other', rules('azure')) };
      update({ 'a.yaml': binding(), ...others });
      const changed = { 'a.yaml': binding(roleRef('ClusterRole', 'other')), ...others };
      expect(said(update(changed))).toEqual([
        expect.stringContaining('refused: the last valid version'),
        expect.stringMatching(/^a.yaml:4:1: .*: cannot change roleRef$/),
      ]);
      update(others);
      const result = update(changed);
      expect([said(result), may(result), may(result, 'ann', 'team', 'azure')]).toEqual([[], false, true]);
    });

    test('a file that cannot be parsed takes no permission away, and says so', () => {
      update({ 'a.yaml': binding(), 'b.yaml': role('caller') });
      const result = update({ 'a.yaml': `${binding()}: [`, 'b.yaml': role('caller') });
      expect(may(result)).toBe(true);
      expect(said(result)).toEqual([
        'a.yaml:1:1: the roles and bindings that this file held stay in force and grant what they granted',
        expect.stringMatching(/^a.yaml:6:/),
      ]);
      const moved = update({ 'a.yaml': ': [', 'b.yaml': role('caller'), 'c.yaml': binding(undefined, '') });
      expect([may(moved), said(moved).length]).toEqual([false, 1]);
    });

    test('a directory that disappears takes no permission away, and says so of each file', () => {
      update({ 'a.yaml': binding(), 'b.yaml': role('caller') });
      const result = catalog.update([], true);
      expect(may(result)).toBe(true);
      expect(said(result)).toEqual(
        ['a.yaml', 'b.yaml'].map((file) => expect.stringContaining(`${file}:1:1: the roles and`)),
      );
    });
  });

  describe('an aggregated role', () => {
    const aggregated = (selectors: readonly string[], others: Record<string, string>): CatalogResult =>
      update({ 'a.yaml': binding(), 'b.yaml': role('caller', aggregation(...selectors)), ...others });

    test.each<[string, boolean, string, string]>([
      ['whose label has the value', true, '{matchLabels: {to: ai}}', 'to: ai'],
      ['whose label has another value', false, '{matchLabels: {to: ai}}', 'to: AI'],
      ['of which one label is missing', false, '{matchLabels: {to: ai, at: x}}', 'to: ai'],
      ['with a label out of several', true, '{matchExpressions: [{key: to, operator: In, values: [x, ai]}]}', 'to: ai'],
      ['without the label', false, '{matchExpressions: [{key: to, operator: In, values: [x]}]}', 'at: x'],
      ['with another value', true, '{matchExpressions: [{key: to, operator: NotIn, values: [x]}]}', 'to: ai'],
      ['without the label', true, '{matchExpressions: [{key: to, operator: NotIn, values: [x]}]}', ''],
      ['with an excluded value', false, '{matchExpressions: [{key: to, operator: NotIn, values: [ai]}]}', 'to: ai'],
      ['with the label', true, '{matchExpressions: [{key: to, operator: Exists}]}', 'to: ""'],
      ['without the label', false, '{matchExpressions: [{key: to, operator: Exists}]}', ''],
      ['without the label', true, '{matchExpressions: [{key: to, operator: DoesNotExist}]}', ''],
      ['with the label', false, '{matchExpressions: [{key: to, operator: DoesNotExist}]}', 'to: ai'],
      [
        'that meets one half',
        false,
        '{matchLabels: {to: ai}, matchExpressions: [{key: at, operator: Exists}]}',
        'to: ai',
      ],
      ['of any label, by an empty selector', true, '{}', ''],
    ])('takes over a role %s: %s (%s, %s)', (_, isTaken, selector, labels) => {
      const result = aggregated([selector], { 'c.yaml': role('part', rules(), labelled(labels)) });
      expect([said(result), may(result)]).toEqual([[], isTaken]);
    });

    test('takes over what any of its selectors finds', () => {
      const result = aggregated(['{matchLabels: {a: b}}', '{matchLabels: {c: d}}'], {
        'c.yaml': role('one', rules('openai'), labelled('a: b')),
        'd.yaml': role('two', rules('azure'), labelled('c: d')),
      });
      expect([may(result), may(result, 'ann', 'team', 'azure')]).toEqual([true, true]);
    });

    test('has no rules of its own', () => {
      const result = update({
        'a.yaml': binding(),
        'b.yaml': role('caller', aggregation('{matchLabels: {a: b}}') + rules()),
      });
      expect(may(result)).toBe(false);
    });

    test('takes over aggregated roles, also when they select each other', () => {
      const result = aggregated(['{matchLabels: {a: b}}'], {
        'c.yaml': role('middle', aggregation('{}'), labelled('a: b')),
        'd.yaml': role('part', rules()),
      });
      expect(may(result)).toBe(true);
    });

    test('loses what a role loses', () => {
      const part = (labels: string): Record<string, string> => ({ 'c.yaml': role('part', rules(), labelled(labels)) });
      expect(may(aggregated(['{matchLabels: {a: b}}'], part('a: b')))).toBe(true);
      expect(may(aggregated(['{matchLabels: {a: b}}'], part('a: c')))).toBe(false);
    });

    test('takes no Role over', () => {
      expect(may(aggregated(['{}'], { 'c.yaml': roleInTeam('part') }))).toBe(false);
    });
  });
});

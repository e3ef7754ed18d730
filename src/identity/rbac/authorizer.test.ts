import { describe, expect, test } from '@jest/globals';
import type { Identity } from '../types.ts';
import { RBACAuthorizer } from './authorizer.ts';
import type { Binding, PolicyRule, Subject } from './types.ts';

const invoke: PolicyRule = {
  verbs: ['invoke'],
  apiGroups: ['tidegate.io'],
  resources: ['llmproviders'],
  resourceNames: [],
};
const ann: Subject = { kind: 'User', name: 'ann' };

const binding = (rule: Partial<PolicyRule> = {}, subject: Subject = ann, namespace?: string): Binding => ({
  namespace,
  subjects: [subject],
  rules: [{ ...invoke, ...rule }],
});
const who = (username: string, ...groups: string[]): Identity => ({ username, groups });
const may = (bindings: readonly Binding[], identity = who('ann'), namespace = 'team', name = 'openai'): boolean =>
  new RBACAuthorizer({ bindings }).authorize(identity, 'invoke', namespace, name).kind === 'Allowed';

describe('permission by RBAC objects', () => {
  test('without a binding nobody may do anything, and is told what is missing', () => {
    const verdict = new RBACAuthorizer({ bindings: [] }).authorize(who('ann', 'devs'), 'invoke', 'team', 'openai');
    expect(verdict).toEqual({
      kind: 'Denied',
      message:
        '"ann" may not invoke "openai" in namespace "team": the verb "invoke" on llmproviders.tidegate.io is missing.',
    });
  });

  test.each<[string, boolean, Partial<PolicyRule>]>([
    ['just the verb, the group and the resource', true, {}],
    ['every verb', true, { verbs: ['get', '*'] }],
    ['another verb', false, { verbs: ['get', 'list', 'Invoke', ''] }],
    ['every API group', true, { apiGroups: ['', '*'] }],
    ['another API group', false, { apiGroups: ['', 'apps', 'tidegate'] }],
    ['every resource', true, { resources: ['*'] }],
    [
      'other resources and subresources',
      false,
      { resources: ['secrets', 'llmproviders/status', 'llmproviders/*', '*/*'] },
    ],
    ['the name', true, { resourceNames: ['azure', 'openai'] }],
    ['other names: `*` is no wildcard among names', false, { resourceNames: ['azure', '*', ''] }],
    ['no API group', false, { apiGroups: [] }],
    ['no resource', false, { resources: [] }],
    ['no verb', false, { verbs: [] }],
  ])('a rule for %s', (_, isAllowed, rule) => {
    expect(may([binding(rule)])).toBe(isAllowed);
  });

  test.each<[string, boolean, Partial<PolicyRule>]>([
    ['just it', true, { resources: ['llmproviders/requests'] }],
    ['every resource', true, { resources: ['*'] }],
    ['it of every resource', true, { resources: ['*/requests'] }],
    ['the name', true, { resources: ['llmproviders/requests'], resourceNames: ['openai'] }],
    ['another name', false, { resources: ['llmproviders/requests'], resourceNames: ['azure'] }],
    ['the object alone', false, { resources: ['llmproviders'] }],
    ['other subresources', false, { resources: ['llmproviders/status', '*/status', 'guardrails/requests'] }],
    ['wildcards that Kubernetes has none of', false, { resources: ['llmproviders/*', '*/*', 'llmproviders/'] }],
    ['another verb', false, { resources: ['*'], verbs: ['invoke', 'list'] }],
  ])('a rule for a subresource: %s', (_, isAllowed, rule) => {
    const authorizer = new RBACAuthorizer({ bindings: [binding({ verbs: ['get'], ...rule })] });
    const verdict = authorizer.authorize(who('ann'), 'get', 'team', 'openai', 'requests');
    expect(verdict.kind).toBe(isAllowed ? 'Allowed' : 'Denied');
    // A rule for a subresource alone gives nothing of the object.
    const own = authorizer.authorize(who('ann'), 'get', 'team', 'openai').kind === 'Allowed';
    expect(own).toBe(
      (rule.verbs ?? ['get']).includes('get') && /^(?:\*|llmproviders)$/.test(rule.resources?.[0] ?? ''),
    );
  });

  test('a subresource of no single provider takes a rule without names, and a denial says what is missing', () => {
    const records: Partial<PolicyRule> = { verbs: ['get'], resources: ['llmproviders/requests'] };
    const ask = (rule: Partial<PolicyRule>) =>
      new RBACAuthorizer({ bindings: [binding(rule, ann, 'team')] }).authorize(
        who('ann'),
        'get',
        'team',
        '',
        'requests',
      );
    expect(ask(records)).toEqual({ kind: 'Allowed' });
    expect(ask({ ...records, resourceNames: ['openai'] })).toEqual({
      kind: 'Denied',
      message:
        '"ann" may not get the requests of all providers in namespace "team": the verb "get" on llmproviders/requests in the API group tidegate.io is missing.',
    });
  });

  test('a verb, a group and a resource must come from one rule', () => {
    const rules = [
      { ...invoke, verbs: ['get'] },
      { ...invoke, resources: ['secrets'] },
    ];
    expect(may([{ namespace: undefined, subjects: [ann], rules }])).toBe(false);
  });

  test('rules with names add up, and one without is for all', () => {
    const some = binding({ resourceNames: ['a'] });
    const more = binding({ resourceNames: ['b'] });
    expect(may([some, more], who('ann'), 'team', 'b')).toBe(true);
    expect(may([some, more], who('ann'), 'team', 'c')).toBe(false);
    expect(may([some, binding(), more], who('ann'), 'team', 'c')).toBe(true);
  });

  test('a binding in a namespace grants nothing outside of it', () => {
    const inTeam = binding({}, ann, 'team');
    expect(may([inTeam])).toBe(true);
    expect(may([inTeam], who('ann'), 'other')).toBe(false);
    expect(may([binding()], who('ann'), 'other')).toBe(true);
  });

  test('a group is not a user of its name, nor a user a group', () => {
    const group = binding({}, { kind: 'Group', name: 'devs' });
    expect(may([group], who('ann', 'ops', 'devs'))).toBe(true);
    expect(may([group], who('devs', 'ops'))).toBe(false);
    expect(may([binding()], who('bob', 'ann'))).toBe(false);
  });

  test('a ServiceAccount is the user that its tokens stand for', () => {
    const account = binding({}, { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' });
    expect(may([account], who('system:serviceaccount:ci:bot'))).toBe(true);
    expect(may([account], who('system:serviceaccount:team:bot'))).toBe(false);
    expect(may([account], who('bot'))).toBe(false);
  });

  test('names of the language itself are names like others', () => {
    const subject: Subject = { kind: 'Group', name: 'constructor' };
    expect(may([binding({ resourceNames: ['__proto__'] }, subject)], who('toString', 'valueOf', '__proto__'))).toBe(
      false,
    );
    expect(may([binding({}, subject, '__proto__')], who('x', 'constructor'), '__proto__')).toBe(true);
  });

  test('verbs are apart', () => {
    const authorizer = new RBACAuthorizer({ bindings: [binding({ verbs: ['get'] })] });
    expect(authorizer.authorize(who('ann'), 'get', 'team', 'openai').kind).toBe('Allowed');
    expect(authorizer.authorize(who('ann'), 'invoke', 'team', 'openai').kind).toBe('Denied');
  });

  test('a policy that is replaced is in force at once for callers who are known already', () => {
    const identity = who('ann');
    const authorizer = new RBACAuthorizer({ bindings: [binding()] });
    const ask = (): string => authorizer.authorize(identity, 'invoke', 'team', 'openai').kind;
    expect(ask()).toBe('Allowed');
    authorizer.setPolicy({ bindings: [] });
    expect(ask()).toBe('Denied');
    authorizer.setPolicy({ bindings: [binding()] });
    expect(ask()).toBe('Allowed');
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { trusted } from '../../../test/support/identity/authentication.ts';
import { claimAt, identityOf } from './claims.ts';

type Mappings = Parameters<typeof identityOf>[1]['claimMappings'];

const judge = (claims: Readonly<Record<string, unknown>>, mappings: Partial<Mappings> = {}, rules: object = {}) =>
  identityOf(claims, {
    ...trusted('https://issuer.example'),
    claimMappings: { username: { claim: 'sub', prefix: '' }, ...mappings },
    claimValidationRules: Object.entries(rules).map(([claim, requiredValue]) => ({ claim, requiredValue })),
  });
const groups = (claim: string, prefix = ''): Partial<Mappings> => ({ groups: { claim, prefix } });
const username = (claim: string, prefix = ''): Partial<Mappings> => ({ username: { claim, prefix } });

describe('the username', () => {
  test('is the claim with its prefix', () => {
    expect(judge({ sub: 'ada' }, username('sub', 'https://issuer.example#'))).toMatchObject({
      username: 'https://issuer.example#ada',
    });
  });

  test.each([
    ['absent', {}],
    ['empty', { sub: '' }],
    ['a number', { sub: 5 }],
    ['a list', { sub: ['ada'] }],
    ['null', { sub: null }],
  ])('is missed by name when the claim is %s', (_name, claims) => {
    expect(judge(claims)).toMatchObject({ kind: 'Refused', problem: expect.stringContaining('in the claim "sub"') });
  });

  test.each([
    ['system:admin', ''],
    ['masters', 'system:'],
    ['stem:serviceaccount:kube-system:default', 'sy'],
  ])('is never one of Kubernetes itself: %s with the prefix "%s"', (sub, prefix) => {
    expect(judge({ sub }, username('sub', prefix))).toMatchObject({ kind: 'Refused', reason: 'claims' });
  });

  test.each([
    [true, true],
    [undefined, true],
    [false, false],
    ['true', false],
    [null, false],
  ])('is an e-mail address only when that is verified (email_verified: %s)', (verified, isAccepted) => {
    const claims = { email: 'ada@example.com', ...(verified === undefined ? {} : { email_verified: verified }) };
    const verdict = judge(claims, username('email'));
    expect('username' in verdict).toBe(isAccepted);
  });

  test.each([
    ['half a character, which the API server takes for U+FFFD as every other half', '\ud800'],
    ['what stands for such a half', 'ada\ufffd'],
    ['a line of its own', 'ada\nroot'],
    ['an end of text', 'ada\u0000'],
    ['a control character of the second set', 'ada\u009b'],
  ])('is no text with %s', (_name, sub) => {
    const verdict = judge({ sub });
    expect(verdict).toMatchObject({ kind: 'Refused', problem: expect.stringContaining('claim "sub"') });
    expect(JSON.stringify(verdict)).not.toContain(sub);
  });

  test.each(['Ärzte 医師', '👩🏽‍🚀', 'a b', "O'Neill", '<ada>'])('may be %s', (sub) => {
    expect(judge({ sub })).toMatchObject({ username: sub });
  });

  test('of another claim asks for no verified address', () => {
    expect(judge({ sub: 'ada', email_verified: false })).toMatchObject({ username: 'ada' });
  });
});

describe('groups', () => {
  test.each<[name: string, claims: Readonly<Record<string, unknown>>, claim: string, expected: readonly string[]]>([
    ['a list', { roles: ['a', 'b'] }, 'roles', ['x:a', 'x:b']],
    ['a text', { roles: 'a' }, 'roles', ['x:a']],
    ['nothing', {}, 'roles', []],
    ['null', { roles: null }, 'roles', []],
    ['a nested list', { realm_access: { roles: ['a'] } }, 'realm_access.roles', ['x:a']],
    ['a name with dots', { 'https://example.com/roles': ['a'] }, 'https://example.com/roles', ['x:a']],
    ['a name with dots before a path', { 'a.b': ['exact'], a: { b: ['path'] } }, 'a.b', ['x:exact']],
    ['empty texts', { roles: ['', 'a'] }, 'roles', ['x:a']],
    ['texts that cannot be read', { roles: ['a\ud800', 'a\nb', 'a'] }, 'roles', ['x:a']],
  ])('from %s', (_name, claims, claim, expected) => {
    expect(judge({ sub: 'ada', ...claims }, groups(claim, 'x:'))).toMatchObject({
      groups: [...expected, 'system:authenticated'],
    });
  });

  test('of Kubernetes itself are dropped, whoever gives them', () => {
    const claims = { sub: 'ada', groups: ['system:masters', 'ops', 'system:authenticated'] };
    expect(judge(claims, groups('groups'))).toMatchObject({ groups: ['ops', 'system:authenticated'] });
  });

  test.each([[{}], [[1]], [5], [[['a']]], [true]])('that are no texts are a mistake that is told: %j', (value) => {
    expect(judge({ sub: 'ada', groups: value }, groups('groups'))).toMatchObject({
      kind: 'Refused',
      problem: expect.stringContaining('"groups"'),
    });
  });

  test('without a mapping are those of everybody', () => {
    expect(judge({ sub: 'ada', groups: ['ops'] })).toEqual({ username: 'ada', groups: ['system:authenticated'] });
  });
});

describe('the agent', () => {
  test.each<[claims: Readonly<Record<string, unknown>>, claim: string | undefined, agent: string | undefined]>([
    [{ azp: 'cli', client_id: 'other' }, undefined, 'cli'],
    [{ client_id: 'ci' }, undefined, 'ci'],
    [{ azp: '' }, undefined, undefined],
    [{ azp: 5 }, undefined, undefined],
    [{ azp: 'cli\n' }, undefined, undefined],
    [{ act: { sub: 'bot' }, azp: 'cli' }, 'act.sub', 'bot'],
    [{ azp: 'cli' }, 'act.sub', undefined],
  ])('of %j by "%s"', (claims, claim, agent) => {
    const identity = judge({ sub: 'ada', ...claims }, claim === undefined ? {} : { agent: { claim } });
    expect('agent' in identity ? identity.agent : undefined).toBe(agent);
  });
});

describe('validation rules', () => {
  test.each<[value: unknown, required: string]>([
    ['acme', 'acme'],
    [true, 'true'],
    [7, '7'],
  ])('hold for %j where "%s" is required', (value, required) => {
    expect(judge({ sub: 'ada', org: value }, {}, { org: required })).toMatchObject({ username: 'ada' });
  });

  test.each<[value: unknown]>([['Acme'], [['acme']], [{ acme: true }], [''], [null]])('do not hold for %j', (value) => {
    const verdict = judge({ sub: 'ada', org: value }, {}, { org: 'acme' });
    expect(verdict).toMatchObject({ kind: 'Refused', problem: expect.stringContaining('"org"') });
    expect(JSON.stringify(verdict)).not.toContain('acme');
  });

  test('name the claim that is missing', () => {
    expect(judge({ sub: 'ada' }, {}, { 'a.b': 'x' })).toMatchObject({
      problem: expect.stringContaining('no claim "a.b"'),
    });
  });
});

test('no path leads to what an object inherits', () => {
  const name = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'a', 'length', 'name');
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(name, { minLength: 1, maxLength: 4 }), (any, path) => {
      const claims = { a: any } as Record<string, unknown>;
      const found = claimAt(claims, path.join('.'));
      expect(typeof found).not.toBe('function');
      if (found !== undefined) expect(path[0]).toBe('a');
    }),
  );
});

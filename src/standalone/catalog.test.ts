import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Catalog } from './catalog.ts';
import { parseFile } from './directory.ts';
import { formatProblem } from './report.ts';
import type { CatalogResult } from './types.ts';

const openai = (fields = '', name = 'openai'): string =>
  `apiVersion: tidegate.io/v1alpha1\nkind: LLMProvider\nmetadata:\n  name: ${name}\nspec:\n  type: OpenAI\n  secretRef:\n    name: keys\n${fields}`;
const secret = (value = 'sk-1', name = 'keys'): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\nstringData:\n  OPENAI_API_KEY: ${value}\n`;

describe('a catalog of manifests', () => {
  let catalog: Catalog;

  beforeEach(() => {
    catalog = new Catalog({ KEY: 'sk-env' });
  });

  const update = (files: Record<string, string>): CatalogResult =>
    catalog.update(Object.entries(files).map(([file, text]) => parseFile({ file, text })));
  const said = (result: CatalogResult) => result.problems.map(formatProblem);
  const outcome = (result: CatalogResult, key = 'default/openai') => result.compile.verdicts.get(key)?.outcome;
  const credential = (result: CatalogResult) => {
    const found = result.compile.table.providers[0]?.credential;
    return found?.kind === 'APIKey' ? found.value.reveal() : undefined;
  };

  test('serves a provider with its Secret from another file', () => {
    const result = update({ 'a.yaml': openai(), 'b.yaml': secret('${KEY}') });
    expect(said(result)).toEqual([]);
    expect(outcome(result)).toEqual({ kind: 'Servable' });
    expect(credential(result)).toBe('sk-env');
    expect(result.providers[0]).toMatchObject({
      metadata: { namespace: 'default', name: 'openai', generation: 1, uid: 'default/openai/1' },
      spec: { enabled: true, timeouts: { connectSeconds: 10 } },
    });
  });

  test('a Secret that is not there is no problem of a manifest but a verdict', () => {
    const result = update({ 'a.yaml': openai() });
    expect(said(result)).toEqual([]);
    expect(outcome(result)).toMatchObject({ kind: 'Broken', reason: 'SecretNotFound' });
  });

  test('a variable that is not set makes the key absent', () => {
    const result = update({ 'a.yaml': openai(), 'b.yaml': secret('${NOPE}') });
    expect(said(result)).toEqual([
      'b.yaml:6:3: Secret/keys: warning: stringData.OPENAI_API_KEY: environment variable "NOPE" is not set; the key counts as absent',
    ]);
    expect(outcome(result)).toMatchObject({ kind: 'Broken', reason: 'SecretKeyNotFound' });
  });

  test('an invalid Secret is not taken for a missing one', () => {
    const result = update({ 'a.yaml': openai(), 'b.yaml': secret('5') });
    expect(said(result)).toHaveLength(1);
    expect(outcome(result)).toMatchObject({ kind: 'Broken', reason: 'SecretUnreadable' });
  });

  test("an invalid manifest is told with file, line and column, in the API server's words", () => {
    const result = update({ 'a.yaml': `# comment\n---\n${openai('  baseURL: ftp://x\n  baseUrl: y\n')}` });
    expect(said(result)).toEqual([
      "a.yaml:11:3: LLMProvider/openai: spec.baseURL: Invalid value: \"ftp://x\": `baseURL` must be an absolute URL with the scheme 'http' or 'https'",
      'a.yaml:12:3: LLMProvider/openai: unknown field "spec.baseUrl"',
    ]);
    expect(result.providers).toEqual([]);
  });

  test('generation rises with the spec only, and uid stays', () => {
    update({ 'a.yaml': openai() });
    const meta = (text: string) => update({ 'a.yaml': text }).providers[0]?.metadata;
    expect(meta(`# moved\n${openai('  enabled: true\n')}`)).toMatchObject({ generation: 1, uid: 'default/openai/1' });
    expect(meta(openai('  enabled: false\n'))).toMatchObject({ generation: 2, uid: 'default/openai/1' });
    expect(meta(openai())).toMatchObject({ generation: 3, uid: 'default/openai/1' });
  });

  test('an object that went and came again is another object', () => {
    update({ 'a.yaml': openai() });
    expect(update({ 'a.yaml': '' }).providers).toEqual([]);
    expect(update({ 'a.yaml': openai() }).providers[0]?.metadata).toMatchObject({
      generation: 1,
      uid: 'default/openai/2',
    });
  });

  test('an invalid change is refused and the last valid version stays in force', () => {
    update({ 'a.yaml': openai('  models: [{name: a}]\n') });
    const result = update({ 'a.yaml': openai('  models: [{name: a b}]\n') });
    expect(said(result)).toEqual([
      'a.yaml:1:1: LLMProvider/openai: refused: the last valid version stays in force',
      expect.stringContaining('spec.models[0].name: Invalid value'),
    ]);
    expect(result.providers[0]).toMatchObject({ metadata: { generation: 1 }, spec: { models: [{ name: 'a' }] } });
  });

  test('the type is immutable while the object exists', () => {
    update({ 'a.yaml': openai() });
    const other = openai('  baseURL: http://ollama:11434/v1\n').replace('OpenAI', 'OpenAICompatible');
    const result = update({ 'a.yaml': other });
    expect(said(result)).toEqual([
      expect.stringContaining('refused: the last valid version stays in force'),
      'a.yaml:6:3: LLMProvider/openai: spec.type: Invalid value: "OpenAICompatible": `type` must not be changed; delete the object and create it anew',
    ]);
    expect(result.providers[0]?.spec.type).toBe('OpenAI');
    update({ 'a.yaml': '' });
    expect(update({ 'a.yaml': other }).providers[0]?.spec.type).toBe('OpenAICompatible');
  });

  test('an invalid change of a Secret is refused too', () => {
    update({ 'a.yaml': openai(), 'b.yaml': secret('sk-1') });
    expect(credential(update({ 'a.yaml': openai(), 'b.yaml': secret('7') }))).toBe('sk-1');
    expect(credential(update({ 'a.yaml': openai(), 'b.yaml': secret('sk-2') }))).toBe('sk-2');
  });

  test('what a broken file held stays in force until the file can be read again', () => {
    update({ 'a.yaml': `${openai()}---\n${secret()}` });
    const broken = update({ 'a.yaml': `${openai()}---\nkind: [` });
    expect(outcome(broken)).toEqual({ kind: 'Servable' });
    expect(said(broken)).toEqual([
      'a.yaml:1:1: the last valid version of what this file held stays in force until it can be read',
      expect.stringMatching(/^a\.yaml:10:/),
    ]);
    expect(said(update({ 'a.yaml': 'kind: [', 'b.yaml': openai(), 'c.yaml': secret() }))).toHaveLength(1);
    update({ 'a.yaml': `${openai()}---\n${secret()}` });
    update({ 'a.yaml': `${openai()}---\nkind: [` });
    expect(outcome(update({ 'a.yaml': openai() }))).toMatchObject({ reason: 'SecretNotFound' });
  });

  test('what a broken file held may be defined elsewhere meanwhile', () => {
    update({ 'a.yaml': openai('  models: [{name: a}]\n') });
    const result = update({ 'a.yaml': 'kind: [', 'b.yaml': openai('  models: [{name: b}]\n') });
    expect(result.providers).toMatchObject([{ spec: { models: [{ name: 'b' }] } }]);
  });

  test('a duplicate does not take over while the file of the first definition is broken', () => {
    const [first, second] = [openai('  models: [{name: a}]\n'), openai('  models: [{name: b}]\n')];
    update({ 'p.yaml': first, 'zz.yaml': second });
    for (const broken of ['kind: [', 'kind: [[']) {
      const result = update({ 'p.yaml': broken, 'zz.yaml': second });
      expect(result.providers).toMatchObject([{ spec: { models: [{ name: 'a' }] }, metadata: { generation: 1 } }]);
      expect(said(result).at(-1)).toBe(
        'zz.yaml:4:3: LLMProvider/openai: LLMProvider "default/openai" is already defined at p.yaml; this definition is ignored',
      );
    }
    expect(update({ 'p.yaml': '', 'zz.yaml': second }).providers).toMatchObject([
      { spec: { models: [{ name: 'b' }] } },
    ]);
  });

  test('what has not changed is the same object as before', () => {
    const files = [openai(), openai('', 'other'), secret()].map((text, index) =>
      parseFile({ file: `${index}.yaml`, text }),
    );
    const before = catalog.update(files);
    const after = catalog.update([
      ...files.slice(0, 1),
      parseFile({ file: '1.yaml', text: openai('  models: [{name: a}]\n', 'other') }),
      ...files.slice(2),
    ]);
    expect(after.providers[0]).toBe(before.providers[0]);
    expect(after.providers[1]).toMatchObject({ metadata: { generation: 2 }, spec: { models: [{ name: 'a' }] } });
  });

  test('of two definitions the first counts, and the problem names both places', () => {
    const result = update({ 'a.yaml': openai(), 'b.yaml': `\n${openai('  enabled: false\n')}` });
    expect(said(result)).toEqual([
      'b.yaml:5:3: LLMProvider/openai: LLMProvider "default/openai" is already defined at a.yaml:1:1; this definition is ignored',
    ]);
    expect(result.providers).toMatchObject([{ spec: { enabled: true } }]);
  });

  test('the same name in two namespaces is two objects, an explicit default namespace is not', () => {
    const named = (namespace: string) =>
      openai().replace('  name: openai', `  namespace: ${namespace}\n  name: openai`);
    expect(update({ 'a.yaml': openai(), 'b.yaml': named('team') }).providers).toHaveLength(2);
    expect(said(update({ 'a.yaml': openai(), 'b.yaml': named('default') }))).toHaveLength(1);
  });

  test('other kinds are ignored, unknown kinds of the group are not', () => {
    const result = update({
      'a.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n---\napiVersion: config.tidegate.io/v1alpha1\nkind: TidegateConfiguration\n',
      'b.yaml':
        'apiVersion: tidegate.io/v1alpha1\nkind: LLMProvidr\nmetadata: {name: x}\n---\napiVersion: tidegate.io/v2\nkind: LLMProvider\n',
      'c.yaml': 'kind: LLMProvider\n',
    });
    const known = ': tidegate.io/v1alpha1 has LLMProvider, Guardrail';
    expect(said(result)).toEqual([
      `b.yaml:2:1: LLMProvidr/x: no matches for kind "LLMProvidr" in version "tidegate.io/v1alpha1"${known}`,
      `b.yaml:6:1: no matches for kind "LLMProvider" in version "tidegate.io/v2"${known}`,
      'c.yaml:1:1: a manifest must have `apiVersion` and `kind`',
    ]);
    expect(result.ignored.map(({ kind }) => kind)).toEqual(['Deployment', 'TidegateConfiguration']);
  });

  test('a broken document never changes what others come to', () => {
    const junk = fc.constantFrom(
      'kind: [',
      'a: *b',
      '- x',
      secret('5', 'other'),
      openai('  foo: 1\n', 'other'),
      '"',
      'apiVersion: tidegate.io/v1\nkind: X',
    );
    const valid = update({ 'm.yaml': `${openai()}---\n${secret()}` });
    fc.assert(
      fc.property(fc.array(junk), fc.array(junk), (before, after) => {
        const text = [...before, openai(), secret(), ...after].join('\n---\n');
        const result = new Catalog({}).update([parseFile({ file: 'm.yaml', text })]);
        expect(result.compile.table).toEqual(valid.compile.table);
        expect(result.problems.length).toBeGreaterThanOrEqual(new Set([...before, ...after]).size);
      }),
      { numRuns: 50 },
    );
  });

  test('no problem tells a secret', () => {
    const bad = 'apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\n';
    const texts = [
      'data: {a: sk-secret}',
      'stringData: {a: [sk-secret]}',
      'stringData: sk-secret',
      'stringdata: {a: sk-secret}',
      'stringData: {a: "${sk-secret"}',
      'type: [sk-secret]',
    ];
    for (const text of texts) {
      const problems = said(update({ 'a.yaml': bad + text }));
      expect(problems).not.toEqual([]);
      expect(problems.join('\n')).not.toContain('sk-secret');
    }
  });

  describe('with Guardrails', () => {
    const guarded = openai('  guardrailRefs:\n    - name: pii\n');
    const pii = (fields = '', action = 'Mask'): string =>
      `apiVersion: tidegate.io/v1alpha1\nkind: Guardrail\nmetadata:\n  name: pii\nspec:\n  pii:\n    entities:\n      - type: Email\n        action: ${action}\n${fields}`;
    const tests = (action: string): string =>
      `  tests:\n    - name: mail\n      direction: Input\n      text: me@x.org\n      expect: {action: ${action}}\n`;
    const actionOf = (result: CatalogResult) => result.compile.table.guardrails[0]?.pii.entities[0]?.action;

    test('serves a provider under the Guardrail of another file', () => {
      const result = update({ 'a.yaml': guarded, 'b.yaml': pii(tests('Mask')), 'c.yaml': secret() });
      expect(said(result)).toEqual([]);
      expect(outcome(result)).toEqual({ kind: 'Servable' });
      expect(result.guardrails[0]).toMatchObject({
        metadata: { namespace: 'default', name: 'pii', generation: 1, uid: 'default/pii/1' },
        spec: { mode: 'Enforce', failurePolicy: 'Closed', streaming: { holdBackCharacters: 256 } },
      });
      expect(result.compile.guardrails.get('default/pii')).toMatchObject({ testsPassed: '1/1', usedBy: 1 });
      expect(actionOf(result)).toBe('Mask');
    });

    test('one that is not there, or goes, takes its providers out of service until it comes', () => {
      const others = { 'a.yaml': guarded, 'c.yaml': secret() };
      expect(outcome(update(others))).toMatchObject({ reason: 'GuardrailNotFound' });
      expect(outcome(update({ ...others, 'b.yaml': pii() }))).toEqual({ kind: 'Servable' });
      const without = update(others);
      expect(outcome(without)).toMatchObject({ reason: 'GuardrailNotFound' });
      expect(without.compile.table.providers[0]?.availability.state).toBe('Unavailable');
      expect(without.compile.table.guardrails).toEqual([]);
      expect(said(without)).toEqual([]);
    });

    test('a change is in force with the next reading, and its generation rises', () => {
      const others = { 'a.yaml': guarded, 'c.yaml': secret() };
      update({ ...others, 'b.yaml': pii() });
      const result = update({ ...others, 'b.yaml': pii('', 'Block') });
      expect(actionOf(result)).toBe('Block');
      expect(result.guardrails[0]?.metadata).toMatchObject({ generation: 2, uid: 'default/pii/1' });
      expect(outcome(result)).toEqual({ kind: 'Servable' });
    });

    test('what fails its own tests is not ready, and nothing is served under what it was before', () => {
      const others = { 'a.yaml': guarded, 'c.yaml': secret() };
      update({ ...others, 'b.yaml': pii(tests('Mask')) });
      const result = update({ ...others, 'b.yaml': pii(tests('Block')) });
      expect(outcome(result)).toEqual({
        kind: 'Broken',
        reason: 'GuardrailNotReady',
        message: 'guardrail "default/pii" is not ready: TestsFailed',
      });
      expect(result.compile.guardrails.get('default/pii')?.outcome).toMatchObject({ reason: 'TestsFailed' });
    });

    test('an invalid change is refused, the last valid version stays in force, and it is said', () => {
      const others = { 'a.yaml': guarded, 'c.yaml': secret() };
      update({ ...others, 'b.yaml': pii() });
      const result = update({ ...others, 'b.yaml': pii('  mode: Audt\n', 'Block') });
      expect(said(result)).toEqual([
        'b.yaml:1:1: Guardrail/pii: refused: the last valid version stays in force',
        expect.stringMatching(/^b\.yaml:10:3: Guardrail\/pii: spec\.mode: Unsupported value: "Audt"/),
        expect.anything(),
      ]);
      expect([actionOf(result), outcome(result)]).toEqual(['Mask', { kind: 'Servable' }]);
    });

    test('one that was never valid is not taken for a missing one', () => {
      const result = update({ 'a.yaml': guarded, 'b.yaml': pii('  rules: []\n'), 'c.yaml': secret() });
      expect(said(result)).toHaveLength(1);
      expect(outcome(result)).toEqual({
        kind: 'Broken',
        reason: 'GuardrailUnreadable',
        message: 'guardrail "default/pii" can\'t be read: its manifest is invalid',
      });
    });

    test('what a broken file held stays in force until the file can be read again', () => {
      const others = { 'a.yaml': guarded, 'c.yaml': secret() };
      update({ ...others, 'b.yaml': pii() });
      expect(outcome(update({ ...others, 'b.yaml': 'kind: [' }))).toEqual({ kind: 'Servable' });
      expect(outcome(update({ ...others, 'b.yaml': '' }))).toMatchObject({ reason: 'GuardrailNotFound' });
    });

    test('one that has not changed is compiled once, and so are its providers', () => {
      const texts = { 'a.yaml': guarded, 'b.yaml': pii(), 'c.yaml': secret() };
      const files = Object.entries(texts).map(([file, text]) => parseFile({ file, text }));
      const before = catalog.update(files).compile.table;
      const after = catalog.update([...files, parseFile({ file: 'd.yaml', text: openai('', 'other') })]).compile.table;
      expect(after.guardrails[0]).toBe(before.guardrails[0]);
      expect(after.providers[0]).toBe(before.providers[0]);
    });

    test('one of another namespace is another', () => {
      const elsewhere = pii().replace('  name: pii', '  namespace: team\n  name: pii');
      const result = update({ 'a.yaml': guarded, 'b.yaml': elsewhere, 'c.yaml': secret() });
      expect(outcome(result)).toMatchObject({ reason: 'GuardrailNotFound' });
    });
  });
});

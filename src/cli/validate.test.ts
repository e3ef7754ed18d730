import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runValidate, type ValidateOptions } from './validate.ts';

const provider = (fields: string, name = 'openai'): string => `apiVersion: tidegate.io/v1alpha1
kind: LLMProvider
metadata:
  name: ${name}
spec:
${fields}`;
const openai = provider('  type: OpenAI\n  secretRef:\n    name: keys\n');
const secret = (data: string, name = 'keys'): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n${data}\n`;

describe('tidegate validate', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'tidegate-validate-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const write = async (files: Record<string, string>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text);
  };

  const validate = async (options: Partial<ValidateOptions> = {}, env: Record<string, string> = {}) => {
    let out = '';
    let err = '';
    const io = {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
      env,
      signal: new AbortController().signal,
    };
    const status = await runValidate({ arguments: [directory], ...options }, io);
    return { status, out: out.replaceAll(`${directory}/`, ''), err };
  };

  test('a path that is not there is called by its name, without a code of the system', async () => {
    await expect(validate({ arguments: [path.join(directory, 'nope')] })).rejects.toThrow(
      /nope: there is no such file or directory$/,
    );
  });

  test('says nothing to what is valid', async () => {
    await write({ 'a.yaml': `${openai}---\n${secret('stringData: {OPENAI_API_KEY: x}')}` });
    expect(await validate()).toEqual({ status: 0, out: '', err: '1 file, 2 objects: 0 errors, 0 warnings\n' });
  });

  test('says which directories within it has not read', async () => {
    await write({ 'a.yaml': secret('stringData: {OPENAI_API_KEY: x}') });
    await mkdir(path.join(directory, '.git'));
    const unread = path.join(directory, 'manifests');
    await mkdir(unread);
    const summary = '1 file, 1 object: 0 errors, 0 warnings\n';
    expect((await validate()).err).toBe(
      `${directory}: directories within are read when they are named, too: manifests\n${summary}`,
    );
    expect((await validate({ arguments: [directory, unread] })).err).toBe(summary);
  });

  test('says what the API server would say, with file, line and column', async () => {
    await write({ 'a.yaml': openai, 'b.yaml': provider('  type: Foo\n  foo: 1\n', 'other') });
    const { status, out } = await validate();
    expect(status).toBe(1);
    expect(out.trimEnd().split('\n')).toEqual([
      'a.yaml:7:3: LLMProvider/openai: warning: SecretNotFound: secret "default/keys" not found',
      'b.yaml:6:3: LLMProvider/other: spec.type: Unsupported value: "Foo": supported values: "OpenAI", "Anthropic", "GoogleAI", "Bedrock", "OpenAICompatible"',
      'b.yaml:6:3: LLMProvider/other: <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
      'b.yaml:7:3: LLMProvider/other: unknown field "spec.foo"',
    ]);
  });

  test('a Secret that is not among the files is a warning, and an error with --strict', async () => {
    await write({ 'a.yaml': openai });
    const line = 'a.yaml:7:3: LLMProvider/openai: warning: SecretNotFound: secret "default/keys" not found\n';
    expect(await validate()).toEqual({ status: 0, out: line, err: '1 file, 1 object: 0 errors, 1 warning\n' });
    expect(await validate({ strict: true })).toMatchObject({ status: 1, out: line });
  });

  test('a variable that is not set here is one warning, at the Secret', async () => {
    await write({ 'a.yaml': openai, 'b.yaml': secret('stringData: {OPENAI_API_KEY: "${KEY}"}') });
    const { status, out } = await validate();
    expect([status, out]).toEqual([
      0,
      'b.yaml:5:14: Secret/keys: warning: stringData.OPENAI_API_KEY: environment variable "KEY" is not set; the key counts as absent\n',
    ]);
    expect(await validate({}, { KEY: 'sk-1' })).toMatchObject({ status: 0, out: '' });
  });

  test.each([
    ['lacks the key', 'stringData: {OTHER: x}', 'SecretKeyNotFound: secret "default/keys" has no key "OPENAI_API_KEY"'],
    [
      'has it empty',
      'stringData: {OPENAI_API_KEY: ""}',
      'SecretKeyEmpty: key "OPENAI_API_KEY" of secret "default/keys" is empty',
    ],
  ])('a Secret among the files that %s is an error at the reference', async (_, data, message) => {
    await write({ 'a.yaml': openai, 'b.yaml': secret(data) });
    expect(await validate()).toMatchObject({ status: 1, out: `a.yaml:7:3: LLMProvider/openai: ${message}\n` });
  });

  test('a CA that cannot be used is an error at its reference', async () => {
    await write({
      'a.yaml': provider(
        '  type: OpenAICompatible\n  baseURL: https://llm.example.com\n  tls:\n    caSecretRef:\n      name: ca\n',
        'vllm',
      ),
      'b.yaml': secret('stringData: {ca.crt: no certificate}', 'ca'),
    });
    expect(await validate()).toMatchObject({
      status: 1,
      out: expect.stringContaining('a.yaml:9:5: LLMProvider/vllm: InvalidSpec: '),
    });
  });

  test('a CA of a webhook that cannot be used is an error at its reference', async () => {
    await write({
      'a.yaml': `apiVersion: tidegate.io/v1alpha1
kind: Guardrail
metadata: {name: judged}
spec:
  contentPolicies:
    evaluator:
      http:
        url: https://judge.example.com
        tls:
          caSecretRef:
            name: ca
`,
      'b.yaml': secret('stringData: {ca.crt: no certificate}', 'ca'),
    });
    expect(await validate()).toMatchObject({
      status: 1,
      out: expect.stringContaining('a.yaml:10:11: Guardrail/judged: InvalidSpec: '),
    });
  });

  const bedrock = provider(
    `  type: Bedrock
  bedrock:
    region: eu-central-1
    credentials:
      type: StaticKeys
      staticKeys:
        accessKeyIDRef: {name: keys}
        secretAccessKeyRef: {name: keys}
        sessionTokenRef: {name: session}
`,
    'bedrock',
  );

  test.each([
    [
      'a key of a Secret is missing',
      [secret('stringData: {AWS_ACCESS_KEY_ID: x}'), secret('stringData: {AWS_SESSION_TOKEN: x}', 'session')],
      'a.yaml:13:9: LLMProvider/bedrock: SecretKeyNotFound: secret "default/keys" has no key "AWS_SECRET_ACCESS_KEY"',
    ],
    [
      'a Secret is missing',
      [secret('stringData: {AWS_ACCESS_KEY_ID: x, AWS_SECRET_ACCESS_KEY: x}')],
      'a.yaml:14:9: LLMProvider/bedrock: warning: SecretNotFound: secret "default/session" not found',
    ],
    [
      'a key is missing in one Secret, and a variable is not set in another',
      [
        secret('stringData: {AWS_ACCESS_KEY_ID: x, AWS_SECRET_ACCESS_KEY: "${KEY}"}'),
        secret('stringData: {a: x}', 'session'),
      ],
      'a.yaml:14:9: LLMProvider/bedrock: SecretKeyNotFound: secret "default/keys" has no key "AWS_SECRET_ACCESS_KEY"; secret "default/session" has no key "AWS_SESSION_TOKEN"',
    ],
  ])('of an access key it is told at the right reference that %s', async (_, secrets, line) => {
    await write({ 'a.yaml': bedrock, 'b.yaml': secrets.join('---\n') });
    expect((await validate()).out).toContain(`${line}\n`);
  });

  test('an invalid Secret is told once, where it is', async () => {
    await write({ 'a.yaml': openai, 'b.yaml': secret('stringData: {OPENAI_API_KEY: 5}') });
    const { status, out } = await validate();
    expect(status).toBe(1);
    expect(out).toBe(
      'b.yaml:5:14: Secret/keys: stringData.OPENAI_API_KEY: Invalid value: must be a string; put the value into quotes\n',
    );
  });

  describe('of Guardrails', () => {
    const guardrail = (spec: string, name = 'pii'): string =>
      `apiVersion: tidegate.io/v1alpha1\nkind: Guardrail\nmetadata:\n  name: ${name}\nspec:\n${spec}`;
    const email = '  pii:\n    entities:\n      - {type: Email, action: Mask}\n';
    const vllm = (fields: string): string =>
      provider(`  type: OpenAICompatible\n  baseURL: https://llm.example.com\n${fields}`, 'vllm');
    const guarded = vllm('  guardrailRefs:\n    - name: pii\n    - name: secrets\n');

    test('runs their tests, and says of each that fails where it is and what came of it', async () => {
      const tests = [
        '{name: masked, direction: Input, text: me@x.org, expect: {action: Mask, text: "{EMAIL}"}}',
        '{name: let pass, direction: Output, text: me@x.org, expect: {action: Allow}}',
        '{name: blocked, direction: Output, text: nothing, expect: {action: Block}}',
      ];
      await write({ 'a.yaml': guardrail(`${email}  tests:\n${tests.map((each) => `    - ${each}\n`).join('')}`) });
      expect(await validate()).toEqual({
        status: 1,
        out:
          'a.yaml:11:7: Guardrail/pii: TestsFailed: test "let pass" failed: expected Allow, got Mask to "{EMAIL}"\n' +
          'a.yaml:12:7: Guardrail/pii: TestsFailed: test "blocked" failed: expected Block, got Allow\n',
        err: '1 file, 1 object: 2 errors, 0 warnings\n',
      });
    });

    test('says of every pattern that is none, and of every word that nobody sees, where it is', async () => {
      const regexes = ['x+', '(a', '[b'].map(
        (pattern, i) => `      - {name: r${i}, pattern: "${pattern}", action: Mask}\n`,
      );
      const words = '  wordFilters:\n    - name: w\n      words: [a, "\\u200b"]\n      action: Mask\n';
      await write({
        'a.yaml': guardrail(`  pii:\n    regexes:\n${regexes.join('')}`),
        'b.yaml': guardrail(words, 'words'),
      });
      const { status, out } = await validate();
      expect(status).toBe(1);
      expect(out.trimEnd().split('\n')).toEqual([
        expect.stringMatching(
          /^a\.yaml:9:20: Guardrail\/pii: InvalidPattern: `pii\.regexes\[1\]\.pattern` at character /,
        ),
        expect.stringMatching(
          /^a\.yaml:10:20: Guardrail\/pii: InvalidPattern: `pii\.regexes\[2\]\.pattern` at character /,
        ),
        expect.stringMatching(
          /^b\.yaml:8:18: Guardrail\/words: InvalidSpec: `wordFilters\[0\]\.words\[1\]` has no visible /,
        ),
      ]);
    });

    test('one that is not among the files is a warning at its reference, also beside a missing Secret', async () => {
      const openaiToo = provider('  type: OpenAI\n  secretRef:\n    name: keys\n  guardrailRefs: [{name: secrets}]\n');
      await write({ 'a.yaml': guarded, 'b.yaml': guardrail(email), 'c.yaml': openaiToo });
      const lines = [
        'a.yaml:10:7: LLMProvider/vllm: warning: GuardrailNotFound: guardrail "default/secrets" not found',
        'c.yaml:7:3: LLMProvider/openai: warning: SecretNotFound: secret "default/keys" not found',
        'c.yaml:9:19: LLMProvider/openai: warning: GuardrailNotFound: guardrail "default/secrets" not found',
      ];
      expect(await validate()).toMatchObject({ status: 0, out: `${lines.join('\n')}\n` });
      expect(await validate({ strict: true })).toMatchObject({ status: 1 });
    });

    test('one that is invalid is told once, where it is, and a disabled provider needs none', async () => {
      await write({
        'a.yaml': guarded,
        'b.yaml': guardrail('  pii: {faces: []}\n'),
        'c.yaml': guardrail(
          `${email}  tests: [{name: t, direction: Input, text: a, expect: {action: Mask}}]\n`,
          'secrets',
        ),
        'd.yaml': vllm('  enabled: false\n  guardrailRefs: [{name: elsewhere}]\n').replace('name: vllm', 'name: idle'),
      });
      const { out } = await validate();
      expect(out.trimEnd().split('\n')).toEqual([
        expect.stringContaining('b.yaml:'),
        expect.stringContaining('b.yaml:'),
        expect.stringContaining('c.yaml:9:11: Guardrail/secrets: TestsFailed: '),
      ]);
    });

    test('one that moderates through a provider that cannot be asked is a warning, since it is Ready all the same', async () => {
      const moderated = guardrail(
        '  contentPolicies:\n    filters: [{category: Hate, inputStrength: Low}]\n    evaluator:\n      openAIModeration:\n        providerRef: {name: vllm}\n',
      );
      const line = (why: string): string =>
        `a.yaml:10:9: Guardrail/pii: warning: every check fails: provider "default/vllm" ${why}\n`;
      await write({ 'a.yaml': moderated, 'b.yaml': '' });
      expect(await validate()).toMatchObject({ status: 0, out: line('not found') });
      await write({ 'b.yaml': vllm('  enabled: false\n') });
      expect(await validate({ strict: true })).toMatchObject({ status: 1, out: line('is disabled') });
      await write({ 'b.yaml': vllm('') });
      expect(await validate({ strict: true })).toMatchObject({ status: 0, out: '' });
    });

    test('one of another group that is called the same is none', async () => {
      const other = guardrail(email, 'secrets').replace(/apiVersion: .*/, 'apiVersion: example.com/v1');
      await write({ 'a.yaml': guarded, 'b.yaml': guardrail(email), 'c.yaml': other });
      expect((await validate()).out).toContain('GuardrailNotFound: guardrail "default/secrets" not found');
    });

    const webhook = guardrail(
      '  contentPolicies:\n    filters: [{category: Hate, inputStrength: Low}]\n    evaluator:\n      http:\n        url: https://judge.example.com\n        secretRef: {name: judge, key: token}\n',
    );

    test.each([
      [
        'that is not among the files is a warning',
        [],
        'a.yaml:11:9: Guardrail/pii: warning: SecretNotFound: secret "default/judge" not found',
      ],
      [
        'that lacks the key is an error',
        [secret('stringData: {OTHER: x}', 'judge')],
        'a.yaml:11:9: Guardrail/pii: SecretKeyNotFound: secret "default/judge" has no key "token"',
      ],
      ['of which a variable is not set is told there', [secret('stringData: {token: "${TOKEN}"}', 'judge')], undefined],
      ['that is there is nothing to tell', [secret('stringData: {token: x}', 'judge')], undefined],
    ])('a Secret of one %s', async (_, secrets, line) => {
      await write({ 'a.yaml': webhook, 'b.yaml': secrets.join('---\n') });
      const { out } = await validate();
      if (line === undefined) expect(out).not.toContain('Guardrail/pii');
      else expect(out).toBe(`${line}\n`);
    });

    test('what is wrong with a Secret is told beside a missing Guardrail', async () => {
      const spec = '  type: OpenAI\n  secretRef:\n    name: keys\n  guardrailRefs: [{name: pii}]\n';
      await write({ 'a.yaml': provider(spec), 'b.yaml': secret('stringData: {OTHER: x}') });
      expect(await validate()).toMatchObject({
        status: 1,
        out:
          'a.yaml:7:3: LLMProvider/openai: SecretKeyNotFound: secret "default/keys" has no key "OPENAI_API_KEY"\n' +
          'a.yaml:9:19: LLMProvider/openai: warning: GuardrailNotFound: guardrail "default/pii" not found\n',
      });
    });

    test('says the same to machines', async () => {
      await write({ 'a.yaml': guardrail('  pii: {regexes: [{name: r, pattern: "(", action: Mask}]}\n') });
      expect(JSON.parse((await validate({ output: 'json' })).out)).toMatchObject({
        objects: 1,
        errors: 1,
        problems: [
          {
            severity: 'error',
            line: 6,
            column: 29,
            object: { kind: 'Guardrail', namespace: 'default', name: 'pii' },
            message: expect.stringMatching(/^InvalidPattern: /),
          },
        ],
      });
    });
  });

  test('objects of other namespaces are named with theirs', async () => {
    await write({ 'a.yaml': openai.replace('metadata:', 'metadata:\n  namespace: team') });
    expect((await validate()).out).toBe(
      'a.yaml:8:3: LLMProvider/team/openai: warning: SecretNotFound: secret "team/keys" not found\n',
    );
  });

  test('files may be named, whatever they are called, and count once', async () => {
    await write({ 'a.txt': openai });
    const file = path.join(directory, 'a.txt');
    expect(await validate({ arguments: [file, file, directory] })).toMatchObject({
      status: 0,
      err: '1 file, 1 object: 0 errors, 1 warning\n',
    });
  });

  test('-o json is for machines', async () => {
    await write({ 'a.yaml': openai });
    const { out } = await validate({ output: 'json' });
    expect(JSON.parse(out)).toEqual({
      files: 1,
      objects: 1,
      errors: 0,
      warnings: 1,
      problems: [
        {
          severity: 'warning',
          file: 'a.yaml',
          line: 7,
          column: 3,
          object: { kind: 'LLMProvider', namespace: 'default', name: 'openai' },
          message: 'SecretNotFound: secret "default/keys" not found',
        },
      ],
    });
  });

  test('a path that is not there is a wrong call', async () => {
    await expect(validate({ arguments: [path.join(directory, 'nowhere')] })).rejects.toMatchObject({
      name: 'CommandError',
      status: 2,
    });
  });

  test('nothing to validate is a wrong call', async () => {
    await write({ 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' });
    await expect(validate()).rejects.toThrow(/^no LLMProvider, Guardrail, Secret, role, binding or configuration in /);
  });

  test('says of a configuration and of a price list what the process would say that is started with them', async () => {
    const head = 'apiVersion: config.tidegate.io/v1alpha1\nkind: ';
    const issuer = 'authentication: {jwt: [{issuer: {url: "https://a.b", audiences: [c]}}]}\n';
    await write({
      'config.yaml': `${head}TidegateConfiguration\n${issuer}`,
      'prices.yaml': `${head}PriceList\nprices: {OpenAI: {gpt-4o: {input: 1}}}\n`,
    });
    expect(await validate()).toEqual({ status: 0, out: '', err: '2 files, 2 objects: 0 errors, 0 warnings\n' });
    await write({
      'config.yaml': `${head}TidegateConfiguration\nlimits: {openRequest: 1}\n`,
      'prices.yaml': `${head}PriceList\nprices: {OpenAI: {gpt-4o: {imput: 1}}}\n`,
    });
    const { status, out } = await validate();
    expect(status).toBe(1);
    expect(out.trimEnd().split('\n')).toEqual([
      'config.yaml:3:10: unknown field "limits.openRequest"',
      'prices.yaml:3:28: unknown field "prices.OpenAI.gpt-4o.imput"',
    ]);
    const { out: json } = await validate({ output: 'json' });
    expect(JSON.parse(json)).toMatchObject({
      objects: 2,
      problems: [
        { line: 3, column: 10 },
        { line: 3, column: 28 },
      ],
    });
  });
});

/** `tidegate provider create|enable|disable|delete` and `token --service-account`, against a real API server. */
import { execFile, spawn } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { Machine, type Outcome } from '../support/cli/machine.ts';
import { mainFile } from '../support/gateway/process.ts';
import { connectControlPlane, describeControlPlane, waitFor, type Connection } from '../support/control-plane/index.ts';

const KEY = 'sk-of-the-test-51b2c7';

interface Provider {
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

describeControlPlane('providers of a cluster', () => {
  let cluster: Connection;
  let machine: Machine;
  let namespace: string;

  beforeAll(async () => {
    cluster = connectControlPlane();
    await cluster.installCustomResources('crds');
    namespace = await cluster.createNamespace('cli');
    machine = new Machine({ KUBECONFIG: cluster.adminKubeconfig });
  });

  afterAll(async () => {
    machine[Symbol.dispose]();
    await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
  });

  const provider = async (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
    machine.run(['provider', ...args], { env: { TIDEGATE_NAMESPACE: namespace, ...env } });
  const read = async (name: string): Promise<Provider> => cluster.get<Provider>('llmprovider', name, '-n', namespace);

  test('one is created with its Secret, and the key is told to nobody', async () => {
    const args = [
      'create',
      'Größe & Co.',
      '--type',
      'OpenAI',
      '--models',
      'gpt-5',
      'gpt-5-mini',
      '--secret-from-env',
      'MY_KEY',
    ];
    const outcome = await provider([...args, '--apply'], { MY_KEY: KEY });
    expect(outcome).toEqual({
      status: 0,
      stdout: '',
      stderr:
        `LLMProvider "${namespace}/grosse-co" is created, with its Secret.\n` +
        `hint: tidegate provider test grosse-co -n ${namespace}\n`,
    });
    expect((await read('grosse-co')).spec).toMatchObject({
      displayName: 'Größe & Co.',
      secretRef: { name: 'grosse-co' },
      models: [{ name: 'gpt-5' }, { name: 'gpt-5-mini' }],
    });
    const { data } = await cluster.get<{ data: Record<string, string> }>('secret', 'grosse-co', '-n', namespace);
    expect(data).toEqual({ OPENAI_API_KEY: Buffer.from(KEY).toString('base64') });
    const printed = await provider(args, { MY_KEY: KEY });
    expect(printed.stdout).toContain('OPENAI_API_KEY: ${MY_KEY}');
    expect(`${printed.stdout}${printed.stderr}`).not.toContain(KEY);
  });

  test('one that is there is not written over, nor is its Secret', async () => {
    const file = machine.write('key', 'another\n');
    const again = await provider([
      'create',
      'x',
      '--name',
      'grosse-co',
      '--type',
      'OpenAI',
      '--secret-from-file',
      file,
      '--apply',
    ]);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('already exists');
    const other = [
      'create',
      'other',
      '--type',
      'OpenAI',
      '--secret',
      'grosse-co',
      '--secret-from-file',
      file,
      '--apply',
    ];
    const taken = await provider(other);
    expect(taken.stderr).toContain(`cannot create Secret "${namespace}/grosse-co": `);
    await expect(read('other')).rejects.toThrow('not found');
    const { data } = await cluster.get<{ data: Record<string, string> }>('secret', 'grosse-co', '-n', namespace);
    expect(data).toEqual({ OPENAI_API_KEY: Buffer.from(KEY).toString('base64') });
  });

  test.each([
    ['OpenAI', ['--secret', 's']],
    ['OpenAI', ['--secret', 's', '--secret-key', 'own', '--base-url', 'https://a.openai.azure.com/openai/v1']],
    ['Anthropic', ['--passthrough']],
    ['GoogleAI', ['--secret', 's']],
    ['Bedrock', ['--region', 'eu-central-1']],
    ['OpenAICompatible', ['--base-url', 'http://vllm.models.svc:8000/v1']],
  ])('the YAML for %s %j is what the API server and validate take', async (type, args) => {
    const { stdout, stderr, status } = await provider(['create', `A ${type}`, '--type', type, ...args]);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(parseAllDocuments(stdout)).toHaveLength(1);
    await cluster.apply(stdout, '--dry-run=server');
    const validated = await machine.run(['validate', machine.write('provider.yaml', stdout)]);
    expect(validated).toMatchObject({ status: 0, stderr: expect.stringContaining('0 errors') });
  });

  test('what would not be valid is told in the words of the API server', async () => {
    const { status, stderr } = await provider(['create', 'x', '--type', 'Bedrock', '--region', '7']);
    expect(status).toBe(2);
    expect(stderr).toContain('spec.bedrock.region: Invalid value: "7": `region` must be the name of an AWS region');
  });

  test('one is disabled and enabled, and nothing else of it changes', async () => {
    const before = (await read('grosse-co')).spec;
    expect(await provider(['disable', 'grosse-co'])).toMatchObject({ status: 0 });
    expect((await read('grosse-co')).spec).toEqual({ ...before, enabled: false });
    expect(await provider(['enable', 'grosse-co'])).toMatchObject({ status: 0 });
    expect((await read('grosse-co')).spec).toEqual({ ...before, enabled: true });
  });

  test('what is not there, or not allowed, is told', async () => {
    const absent = await provider(['disable', 'nothing']);
    expect(absent.status).toBe(1);
    expect(absent.stderr).toContain(`cannot disable LLMProvider "${namespace}/nothing": `);
    await cluster.createServiceAccount(namespace, 'nobody');
    const kubeconfig = await cluster.kubeconfigForServiceAccount(namespace, 'nobody');
    const forbidden = await provider(['disable', 'grosse-co', '--kubeconfig', kubeconfig]);
    expect(forbidden.status).toBe(4);
    expect(forbidden.stderr).toContain('is forbidden');
    const unreachable = await provider(['enable', 'x', '--context', 'nothing']);
    expect(unreachable.stderr).toContain('there is no context "nothing"');
  });

  test('a person is asked for what is missing, and whether they mean it', async () => {
    const made = await typed('provider create --apply', [
      'My vLLM\r',
      '\r',
      '\u001b[A\r',
      'http://vllm:8000/v1\r',
      '\r',
      'a b\r',
    ]);
    expect(made).toContain('is created.');
    expect((await read('my-vllm')).spec).toMatchObject({
      displayName: 'My vLLM',
      type: 'OpenAICompatible',
      baseURL: 'http://vllm:8000/v1',
      models: [{ name: 'a' }, { name: 'b' }],
    });
    expect(await typed('provider delete my-vllm', ['\r'])).toContain('is not deleted');
    await read('my-vllm');
    expect(await typed('provider delete my-vllm', ['y'])).toContain('is deleted');
    await expect(read('my-vllm')).rejects.toThrow('not found');
  });

  /** Runs a command on a terminal, and gives each answer when it asks again. */
  async function typed(command: string, answers: readonly string[]): Promise<string> {
    const env = { ...machine.env, TIDEGATE_NAMESPACE: namespace, TERM: 'xterm', CI: '' };
    const line = `stty cols 120 rows 40; "${process.execPath}" "${mainFile()}" ${command}`;
    const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: machine.home, env });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text));
    const ended = new Promise((resolve) => child.once('close', resolve));
    for (const [i, answer] of answers.entries()) {
      // A diamond stands before each question that is open.
      await waitFor(`question ${String(i + 1)}`, () => new Set(screen.match(/◆[^\r\n]*/g)).size > i);
      child.stdin.write(answer);
    }
    await ended;
    return screen;
  }

  test('one is deleted by somebody who says so; its Secret is left', async () => {
    const unasked = await provider(['delete', 'grosse-co']);
    expect(unasked).toEqual({
      status: 2,
      stdout: '',
      stderr: 'tidegate: "grosse-co" is not deleted: there is nobody to ask\nhint: add --yes\n',
    });
    expect(await provider(['delete', 'grosse-co', '--yes'])).toMatchObject({ status: 0 });
    await expect(read('grosse-co')).rejects.toThrow('not found');
    await cluster.kubectl('get', 'secret', 'grosse-co', '-n', namespace);
  });

  test('kubectl finds the program as a plugin, which knows its name', async () => {
    const { kubectl } = cluster.details.binaries;
    symlinkSync(mainFile(), join(machine.home, 'kubectl-tidegate'));
    const plugin = `#!/bin/sh\nexec "${process.execPath}" "${machine.home}/kubectl-tidegate" "$@"\n`;
    machine.write('bin/kubectl-tidegate', plugin, 0o755);
    const env = { ...machine.env, PATH: `${join(machine.home, 'bin')}:${machine.env['PATH'] ?? ''}` };
    const run = async (...args: string[]) => promisify(execFile)(kubectl, args, { env });
    expect((await run('plugin', 'list', '--name-only')).stdout).toContain('kubectl-tidegate');
    expect((await run('tidegate', 'version', '--client')).stdout).toMatch(/^Client: +\d/);
    expect((await run('tidegate', 'provider', '--help')).stdout).toContain(
      'Usage: kubectl tidegate provider|providers ',
    );
  });

  test('a ServiceAccount’s token is for the audience that is asked for', async () => {
    await cluster.createServiceAccount(namespace, 'app');
    for (const [args, audience] of [
      [[], 'tidegate'],
      [['--audience', 'other'], 'other'],
    ] as const) {
      const { stdout, status } = await machine.run(['token', '--service-account', `${namespace}/app`, ...args]);
      expect(status).toBe(0);
      const claims = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString('utf8')) as object;
      expect(claims).toMatchObject({ aud: [audience], sub: `system:serviceaccount:${namespace}:app` });
    }
    const wrong = await machine.run(['token', '--service-account', 'a/b/c']);
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
  });
});

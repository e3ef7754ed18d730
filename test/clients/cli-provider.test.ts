/** What the command line says of providers is true: snippets are run as they are printed. */
import { execFile } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { developers } from '../support/cli/access.ts';
import { Machine, type Outcome } from '../support/cli/machine.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import { anthropicPassthrough } from '../support/gateway/anthropic.ts';
import { mainFile } from '../support/gateway/process.ts';
import { provider, secret, upstreamKey } from '../support/gateway/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';
import { ACCESS, GREETING, GuardedGateway } from '../support/oidc/index.ts';
import { pythonWith } from '../support/python/environment.ts';

const environment = pythonWith(new URL('requirements.txt', import.meta.url).pathname);
const testPython = 'missing' in environment ? test.skip : test;

let guarded: GuardedGateway;
/** Knows every model. */
let upstream: UpstreamServer;
let machine: Machine;

beforeAll(async () => {
  guarded = await GuardedGateway.start();
  const { gateway, upstreams, idp } = guarded;
  const { anthropic } = upstreams;
  upstream = await UpstreamServer.start({ wire: openAI({ models: [] }), keys: [upstreamKey] });
  const openai = upstream;
  gateway.write('openai.yaml', [provider('openai', openai.origin), secret('openai')]);
  gateway.write(ACCESS, developers());
  gateway.write('more.yaml', [
    provider('compatible', openai.origin, {
      type: 'OpenAICompatible',
      secretRef: { name: 'openai', key: 'OPENAI_API_KEY' },
      models: [{ name: `it's "$(quoted)" \`model\``.replaceAll(' ', '-'), pricing: { input: 0.1, output: 12.25 } }],
    }),
    provider('any', openai.origin, { type: 'OpenAICompatible', secretRef: undefined }),
    provider('wrong-key', openai.origin),
    secret('wrong-key', 'sk-wrong'),
    provider('off', openai.origin, { enabled: false, secretRef: { name: 'openai' } }),
    anthropicPassthrough('accounts', anthropic.origin),
  ]);
  const token = idp.sign({ sub: 'ci' });
  await waitFor('what was written', async () => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(gateway.provider('accounts'), { headers })).status === 200;
  });
  machine = new Machine({ TIDEGATE_URL: gateway.url, TIDEGATE_TOKEN: token });
  machine.write('bin/tidegate', `#!/bin/sh\nexec "${process.execPath}" "${mainFile()}" "$@"\n`, 0o755);
  // Programs find the SDKs.
  symlinkSync(new URL('../../node_modules', import.meta.url).pathname, join(machine.home, 'modules'));
  symlinkSync('modules', join(machine.home, 'node_modules'));
  const python = 'missing' in environment ? [] : [dirname(environment.python)];
  machine.env['PATH'] = [join(machine.home, 'bin'), ...python, dirname(process.execPath), machine.env['PATH']].join(
    ':',
  );
});

afterAll(async () => {
  machine[Symbol.dispose]();
  await guarded[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** Runs lines in a shell of the machine, in its home. */
async function sh(lines: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', lines], { cwd: machine.home, env: { ...machine.env, ...env } }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ status, stdout, stderr });
    });
  });
}

async function connect(name: string, client: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, status } = await machine.run(['provider', 'connect', name, '-c', client, ...args]);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout;
}

/** The line of a program that says how it is run. */
function runLine(program: string): string {
  return /^(?:#|\/\/) (TIDEGATE_TOKEN=.*)$/m.exec(program)?.[1] ?? '';
}

const BEDROCK = ['-m', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'];

describe('what a tool is told', () => {
  test.each([
    ['openai', []],
    ['compatible', []],
    ['anthropic', []],
    ['gemini', []],
    ['bedrock', BEDROCK],
  ])('%s: the curl command is answered', async (name, args) => {
    const { stdout, status } = await sh(await connect(name, 'curl', ...args));
    expect(status).toBe(0);
    expect(stdout).toContain(GREETING.slice(0, 5));
    expect(stdout).not.toContain('"error"');
  });

  testPython.each([
    ['openai', 'python', []],
    ['compatible', 'python', []],
    ['anthropic', 'python', []],
    ['gemini', 'python', []],
    ['bedrock', 'aws-python', BEDROCK],
  ])('%s: the program for %s runs', async (name, client, args) => {
    const program = await connect(name, client, ...args);
    machine.write('example.py', program);
    expect(await sh(runLine(program))).toMatchObject({ stderr: '', status: 0, stdout: `${GREETING}\n` });
  });

  test.each([
    ['openai', 'node', []],
    ['compatible', 'node', []],
    ['anthropic', 'node', []],
    ['gemini', 'node', []],
    ['bedrock', 'aws-node', BEDROCK],
  ])('%s: the program for %s runs', async (name, client, args) => {
    const program = await connect(name, client, ...args);
    machine.write('example.mjs', program);
    expect(await sh(runLine(program))).toMatchObject({ stderr: '', status: 0, stdout: `${GREETING}\n` });
  });

  test('with credentials of the callers’ own, both travel in their own headers', async () => {
    const env = { ANTHROPIC_API_KEY: upstreamKey };
    for (const [client, file] of [
      ['curl', ''],
      ['node', 'example.mjs'],
      ...('missing' in environment ? [] : [['python', 'example.py'] as const]),
    ] as const) {
      const text = await connect('accounts', client);
      if (file !== '') machine.write(file, text);
      const { stdout, stderr } = await sh(file === '' ? text : runLine(text), env);
      expect(`${stdout}${stderr}`).toContain(GREETING.slice(0, 5));
    }
  });

  test.each([
    ['anthropic', 'claude', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL'],
    ['bedrock', 'claude', 'AWS_BEARER_TOKEN_BEDROCK', 'ANTHROPIC_BEDROCK_BASE_URL'],
    ['accounts', 'claude', 'ANTHROPIC_CUSTOM_HEADERS', 'ANTHROPIC_BASE_URL'],
    ['gemini', 'gemini', 'GEMINI_API_KEY', 'GOOGLE_GEMINI_BASE_URL'],
  ])('%s: the shell that starts %s has a token in %s', async (name, client, variable, base) => {
    const text = await connect(name, client, ...(name === 'bedrock' ? BEDROCK : []));
    const { stdout } = await sh(`${client}() { env; }\n${text}`);
    const token = machine.env['TIDEGATE_TOKEN'] ?? '';
    const shown = variable === 'ANTHROPIC_CUSTOM_HEADERS' ? `X-Tidegate-Authorization: Bearer ${token}` : token;
    expect(`\n${stdout}`).toContain(`\n${variable}=${shown}\n`);
    expect(`\n${stdout}`).toContain(`\n${base}=${guarded.gateway.url}/llm/v1/`);
    expect(text).not.toContain(token);
  });

  testPython('Codex gets TOML', async () => {
    machine.write('config.toml', await connect('compatible', 'codex'));
    const read = 'import json, tomllib; print(json.dumps(tomllib.load(open("config.toml", "rb"))))';
    const { stdout } = await sh(`python -c '${read}'`);
    expect(JSON.parse(stdout)).toMatchObject({
      model: 'it\'s-"$(quoted)"-`model`',
      model_provider: 'tidegate',
      model_providers: { tidegate: { base_url: expect.stringMatching(/\/providers\/compatible\/v1$/) } },
    });
  });

  test.each(['openai', 'compatible', 'anthropic', 'gemini'])('%s: Continue gets YAML', async (name) => {
    expect(parse(await connect(name, 'continue'))).toMatchObject({
      schema: 'v1',
      models: [{ apiBase: expect.stringContaining(guarded.gateway.url), apiKey: '${{ secrets.TIDEGATE_TOKEN }}' }],
    });
  });

  test('Cursor gets words', async () => {
    expect(await connect('openai', 'cursor')).toContain(`${guarded.gateway.url}/llm/v1/`);
  });

  test('what does not fit is told, with what does', async () => {
    const outcome = await machine.run(['provider', 'connect', 'anthropic', '-c', 'codex']);
    expect(outcome).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'tidegate: codex does not speak the API of "anthropic", which is of the type Anthropic\n' +
        'hint: these do: curl, python, node, claude, continue\n',
    });
    expect((await machine.run(['provider', 'connect', 'any'])).stderr).toContain('hint: name one with --model');
    const model = await machine.run(['provider', 'connect', 'compatible', '-m', 'other']);
    expect(model.status).toBe(2);
    expect(model.stderr).toContain('does not allow the model "other"\nhint: allowed: ');
  });
});

describe('a test of a provider', () => {
  test('passes', async () => {
    const outcome = await machine.run(['provider', 'test', 'openai']);
    expect(outcome).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^PASS {2}openai \(\d+ ms\)\n$/),
    });
    const billed = await machine.run(['provider', 'test', 'openai', '-m', 'gpt-5-mini']);
    expect(billed.stdout).toContain('the provider may bill this call');
  });

  test('fails with the words of the upstream, and what to do', async () => {
    const { status, stdout, stderr } = await machine.run(['provider', 'test', 'wrong-key']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}wrong-key \(\d+ ms\): The upstream .* answered with status 401\.\n {6}it said: /);
    expect(stderr).toMatch(/^hint: .*key/);
    const json = await machine.run(['provider', 'test', 'wrong-key', '-o', 'json']);
    expect([json.status, JSON.parse(json.stdout)]).toMatchObject([1, { passed: false, reason: 'UpstreamError' }]);
  });

  test('of one that is switched off says so', async () => {
    const { status, stdout, stderr } = await machine.run(['provider', 'test', 'off']);
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(stderr).toContain('disabled');
  });

  test('is JSON for programs, whatever else is shown', async () => {
    const words = ['provider', 'test', 'openai', '-o', 'json', '--show-commands'];
    const { stdout, stderr } = await machine.run(words);
    expect(JSON.parse(stdout)).toMatchObject({ provider: 'openai', passed: true });
    expect(stderr).toContain('\ncurl ');
  });

  test('shows the same call by hand, which works', async () => {
    const { stdout } = await machine.run(['provider', 'test', 'openai', '--show-commands']);
    const [, curl = ''] = /\n(curl .*?\n)\n/s.exec(stdout) ?? [];
    expect((await sh(curl)).stdout).toContain('choices');
    expect(stdout).toContain('from openai import OpenAI');
  });
});

test('prices are shown with as many digits as they have, and marked where the object says them', async () => {
  const { stdout, stderr } = await machine.run(['provider', 'models', 'compatible']);
  expect(stdout).toMatch(/^MODEL +INPUT +OUTPUT /);
  expect(stdout).toMatch(/ \$0\.10\* +\$12\.25\* /);
  expect(stderr).toContain('USD per 1,000,000 tokens');
  expect((await machine.run(['provider', 'list', '-o', 'wide'])).stdout).toContain('1/1');
});

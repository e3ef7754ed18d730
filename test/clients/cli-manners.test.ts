/** How the program behaves on a command line, whatever it is asked: mistakes, pipes, help, and words that are the same everywhere. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Machine, type Outcome } from '../support/cli/machine.ts';
import { mainFile } from '../support/gateway/process.ts';
import { provider, secret, StandaloneGateway } from '../support/gateway/index.ts';

const NOWHERE = 'http://127.0.0.1:9';

let gateway: StandaloneGateway;
let machine: Machine;

beforeAll(async () => {
  gateway = await StandaloneGateway.start({
    manifests: {
      'a.yaml': [
        provider('openai', NOWHERE, { models: [{ name: 'gpt-5-mini' }] }),
        provider('gemini', NOWHERE, { type: 'GoogleAI', secretRef: { name: 'openai', key: 'OPENAI_API_KEY' } }),
        secret('openai'),
      ],
    },
  });
  machine = new Machine({ TIDEGATE_URL: gateway.url });
  machine.write('bin/tidegate', `#!/bin/sh\nexec "${process.execPath}" "${mainFile()}" "$@"\n`, 0o755);
  machine.env['PATH'] = `${machine.home}/bin:${machine.env['PATH'] ?? ''}`;
});

afterAll(async () => {
  machine[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

const sh = async (line: string): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile('bash', ['-c', line], { cwd: machine.home, env: machine.env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : undefined, stdout, stderr });
    });
  });

describe('help', () => {
  test.each([[], ['provider'], ['run'], ['profile']].map((words) => [words]))(
    'is what %j asks for, on stdout',
    async (words) => {
      const named = await machine.run(words);
      expect(named).toMatchObject({ status: 0, stderr: '' });
      expect(named.stdout).toBe((await machine.run([...words, '--help'])).stdout);
      expect(named.stdout).toContain('\nExamples:\n  tidegate ');
    },
  );

  test('is one command away, and says where commands are', async () => {
    const { stdout } = await machine.run(['help', 'explain']);
    expect(stdout).toContain('Usage: tidegate explain [options] <request-id>');
    expect((await machine.run(['help', 'provider', 'list'])).stdout).toContain('Usage: tidegate provider list|ls ');
    const all = (await machine.run(['--help'])).stdout;
    expect(all.match(/^Commands .*:$/gm)).toEqual([
      'Commands for whoever calls a gateway:',
      'Commands about this program:',
      'Commands for whoever runs one:',
    ]);
  });
});

describe('a mistake', () => {
  test.each([
    [['nothing'], "unknown command 'nothing'", 'tidegate --help'],
    [['provider', 'lst'], "unknown command 'lst'", 'tidegate provider --help'],
    [['provider', 'list', '--nme', 'x'], "unknown option '--nme'", 'tidegate provider list --help'],
    [['provider', 'list', '-o', 'jsn'], "argument 'jsn' is invalid", 'tidegate provider list --help'],
    [['provider', 'get'], "missing required argument 'provider'", 'tidegate provider get --help'],
    [['env'], "required option '-L, --provider <provider>' not specified", 'tidegate env --help'],
    [['version', '-n', 'team-a'], "unknown option '-n'", 'tidegate version --help'],
    [['whoami', '-n', 'team-a'], "unknown option '-n'", 'tidegate whoami --help'],
    [['logout', '-n', 'team-a'], "unknown option '-n'", 'tidegate logout --help'],
    [['version', '-o', 'wide'], "argument 'wide' is invalid", 'tidegate version --help'],
  ])('%j is told as other errors are, with where to look', async (words, what, hint) => {
    const { status, stdout, stderr } = await machine.run(words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^tidegate: /);
    expect(stderr).toContain(what);
    expect(stderr).toMatch(new RegExp(`^hint: ${hint}$`, 'm'));
  });

  test.each([['get'], ['models'], ['test'], ['connect']])(
    'in the name of a provider leads to those that there are: provider %s',
    async (command) => {
      const { status, stdout, stderr } = await machine.run(['provider', command, 'other']);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(/^tidegate: There is no provider "other" .*\nhint: "tidegate provider list" shows /);
    },
  );

  test('in the name of a model asks for no RoleBinding', async () => {
    const { status, stderr } = await machine.run(['provider', 'test', 'openai', '-m', 'gpt-9']);
    expect(status).toBe(4);
    expect(stderr).toContain('The model "gpt-9" is not allowed.');
    expect(stderr).not.toContain('RoleBinding');
  });

  test('no kubeconfig is told as that', async () => {
    expect(await machine.run(['provider', 'enable', 'openai'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'tidegate: no cluster is named\nhint: set KUBECONFIG or --kubeconfig\n',
    });
  });
});

test('Ctrl-C ends the wait for a cluster that says nothing', async () => {
  await using server = createServer();
  const asked = once(server, 'request');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kubeconfig = machine.write(
    'kubeconfig',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'c',
    }),
  );
  const running = machine.start(['provider', 'enable', 'openai', '--kubeconfig', kubeconfig]);
  await asked;
  running.child.kill('SIGINT');
  expect(await running.ended).toEqual({ status: 1, stdout: '', stderr: 'tidegate: interrupted\n' });
  server.closeAllConnections();
});

describe('output', () => {
  test.each(['completion bash', '--help', 'provider list -o json', 'env -L openai'])(
    'that nobody reads to its end is no error: %s',
    async (words) => {
      const { stdout, stderr } = await sh(`tidegate ${words} | true; echo "\${PIPESTATUS[0]}"`);
      expect(stderr).toBe('');
      // It may have written all of it before the reader was gone.
      expect(['0\n', '141\n']).toContain(stdout);
    },
  );

  (existsSync('/dev/full') ? test : test.skip)('that has no room is told in one line', async () => {
    for (const words of ['completion bash', '--help']) {
      const { status, stderr } = await sh(`tidegate ${words} > /dev/full`);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringMatching(/^tidegate: cannot write the output: .*no space left.*\n$/),
      });
    }
  });

  test('has colour on a terminal, and not with NO_COLOR', async () => {
    const listed = async (): Promise<string> => (await machine.inTerminal(['provider', 'list']).ended).stdout;
    expect(await listed()).toContain('\u001b[32mActive');
    machine.env['NO_COLOR'] = '1';
    const plain = await listed();
    delete machine.env['NO_COLOR'];
    expect(plain).toContain('Active');
    expect(plain).not.toContain('\u001b[');
    expect((await machine.run(['provider', 'list'])).stdout).not.toContain('\u001b');
  });

  test('of nothing is told to a person, and is an empty list to a program', async () => {
    expect(await machine.run(['provider', 'list', '-n', 'nowhere'])).toEqual({
      status: 0,
      stdout: '',
      stderr: expect.stringMatching(
        /^no providers that you may see in the namespace "nowhere"\nhint: .*llmprovider-viewer.*\n$/,
      ),
    });
    expect(await machine.run(['provider', 'list', '-n', 'nowhere', '-o', 'json'])).toMatchObject({ stdout: '[]\n' });
  });
});

test('version tells its own, whatever the gateway does', async () => {
  const { status, stdout, stderr } = await machine.run(['version', '--url', NOWHERE]);
  expect({ status, stdout }).toEqual({ status: 5, stdout: expect.stringMatching(/^Client: +\d/) });
  expect(stderr).toMatch(/^tidegate: cannot reach 127\.0\.0\.1:9: /);
  const program = await machine.run(['version', '-o', 'json', '--url', NOWHERE]);
  expect(JSON.parse(program.stdout)).toEqual({ client: expect.any(String) });
});

test('completion names the providers of the gateway that the line names', async () => {
  const complete = async (...words: string[]) => machine.run(['__complete', '--', ...words]);
  expect((await complete('provider', 'get', 'op')).stdout).toBe('openai\tOpenAI\n');
  expect((await complete('run', 'claude', '--provider=op')).stdout).toBe('--provider=openai\tOpenAI\n');
  expect((await complete('provider', 'get', '--url', NOWHERE, 'op')).stdout).toBe('');
  expect((await complete('provider', 'get', '-n', 'nowhere', 'op')).stdout).toBe('');
});

test('logout says whether somebody was signed in, and what stays', async () => {
  await machine.run(['login', gateway.url]);
  const nobody = `Nobody was signed in to ${gateway.url}.\n`;
  expect(await machine.run(['logout'])).toEqual({ status: 0, stdout: '', stderr: nobody });
  const env = { TIDEGATE_TOKEN: 'opaque' };
  expect((await machine.run(['logout'], { env })).stderr).toBe(
    `${nobody}TIDEGATE_TOKEN is set: its token goes on being used.\n`,
  );
});

test.each([
  ['openai', 'python', 'OPENAI_API_KEY'],
  ['gemini', 'gemini', 'GEMINI_API_KEY'],
])('where nobody is asked for a token, env and connect write the same key for %s', async (name, client, variable) => {
  const env = JSON.parse((await machine.run(['env', '-L', name, '--format', 'json'])).stdout) as Record<string, string>;
  const connect = await machine.run(['provider', 'connect', name, '--client', client]);
  expect(env[variable]).toBe('unused');
  expect(connect.stdout).toMatch(/["']?unused["']?/);
  expect(connect.stdout).not.toContain('anonymous');
});

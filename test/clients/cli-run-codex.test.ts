/** Codex itself, started by `tidegate run codex`: a throw-away home that is gone however the session ends. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { agentFrom } from '../support/agents/install.ts';
import { developers } from '../support/cli/access.ts';
import { commandLines, machineWith, processes, sessionHomes } from '../support/cli/agent-machine.ts';
import type { Machine, Outcome, RunningCommand } from '../support/cli/machine.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { ACCESS, AUDIENCE, clientSecret, GREETING, IdentityProvider, resourceScope } from '../support/oidc/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';
import type { Exchange } from '../upstreams/types.ts';

const agent = agentFrom('@openai/codex', '0.169.0');
const describeAgent = 'missing' in agent ? describe.skip : describe;

const OWN = 'model = "own-model"\nmodel_provider = "nowhere"\n';
const EXEC = ['--', 'exec', '--skip-git-repo-check', '--json', 'Say hello.'];

describeAgent('tidegate run codex', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;
  let idp: IdentityProvider;
  let machine: Machine;

  beforeAll(async () => {
    if ('missing' in agent) return;
    idp = await IdentityProvider.start({ audience: AUDIENCE });
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    gateway = await StandaloneGateway.start({
      manifests: {
        'openai.yaml': [provider('openai', upstream.origin, { models: [{ name: 'gpt-5' }] }), secret('openai')],
        [ACCESS]: developers(),
      },
      config: { authentication: { jwt: [idp.gatewayConfiguration()] } },
    });
    machine = machineWith('codex', agent, 'bin/codex.js', { TIDEGATE_CLIENT_SECRET: clientSecret });
    machine.write('.codex/config.toml', OWN);
    machine.directory = dirname(machine.write('work/notes.txt', 'The word is heliotrope.'));
    const ca = machine.write('idp.pem', idp.ca);
    const signIn = ['login', gateway.url, '--client-id', 'ci', '--client-credentials', '--resource', AUDIENCE];
    const outcome = await machine.run([...signIn, '--scope', resourceScope, '--certificate-authority', ca]);
    expect(outcome).toMatchObject({ status: 0 });
  });

  afterAll(async () => {
    machine[Symbol.dispose]();
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    await idp[Symbol.asyncDispose]();
  });

  afterEach(() => {
    expect(machine.read('.codex/config.toml')).toBe(OWN);
    expect(Object.keys(machine.modes()).filter((path) => path.startsWith('.codex/'))).toEqual(['.codex/config.toml']);
    upstream.forget();
    upstream.always({});
    idp.accessTokenSeconds = 600;
  });

  const responses = (): Exchange[] => upstream.exchanges.filter(({ request }) => request.target === '/v1/responses');
  const run = (...words: string[]): Promise<Outcome> => machine.run(['run', 'codex', '-L', 'openai', ...words]);

  /** A session that waits for its answer. */
  async function waiting(): Promise<{ readonly session: RunningCommand; readonly pid: number }> {
    upstream.always({ hangBeforeAnswer: true });
    const session = machine.start(['run', 'codex', '-L', 'openai', ...EXEC]);
    await waitFor('the question to arrive', () => upstream.exchanges.length > 0);
    const child = processes(machine).find(({ parent }) => parent === session.child.pid);
    if (child === undefined) throw new Error('there is no agent');
    expect(sessionHomes(machine)).toHaveLength(1);
    return { session, pid: child.pid };
  }

  test('does a task with a tool, streamed, in a home of its own', async () => {
    const command = JSON.stringify({ cmd: 'cat notes.txt', command: ['cat', 'notes.txt'] });
    const turn = { says: [[{ name: 'exec_command', toolArguments: [command.slice(0, 7), command.slice(7)] }]] };
    // Some are spent on what it asks besides: which models there are.
    upstream.misbehave(turn, turn, turn, turn, turn);
    // What its user has set for elsewhere.
    const env = { CODEX_SQLITE_HOME: join(machine.home, 'sqlite'), CODEX_API_KEY: 'sk-of-elsewhere' };
    const words = ['run', 'codex', '-L', 'openai', '-m', 'gpt-5', '-e', 'high', ...EXEC];
    const outcome = await machine.run(words, { env });
    expect(outcome).toMatchObject({ status: 0, stdout: expect.stringContaining(GREETING) });
    expect(responses().length).toBeGreaterThanOrEqual(2);
    const [{ request } = upstream.last] = responses();
    expect(JSON.parse(request.body.toString())).toMatchObject({
      model: 'gpt-5',
      stream: true,
      reasoning: { effort: 'high' },
    });
    expect(request.header('authorization')).toBe(`Bearer ${upstreamKey}`);
    expect(upstream.last.request.body.toString()).toContain('function_call_output');
    expect(sessionHomes(machine)).toEqual([]);
    expect(Object.keys(machine.modes()).filter((path) => path.startsWith('sqlite'))).toEqual([]);
  });

  test('its home is for nobody else, trusts the directory, and holds no token', async () => {
    const { session, pid } = await waiting();
    const [home = ''] = sessionHomes(machine);
    const folder = join('.local/state/tidegate/sessions', home);
    expect(machine.modes()).toMatchObject({ [folder]: '700/', [join(folder, 'config.toml')]: '600' });
    const config = machine.read(join(folder, 'config.toml'));
    expect(config).toContain(`[projects."${machine.directory}"]\ntrust_level = "trusted"\n`);
    expect(config).toContain('sandbox_mode = "workspace-write"\n');
    expect(config).toContain('name = "Tidegate"\n');
    const { stdout: token } = await machine.run(['token']);
    expect(machine.filesWith(token.trim()).every((path) => path.startsWith('.local/state/tidegate/tokens/'))).toBe(
      true,
    );
    expect(commandLines(machine).join('\n')).not.toContain('eyJ');
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('eyJ');
    session.child.kill('SIGTERM');
    expect(await session.ended).toMatchObject({ status: 143 });
  });

  test.each([
    ['SIGKILL', 137],
    ['SIGTERM', 143],
  ] as const)('when %s ends the agent the status is %i, and the home is gone', async (signal, status) => {
    const { session, pid } = await waiting();
    process.kill(pid, signal);
    expect(await session.ended).toMatchObject({ status });
    expect(sessionHomes(machine)).toEqual([]);
  });

  test.each([
    ['SIGINT', [130, 1]],
    ['SIGHUP', [129]],
  ] as const)('%s to the command goes to the agent, and the home is gone', async (signal, statuses) => {
    const { session } = await waiting();
    session.child.kill(signal);
    expect(statuses).toContain((await session.ended).status);
    expect(sessionHomes(machine)).toEqual([]);
  });

  test('Ctrl-C in a terminal ends the agent, and the home is gone', async () => {
    upstream.always({ hangBeforeAnswer: true });
    const session = machine.inTerminal(['run', 'codex', '-L', 'openai', ...EXEC]);
    await waitFor('the question to arrive', () => upstream.exchanges.length > 0);
    expect(sessionHomes(machine)).toHaveLength(1);
    session.child.stdin.write('\u0003');
    await session.ended;
    expect(sessionHomes(machine)).toEqual([]);
  });

  test('what is left when the command itself is killed is removed by the next one, not before the agent has ended', async () => {
    const { session, pid } = await waiting();
    session.child.kill('SIGKILL');
    // The agent lives, and holds its outputs.
    await waitFor('the end of the command', () => session.child.signalCode !== null);
    const left = sessionHomes(machine);
    expect(left).toHaveLength(1);
    upstream.always({});
    expect(await run(...EXEC)).toMatchObject({ status: 0 });
    expect(sessionHomes(machine)).toEqual(left);
    process.kill(pid, 'SIGKILL');
    await waitFor('its end', () => processes(machine).every((each) => each.pid !== pid));
    expect(await run(...EXEC)).toMatchObject({ status: 0 });
    expect(sessionHomes(machine)).toEqual([]);
  });

  test('a token that ends is followed by the next one, in the middle of a session', async () => {
    idp.accessTokenSeconds = 5;
    await machine.run(['token', '--valid-seconds', '599']);
    const fetched = idp.origin.count('/token');
    // Each turn calls a tool that outlasts the token, until the last one.
    const command = JSON.stringify({ cmd: 'sleep 6', yield_time_ms: 10_000 });
    const turn = { says: [[{ name: 'exec_command', toolArguments: [command] }]] };
    upstream.misbehave(turn, turn, turn, turn, turn, turn);
    expect(await run(...EXEC)).toMatchObject({ status: 0, stdout: expect.stringContaining(GREETING) });
    expect(responses().length).toBeGreaterThanOrEqual(4);
    expect(idp.origin.count('/token') - fetched).toBeGreaterThanOrEqual(3);
  });

  test('a model that is not allowed is refused before the agent starts, with those that are', async () => {
    expect(await run('-m', 'o3', ...EXEC)).toEqual({
      status: 2,
      stdout: '',
      stderr: 'tidegate: the provider "openai" does not allow the model "o3"\nhint: it allows: gpt-5\n',
    });
  });

  test('its user’s home is not trusted, since the own configuration would be read as that of a project', async () => {
    const { directory } = machine;
    machine.directory = machine.home;
    try {
      const outcome = await run(...EXEC);
      expect(outcome).toMatchObject({ status: 0, stdout: expect.stringContaining(GREETING) });
      expect(outcome.stderr).toContain('is not trusted');
      expect(outcome.stdout).not.toContain('own-model');
    } finally {
      machine.directory = directory;
    }
  });

  test('the variables of tidegate env work in a shell', async () => {
    const script = `eval "$(node "$MAIN" env -L openai)"; curl -fsS "$OPENAI_BASE_URL/models" -H "Authorization: Bearer $OPENAI_API_KEY"`;
    const env = { ...machine.env, MAIN: new URL('../../src/main.ts', import.meta.url).pathname };
    const { stdout: printed } = await promisify(execFile)('sh', ['-c', script], { env });
    expect(JSON.parse(printed)).toMatchObject({ data: [{ id: 'gpt-5' }] });
  });
});

/** Claude Code itself, started by `tidegate run claude`: its user's own home, the gateway's token, any kind of provider. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { agentFrom } from '../support/agents/install.ts';
import { developers } from '../support/cli/access.ts';
import { commandLines, machineWith, sessionHomes } from '../support/cli/agent-machine.ts';
import type { Machine, Outcome } from '../support/cli/machine.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import { anthropicPassthrough, anthropicProvider, anthropicSecret } from '../support/gateway/anthropic.ts';
import { bedrockKeys, bedrockProvider } from '../support/gateway/bedrock.ts';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { ACCESS, AUDIENCE, clientSecret, GREETING, IdentityProvider, resourceScope } from '../support/oidc/index.ts';
import { bedrock } from '../upstreams/bedrock/index.ts';
import { anthropic, UpstreamServer } from '../upstreams/index.ts';
import type { Exchange } from '../upstreams/types.ts';

const agent = agentFrom('@anthropic-ai/claude-code', '2.1.330');
const describeAgent = 'missing' in agent ? describe.skip : describe;

const model = 'claude-sonnet-5';
const small = 'claude-haiku-4-5-20251001';
const subscription = 'sk-ant-oat01-of-a-subscription-0000000000000000000000000000';
const OWN = JSON.stringify({
  env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', ANTHROPIC_AUTH_TOKEN: 'own', CLAUDE_CODE_USE_VERTEX: '1' },
  apiKeyHelper: 'echo own',
  model: 'opus',
});

describeAgent('tidegate run claude', () => {
  let upstream: UpstreamServer;
  let amazon: UpstreamServer;
  let gateway: StandaloneGateway;
  let idp: IdentityProvider;
  let machine: Machine;

  beforeAll(async () => {
    if ('missing' in agent) return;
    idp = await IdentityProvider.start({ audience: AUDIENCE });
    upstream = await UpstreamServer.start({ wire: anthropic(), keys: [upstreamKey, subscription] });
    amazon = await UpstreamServer.start({ wire: bedrock({ keys: bedrockKeys() }) });
    const models = [{ name: `${model}[1m]` }, { name: small }];
    gateway = await StandaloneGateway.start({
      manifests: {
        'anthropic.yaml': [
          anthropicProvider('claude', upstream.origin, { models }),
          anthropicProvider('large', upstream.origin, { models: [{ name: model }] }),
          anthropicPassthrough('own', upstream.origin, { models }),
          anthropicProvider('off', upstream.origin, { enabled: false }),
          anthropicSecret(),
          provider('openai', upstream.origin),
          secret('openai'),
        ],
        'bedrock.yaml': bedrockProvider('bedrock', amazon.origin, {
          models: [
            { name: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0' },
            { name: 'global.anthropic.claude-haiku-4-5-20251001-v1:0' },
          ],
        }),
        [ACCESS]: developers(),
      },
      config: { authentication: { jwt: [idp.gatewayConfiguration()] } },
    });
    machine = machineWith('claude', agent, 'cli-wrapper.cjs', { TIDEGATE_CLIENT_SECRET: clientSecret });
    machine.write('.claude/settings.json', OWN);
    machine.write('work/notes.txt', 'The word is heliotrope.');
    const ca = machine.write('idp.pem', idp.ca);
    const signIn = ['login', gateway.url, '--client-id', 'ci', '--client-credentials', '--resource', AUDIENCE];
    const outcome = await machine.run([...signIn, '--scope', resourceScope, '--certificate-authority', ca]);
    expect(outcome).toMatchObject({ status: 0 });
  });

  afterAll(async () => {
    machine[Symbol.dispose]();
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    await amazon[Symbol.asyncDispose]();
    await idp[Symbol.asyncDispose]();
  });

  afterEach(() => {
    upstream.forget();
    upstream.always({});
    amazon.forget();
    idp.accessTokenSeconds = 600;
    machine.write('.claude/settings.json', OWN);
  });

  const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
    machine.run(['run', 'claude', ...words], { env });
  const messages = (of: UpstreamServer = upstream): Exchange[] =>
    of.exchanges.filter(({ request }) => /^\/v1\/messages\?|\/invoke/.test(request.target));

  test('does a task with a tool, streamed, with the key of the gateway, past what its user has set for elsewhere', async () => {
    const file = join(machine.home, 'work/notes.txt');
    const call = JSON.stringify({ file_path: file });
    upstream.misbehave({ says: [[{ name: 'Read', toolArguments: ['', call.slice(0, 9), call.slice(9)] }]] });
    const settings = machine.write('own-settings.json', '{"env":{"ANTHROPIC_BASE_URL":"http://127.0.0.1:9"}}');
    const words = ['--settings', settings, '-p', 'Which word?', '--output-format', 'text'];
    const outcome = await run(['-L', 'claude', '-m', 'sonnet', '--', ...words], {
      ANTHROPIC_API_KEY: 'sk-ant-of-elsewhere',
      ANTHROPIC_CUSTOM_HEADERS: 'X-Tidegate-Authorization: Bearer of-elsewhere',
      CLAUDE_CODE_USE_BEDROCK: '1',
    });
    expect(outcome).toEqual({ status: 0, stdout: `${GREETING}\n`, stderr: '' });
    expect(messages()).toHaveLength(2);
    for (const { request } of messages()) {
      expect(JSON.parse(request.body.toString())).toMatchObject({ model, stream: true });
      expect(request.header('x-api-key')).toBe(upstreamKey);
      expect(request.rawHeaders.join('\n')).not.toMatch(/eyJ|elsewhere|own\b/);
    }
    expect(messages()[1]?.request.body.toString()).toContain('The word is heliotrope.');
  });

  test('what its user has is not changed, and the token is in no file but the one of the sign-in', async () => {
    const { stdout: token } = await machine.run(['token']);
    await run(['-L', 'claude', '--', '-p', 'Say hello.']);
    expect(machine.read('.claude/settings.json')).toBe(OWN);
    expect(machine.filesWith(token.trim()).every((path) => path.startsWith('.local/state/tidegate/tokens/'))).toBe(
      true,
    );
    expect(machine.filesWith('apiKeyHelper')).toEqual(['.claude/settings.json']);
    expect(sessionHomes(machine)).toEqual([]);
  });

  test('lives on when its token has ended, three times', async () => {
    idp.accessTokenSeconds = 6;
    await machine.run(['token', '--valid-seconds', '599']);
    const fetched = idp.origin.count('/token');
    const words = ['--', '-p', '--verbose', '--input-format', 'stream-json', '--output-format', 'stream-json'];
    const session = machine.start(['run', 'claude', '-L', 'claude', ...words], { open: true });
    const ask = (): void => {
      const message = { role: 'user', content: 'Say hello.' };
      session.child.stdin.write(`${JSON.stringify({ type: 'user', message })}\n`);
    };
    for (let turn = 1; turn <= 4; turn += 1) {
      ask();
      await session.prints(new RegExp(`("subtype":"success".*"result":"${GREETING}"[^]*){${String(turn)}}`));
      expect(commandLines(machine).join('\n')).not.toContain('eyJ');
      const now = Date.now();
      if (turn < 4) await waitFor('the token to end', () => Date.now() - now > 7000);
    }
    session.child.stdin.end();
    expect(await session.ended).toMatchObject({
      status: 0,
      stderr: expect.not.stringContaining('warning: the gateway'),
    });
    expect(messages()).toHaveLength(4);
    expect(idp.origin.count('/token') - fetched).toBeGreaterThanOrEqual(4);
  });

  test.each([
    [
      ['-L', 'claude', '-m', 'claude-opus-4-8'],
      2,
      `does not allow the model "claude-opus-4-8"\nhint: it allows: ${model}[1m], ${small}\n`,
    ],
    [['-L', 'claude', '--', '--model', 'claude-opus-4-8'], 2, `does not allow the model "claude-opus-4-8"`],
    [['-L', 'off'], 1, 'tidegate: the provider "off" is disabled\n'],
    [
      ['-L', 'openai'],
      2,
      'is of type OpenAI; Claude Code needs Anthropic or Bedrock\nhint: tidegate run codex -L openai\n',
    ],
    [['-L', 'bedrock', '--passthrough'], 2, 'tidegate: --passthrough does not go with Bedrock'],
  ])('%j is refused before the agent starts', async (words, status, said) => {
    const outcome = await run([...words]);
    expect(outcome).toEqual({ status, stdout: '', stderr: expect.stringContaining(said) });
    expect(upstream.exchanges).toEqual([]);
  });

  test('a missing background model is told, with those that are allowed, and the main one does its work', async () => {
    const outcome = await run(['-L', 'large', '-m', `${model}[1m]`, '--', '-p', 'Say hello.']);
    expect(outcome).toMatchObject({ status: 0, stdout: `${GREETING}\n` });
    expect(outcome.stderr).toBe(
      `warning: no small model is allowed: "${model}" does the work of the background, too. ` +
        `The provider "large" allows: ${model}\n`,
    );
  });

  test('in passthrough the subscription reaches the upstream unchanged, and nothing of the gateway does', async () => {
    machine.write('.claude/settings.json', '{}');
    const env = { CLAUDE_CODE_OAUTH_TOKEN: subscription, ANTHROPIC_CUSTOM_HEADERS: 'X-Team: blue' };
    const outcome = await run(['-L', 'own', '-m', 'sonnet', '--', '-p', 'Say hello.'], env);
    expect(outcome).toMatchObject({ status: 0, stdout: `${GREETING}\n` });
    expect(outcome.stderr).toMatch(/^warning: the gateway token ends in 10 min \(.*start it anew then\n$/);
    for (const { request } of messages()) {
      expect(request.header('authorization')).toBe(`Bearer ${subscription}`);
      expect(request.header('x-api-key')).toBeUndefined();
      expect(request.header('x-team')).toBe('blue');
      expect(request.rawHeaders.join('\n').toLowerCase()).not.toMatch(/tidegate|eyj/);
    }
    expect(messages().length).toBeGreaterThan(0);
  });

  test('on Bedrock it needs nothing of Amazon', async () => {
    const outcome = await run(['-L', 'bedrock', '-m', 'sonnet', '--', '-p', 'Say hello.']);
    expect(outcome).toEqual({ status: 0, stdout: `${GREETING}\n`, stderr: '' });
    expect(messages(amazon)[0]?.request.target).toContain('/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/');
  });

  test('a flag that the provider contradicts is ignored with a warning', async () => {
    const outcome = await run(['-L', 'claude', '-m', 'sonnet', '--bedrock', '--', '-p', 'Say hello.']);
    expect(outcome).toMatchObject({ status: 0, stdout: `${GREETING}\n` });
    expect(outcome.stderr).toBe('warning: --bedrock is ignored: the provider "claude" is of type Anthropic\n');
  });

  test('its exit status is passed on', async () => {
    upstream.always({ error: 400 });
    expect(await run(['-L', 'claude', '-m', 'sonnet', '--', '-p', 'Say hello.'])).toMatchObject({ status: 1 });
    expect(await run(['-L', 'claude', '-m', 'sonnet', '--', '--version'])).toMatchObject({
      status: 0,
      stdout: '2.1.330 (Claude Code)\n',
    });
  });

  test('nobody who is not signed in gets as far as the agent; one that is not installed is told how to', async () => {
    expect(await run(['-L', 'claude', '--profile', 'none'])).toMatchObject({ status: 2 });
    const missing = await run(['-L', 'claude'], { PATH: '/usr/bin:/bin' });
    expect(missing).toMatchObject({ status: 127 });
    expect(missing.stderr).toContain('hint: npm install -g @anthropic-ai/claude-code\n');
    await machine.run(['logout']);
    const outcome = await run(['-L', 'claude']);
    expect(outcome).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('no usable gateway token: run "tidegate login"'),
    });
  });
});

/** Claude Code itself under `tidegate run claude`, for somebody who may call providers and not look at them: flags say what they are. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { agentFrom } from '../support/agents/install.ts';
import { machineWith } from '../support/cli/agent-machine.ts';
import type { Machine, Outcome } from '../support/cli/machine.ts';
import { anthropicPassthrough, anthropicProvider, anthropicSecret } from '../support/gateway/anthropic.ts';
import { bedrockKeys, bedrockProvider } from '../support/gateway/bedrock.ts';
import { StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { ACCESS, AUDIENCE, GREETING, IdentityProvider, invokers } from '../support/oidc/index.ts';
import { bedrock } from '../upstreams/bedrock/index.ts';
import { anthropic, UpstreamServer } from '../upstreams/index.ts';
import type { Exchange } from '../upstreams/types.ts';

const agent = agentFrom('@anthropic-ai/claude-code', '2.1.330');
const describeAgent = 'missing' in agent ? describe.skip : describe;

const model = 'claude-sonnet-5';
const small = 'claude-haiku-4-5-20251001';
const bedrockModel = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const bedrockSmall = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';
const subscription = 'sk-ant-oat01-of-a-subscription-0000000000000000000000000000';
const PROMPT = ['--', '-p', 'Say hello.'];

describeAgent('tidegate run claude, without the right to get the provider', () => {
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
    const models = [{ name: model }, { name: small }];
    gateway = await StandaloneGateway.start({
      manifests: {
        'anthropic.yaml': [
          anthropicProvider('claude', upstream.origin, { models }),
          anthropicPassthrough('own', upstream.origin, { models }),
          anthropicSecret(),
        ],
        'bedrock.yaml': bedrockProvider('bedrock', amazon.origin, {
          models: [{ name: bedrockModel }, { name: bedrockSmall }],
        }),
        [ACCESS]: invokers({ kind: 'User', name: 'ci' }),
      },
      config: { authentication: { jwt: [idp.gatewayConfiguration()] } },
    });
    machine = machineWith('claude', agent, 'cli-wrapper.cjs', {
      TIDEGATE_URL: gateway.url,
      TIDEGATE_TOKEN: idp.sign({ sub: 'ci' }),
    });
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
    amazon.forget();
  });

  const run = async (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
    machine.run(['run', 'claude', ...words], { env });
  const messages = (of: UpstreamServer): Exchange[] =>
    of.exchanges.filter(({ request }) => /^\/v1\/messages\?|\/invoke/.test(request.target));
  const warnings = ({ stderr }: Outcome): readonly string[] =>
    stderr.split('\n').filter((line) => line !== '' && !line.startsWith('warning: the gateway token ends'));

  test('the right is missing indeed', async () => {
    for (const name of ['claude', 'own', 'bedrock']) {
      const outcome = await machine.run(['provider', 'get', name]);
      expect(outcome).toMatchObject({ status: 4, stdout: '' });
      expect(outcome.stderr).toContain(`"ci" may not get "${name}"`);
    }
  });

  test('the provider is taken for one of Anthropic whose key the gateway has', async () => {
    const outcome = await run(['-L', 'claude', '-m', model, ...PROMPT]);
    expect(outcome).toMatchObject({ status: 0, stdout: `${GREETING}\n` });
    expect(warnings(outcome)).toEqual([]);
    expect(messages(upstream)).toHaveLength(1);
    for (const { request } of messages(upstream)) {
      expect(request.header('x-api-key')).toBe(upstreamKey);
      expect(request.rawHeaders.join('\n')).not.toMatch(/eyJ|sk-ant-oat/);
      expect(JSON.parse(request.body.toString())).toMatchObject({ model });
    }
  });

  test('with --passthrough the subscription reaches the upstream, and nothing of the gateway does', async () => {
    const env = { CLAUDE_CODE_OAUTH_TOKEN: subscription };
    const outcome = await run(['-L', 'own', '--passthrough', '-m', model, ...PROMPT], env);
    expect(outcome).toMatchObject({ status: 0, stdout: `${GREETING}\n` });
    expect(warnings(outcome)).toEqual([]);
    expect(messages(upstream)).toHaveLength(1);
    for (const { request } of messages(upstream)) {
      expect(request.header('authorization')).toBe(`Bearer ${subscription}`);
      expect(request.header('x-api-key')).toBeUndefined();
      expect(request.rawHeaders.join('\n').toLowerCase()).not.toMatch(/tidegate|eyj/);
    }
  });

  test('with --bedrock the agent speaks its API, and is told that nobody has checked the models', async () => {
    const outcome = await run(['-L', 'bedrock', '--bedrock', '-m', bedrockModel, ...PROMPT], {
      ANTHROPIC_DEFAULT_HAIKU_MODEL: bedrockSmall,
    });
    expect(outcome).toMatchObject({ status: 0, stdout: `${GREETING}\n` });
    expect(warnings(outcome)).toEqual([
      'warning: you may not read the provider "bedrock", so the models are not checked; ' +
        'ANTHROPIC_DEFAULT_HAIKU_MODEL names the one of the background',
    ]);
    expect(messages(amazon)[0]?.request.target).toContain(`/model/${bedrockModel}/`);
    expect(upstream.exchanges).toEqual([]);
  });

  test('the two flags do not go together, which is said before the agent starts', async () => {
    const outcome = await run(['-L', 'bedrock', '--bedrock', '--passthrough', ...PROMPT]);
    expect(outcome).toMatchObject({ status: 2, stdout: '' });
    expect(outcome.stderr).toContain('--passthrough does not go with Bedrock');
    expect(amazon.exchanges).toEqual([]);
  });

  test('a model that is not allowed is the gateway’s to refuse, in the words that the agent shows', async () => {
    const outcome = await run(['-L', 'claude', '-m', 'claude-opus-4-8', ...PROMPT]);
    expect(outcome.status).toBe(1);
    expect(outcome.stdout + outcome.stderr).toContain('"claude-opus-4-8" is not allowed');
    expect(messages(upstream)).toEqual([]);
  });
});

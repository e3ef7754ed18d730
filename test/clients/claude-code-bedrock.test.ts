/** Claude Code itself, without a terminal, on Bedrock through a gateway process. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { agentFrom } from '../support/agents/install.ts';
import { runAgent, type AgentOutcome } from '../support/agents/run.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import { bedrockKeys, bedrockProvider } from '../support/gateway/bedrock.ts';
import { StandaloneGateway } from '../support/gateway/index.ts';
import { bedrock } from '../upstreams/bedrock/index.ts';
import { UpstreamServer } from '../upstreams/index.ts';

const agent = agentFrom('@anthropic-ai/claude-code', '2.1.330');
const describeAgent = 'missing' in agent ? describe.skip : describe;

const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const small = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';

describeAgent('Claude Code on Bedrock', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;

  beforeAll(async () => {
    upstream = await UpstreamServer.start({ wire: bedrock({ keys: bedrockKeys() }) });
    const models = [{ name: model }, { name: small }];
    gateway = await StandaloneGateway.start({
      manifests: {
        'bedrock.yaml': bedrockProvider('bedrock', upstream.origin, { models }),
        'limited.yaml': bedrockProvider('limited', upstream.origin, { models: [{ name: 'us.amazon.nova-pro-v1:0' }] }),
      },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  afterEach(() => upstream.forget());

  function ask(provider: string): Promise<AgentOutcome> {
    if ('missing' in agent) throw new Error(agent.missing);
    return runAgent({
      command: process.execPath,
      args: [agent.file('cli-wrapper.cjs'), '-p', 'Say hello.', '--output-format', 'json'],
      env: {
        DISABLE_TELEMETRY: '1',
        DISABLE_AUTOUPDATER: '1',
        DISABLE_ERROR_REPORTING: '1',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        // On Bedrock it takes every 403 for credentials that may come right, and tries ten times, for minutes.
        CLAUDE_CODE_MAX_RETRIES: '1',
        CLAUDE_CODE_USE_BEDROCK: '1',
        AWS_REGION: 'us-east-1',
        AWS_EC2_METADATA_DISABLED: 'true',
        ANTHROPIC_BEDROCK_BASE_URL: gateway.provider(provider),
        AWS_BEARER_TOKEN_BEDROCK: 'token-of-the-caller',
        ANTHROPIC_MODEL: model,
        ANTHROPIC_DEFAULT_SONNET_MODEL: model,
        ANTHROPIC_DEFAULT_OPUS_MODEL: model,
        ANTHROPIC_DEFAULT_HAIKU_MODEL: small,
      },
    });
  }

  test('prints what the model answers, and what it used is counted by time to live', async () => {
    const before = await gateway.metrics();
    const { code, stdout, stderr } = await ask('bedrock');
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'result', is_error: false, result: 'Hello world grüße 日本' });
    await waitFor('all records', async () => (await gateway.metrics()).sum('tidegate_open_requests') === 0);
    const after = await gateway.metrics();
    const booked = upstream.book.classes();
    for (const [token_type, count] of Object.entries(booked)) {
      const labels = { token_type };
      expect(after.sum('tidegate_tokens_total', labels) - before.sum('tidegate_tokens_total', labels)).toBe(count);
    }
    expect(booked.cache_write_1h).toBeGreaterThan(0);
  });

  test('mistake 16: its path with an unencoded colon is signed as it is sent', async () => {
    await ask('bedrock');
    const targets = upstream.exchanges.map(({ request, status }) => [request.target, status]);
    expect(targets).toContainEqual([`/model/${model}/invoke-with-response-stream`, 200]);
    expect(targets.every(([, status]) => status === 200)).toBe(true);
  });

  test('a model that is not allowed is told with those that are', async () => {
    const { stdout } = await ask('limited');
    expect(stdout).toContain('us.amazon.nova-pro-v1:0');
    expect(upstream.exchanges.filter(({ request }) => request.method === 'POST')).toEqual([]);
  });
});

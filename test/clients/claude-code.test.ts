/** Claude Code itself, without a terminal, against a gateway process: configured by environment variables as users do it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { agentFrom } from '../support/agents/install.ts';
import { runAgent, type AgentOutcome } from '../support/agents/run.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import { anthropicPassthrough, anthropicProvider, anthropicSecret } from '../support/gateway/anthropic.ts';
import { StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { anthropic, UpstreamServer } from '../upstreams/index.ts';
import type { Exchange } from '../upstreams/types.ts';
import { TOKEN_CLASSES } from '../../src/usage/record.ts';

const agent = agentFrom('@anthropic-ai/claude-code', '2.1.330');
const describeAgent = 'missing' in agent ? describe.skip : describe;

const model = 'claude-sonnet-5';
const small = 'claude-haiku-4-5-20251001';
const subscription = 'sk-ant-oat01-of-a-subscription-0000000000000000000000000000';

/** Nothing but what it is told to call: no telemetry, no updates, no other host. */
const quiet = {
  DISABLE_TELEMETRY: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_ERROR_REPORTING: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  // Whatever it tries all the same leads nowhere.
  HTTPS_PROXY: 'http://127.0.0.1:1',
  NO_PROXY: '127.0.0.1',
};

describeAgent('Claude Code', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;

  beforeAll(async () => {
    upstream = await UpstreamServer.start({ wire: anthropic(), keys: [upstreamKey, subscription] });
    const models = [{ name: `${model}[1m]` }, { name: small }];
    gateway = await StandaloneGateway.start({
      manifests: {
        'anthropic.yaml': [
          anthropicProvider('claude', upstream.origin, { models }),
          anthropicProvider('limited', upstream.origin, { models: [{ name: 'claude-opus-4-8' }] }),
          anthropicPassthrough('own', upstream.origin),
          anthropicSecret(),
        ],
      },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  beforeEach(() => {
    upstream.forget();
    upstream.always({});
  });

  /** One question in print mode. */
  function ask(provider: string, env: Readonly<Record<string, string>>, ...args: string[]): Promise<AgentOutcome> {
    if ('missing' in agent) throw new Error(agent.missing);
    return runAgent({
      command: process.execPath,
      args: [agent.file('cli-wrapper.cjs'), '-p', 'Say hello.', '--output-format', 'json', ...args],
      env: {
        ...quiet,
        ANTHROPIC_BASE_URL: gateway.provider(provider),
        ANTHROPIC_MODEL: model,
        ANTHROPIC_DEFAULT_HAIKU_MODEL: small,
        ...env,
      },
    });
  }

  /** Requests for messages, of which the first is the question. */
  const messages = (): Exchange[] =>
    upstream.exchanges.filter(({ request }) => request.target.startsWith('/v1/messages?'));

  test.each(['identity', 'gzip', 'br', 'zstd'] as const)(
    'prints what the model answers in %s, and what it used is counted',
    async (encoding) => {
      const before = await gateway.metrics();
      upstream.always(encoding === 'identity' ? {} : { encoding });
      const { code, stdout, stderr } = await ask('claude', { ANTHROPIC_AUTH_TOKEN: 'token-of-the-caller' });
      expect([code, stderr]).toEqual([0, '']);
      const booked = upstream.book.classes();
      expect(JSON.parse(stdout)).toMatchObject({
        type: 'result',
        is_error: false,
        result: 'Hello world grüße 日本',
        usage: {
          input_tokens: booked.input,
          cache_read_input_tokens: booked.cached_input,
          cache_creation: {
            ephemeral_5m_input_tokens: booked.cache_write_5m,
            ephemeral_1h_input_tokens: booked.cache_write_1h,
          },
          output_tokens: booked.output + booked.reasoning,
        },
      });
      await waitFor('all records', async () => (await gateway.metrics()).sum('tidegate_open_requests') === 0);
      const after = await gateway.metrics();
      const tokens = (token_type: string): number =>
        after.sum('tidegate_tokens_total', { token_type }) - before.sum('tidegate_tokens_total', { token_type });
      expect(Object.fromEntries(TOKEN_CLASSES.map((name) => [name, tokens(name)]))).toEqual(booked);
      expect(booked.input).toBeGreaterThan(1000);
    },
  );

  test('its betas, version and session reach the upstream, its token does not', async () => {
    await ask('claude', { ANTHROPIC_AUTH_TOKEN: 'token-of-the-caller' });
    const request = messages()[0]?.request;
    expect(request?.target).toBe('/v1/messages?beta=true');
    expect(request?.header('anthropic-beta')).toMatch(/^claude-code-20250219,/);
    expect(request?.header('anthropic-version')).toBe('2023-06-01');
    expect(request?.header('x-claude-code-session-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(request?.header('x-api-key')).toBe(upstreamKey);
    expect(request?.header('authorization')).toBeUndefined();
    expect(request?.rawHeaders.join('\n')).not.toContain('token-of-the-caller');
  });

  test('mistake 25: a long context is a beta of the same model, which the allowlist knows', async () => {
    const { code } = await ask('claude', {
      ANTHROPIC_AUTH_TOKEN: 'token-of-the-caller',
      ANTHROPIC_MODEL: `${model}[1m]`,
    });
    expect(code).toBe(0);
    const request = messages()[0]?.request;
    expect(JSON.parse(request?.body.toString() ?? '')).toMatchObject({ model });
  });

  test('a model that is not allowed is told at once, with those that are', async () => {
    const { code, stdout } = await ask('limited', { ANTHROPIC_AUTH_TOKEN: 'token-of-the-caller' });
    expect(code).not.toBe(0);
    const printed = JSON.parse(stdout) as { is_error: boolean; result: string };
    expect(printed.is_error).toBe(true);
    expect(printed.result).toContain('The provider "limited" allows: claude-opus-4-8');
    expect(upstream.exchanges).toEqual([]);
  });

  test('mistake 25: it finds out which models it may use, a long context by its name', async () => {
    if ('missing' in agent) throw new Error(agent.missing);
    let found: unknown;
    await runAgent({
      command: process.execPath,
      args: [agent.file('cli-wrapper.cjs'), '-p', 'Say hello.'],
      env: {
        ...quiet,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '',
        CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1',
        ANTHROPIC_BASE_URL: gateway.provider('claude'),
        ANTHROPIC_AUTH_TOKEN: 'token-of-the-caller',
        ANTHROPIC_MODEL: model,
        ANTHROPIC_DEFAULT_HAIKU_MODEL: small,
      },
      inspect: (home) => {
        found = JSON.parse(readFileSync(join(home, '.claude', 'cache', 'gateway-models.json'), 'utf8'));
      },
    });
    expect(found).toMatchObject({ models: [{ id: model }, { id: `${model}[1m]` }, { id: small }] });
    expect(upstream.exchanges.map(({ request }) => `${request.method} ${request.target}`)).toContain(
      'GET /v1/models?limit=1000',
    );
  });

  test('mistake 10: a subscription is passed on beside the credential for the gateway', async () => {
    const { code, stdout } = await ask('own', {
      CLAUDE_CODE_OAUTH_TOKEN: subscription,
      ANTHROPIC_CUSTOM_HEADERS: 'X-Tidegate-Authorization: Bearer token-for-the-gateway',
    });
    expect(JSON.parse(stdout)).toMatchObject({ is_error: false, result: 'Hello world grüße 日本' });
    expect(code).toBe(0);
    for (const { request } of messages()) {
      expect(request.header('authorization')).toBe(`Bearer ${subscription}`);
      expect(request.header('x-api-key')).toBeUndefined();
      expect(request.header('anthropic-beta')).toContain('oauth-2025-04-20');
      expect(request.rawHeaders.join('\n').toLowerCase()).not.toContain('tidegate');
    }
  });
});

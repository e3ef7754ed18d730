/** Gemini CLI itself, without a terminal, against a gateway process: configured by environment variables as users do it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { agentFrom } from '../support/agents/install.ts';
import { runAgent, type AgentOutcome } from '../support/agents/run.ts';
import { waitFor } from '../support/control-plane/wait.ts';
import { googleProvider, googleSecret } from '../support/gateway/google.ts';
import { StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { google, UpstreamServer } from '../upstreams/index.ts';

const agent = agentFrom('@google/gemini-cli', '0.61.0');
const describeAgent = 'missing' in agent ? describe.skip : describe;

const model = 'gemini-2.5-flash';

/** Signs in with a key, and tells nobody else anything. */
const settings = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  telemetry: { enabled: false },
  privacy: { usageStatisticsEnabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
};

describeAgent('Gemini CLI', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;

  beforeAll(async () => {
    upstream = await UpstreamServer.start({ wire: google({ models: [] }), keys: [upstreamKey] });
    gateway = await StandaloneGateway.start({
      manifests: {
        'gemini.yaml': [
          googleProvider('gemini', upstream.origin),
          googleProvider('allowing', upstream.origin, { models: [{ name: model }], secretRef: { name: 'gemini' } }),
          googleProvider('limited', upstream.origin, {
            models: [{ name: 'gemini-2.5-pro' }],
            secretRef: { name: 'gemini' },
          }),
          googleSecret('gemini'),
        ],
      },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  beforeEach(() => upstream.forget());

  /** One question, answered on standard output. */
  function ask(provider: string): Promise<AgentOutcome> {
    if ('missing' in agent) throw new Error(agent.missing);
    return runAgent({
      command: process.execPath,
      args: [agent.file('bundle/gemini.js'), '-m', model, '-p', 'Say hello.', '-o', 'json'],
      env: {
        GEMINI_API_KEY: 'token-of-the-caller',
        GOOGLE_GEMINI_BASE_URL: gateway.provider(provider),
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
      },
      prepare: (home) => {
        mkdirSync(join(home, '.gemini'));
        writeFileSync(join(home, '.gemini', 'settings.json'), JSON.stringify(settings));
      },
    });
  }

  test.each(['gemini', 'allowing'])(
    "gets an answer from the provider %s, metered, with the provider's key and none of its own",
    async (provider) => {
      const outcome = await ask(provider);
      expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('Hello world grüße 日本') });
      const requests = upstream.exchanges.map(({ request }) => request);
      const streamed = requests.find(({ target }) => target.includes(`${model}:streamGenerateContent?alt=sse`));
      expect(streamed?.header('x-goog-api-key')).toBe(upstreamKey);
      expect(requests.some((request) => request.rawHeaders.join().includes('token-of-the-caller'))).toBe(false);
      await waitFor('all records', async () => (await gateway.metrics()).sum('tidegate_open_requests') === 0);
      const metrics = await gateway.metrics();
      const counted = (token_type: string): number => metrics.sum('tidegate_tokens_total', { provider, token_type });
      const classes = upstream.book.classes();
      for (const token_type of ['input', 'cached_input', 'output', 'reasoning'] as const)
        expect(counted(token_type)).toBe(classes[token_type]);
      expect(classes.output).toBeGreaterThan(0);
    },
  );

  test('tells its user which models are allowed when this one is not', async () => {
    const outcome = await ask('limited');
    expect(outcome.code).not.toBe(0);
    expect(outcome.stdout + outcome.stderr).toMatch(/is not allowed.*gemini-2\.5-pro/);
    expect(upstream.exchanges.filter(({ request }) => request.target.includes('enerateContent'))).toHaveLength(0);
  });

  test.each([
    ['told by the upstream', { streamErrorAfterFrames: 2 }],
    ['told by the gateway', { cutAfterFrames: 2 }],
  ])('mistake 13: knows that a stream which fails in the middle, %s, is not whole', async (_by, scenario) => {
    upstream.always(scenario);
    const { stdout, stderr } = await ask('gemini');
    expect(stdout + stderr).toMatch(/"error": \{/);
  });
});

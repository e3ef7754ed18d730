/** Codex itself, without a terminal, against a gateway process: configured by its config file as users do it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { agentFrom } from '../support/agents/install.ts';
import { runAgent, type AgentOutcome } from '../support/agents/run.ts';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

const agent = agentFrom('@openai/codex', '0.169.0');
const describeAgent = 'missing' in agent ? describe.skip : describe;

/** What is unusual about a run. */
interface Setup {
  /** Further lines at the top of the config file. */
  readonly settings?: readonly string[];
  /** Name of the provider as Codex shows it. */
  readonly title?: string;
  readonly turns?: number;
}

describeAgent('Codex', () => {
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;

  beforeAll(async () => {
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    gateway = await StandaloneGateway.start({
      manifests: {
        'openai.yaml': [provider('openai', upstream.origin), secret('openai')],
        'limited.yaml': [provider('limited', upstream.origin, { models: [{ name: 'gpt-5' }] }), secret('limited')],
      },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  beforeEach(() => upstream.forget());

  /** Tasks with `codex exec`, each after the first a further turn of the same session. */
  function ask(
    name: string,
    model: string,
    { settings = [], title = 'Tidegate', turns = 1 }: Setup = {},
  ): Promise<AgentOutcome> {
    if ('missing' in agent) throw new Error(agent.missing);
    const codex = `"${process.execPath}" "${agent.file('bin/codex.js')}" exec`;
    const first = `${codex} --skip-git-repo-check --sandbox read-only "Say hello."`;
    const further = `${codex} resume --last --skip-git-repo-check "Say it again."`;
    return runAgent({
      command: '/bin/sh',
      args: ['-ec', [first, ...Array.from({ length: turns - 1 }, () => further)].join('\n')],
      env: { TIDEGATE_TOKEN: 'token-of-the-caller' },
      prepare: (home) => {
        const config = [
          `model = "${model}"`,
          'model_provider = "gateway"',
          'check_for_update_on_startup = false',
          ...settings,
          '[analytics]',
          'enabled = false',
          '[model_providers.gateway]',
          `name = "${title}"`,
          `base_url = "${gateway.provider(name)}/v1"`,
          'env_key = "TIDEGATE_TOKEN"',
          'wire_api = "responses"',
          'supports_websockets = false',
          'request_max_retries = 0',
          'stream_max_retries = 0',
        ];
        mkdirSync(join(home, '.codex'));
        writeFileSync(join(home, '.codex', 'config.toml'), `${config.join('\n')}\n`);
      },
    });
  }

  async function tokens(tokenClass: string): Promise<number> {
    return (await gateway.metrics()).sum('tidegate_tokens_total', { operation: 'responses', token_type: tokenClass });
  }

  /** What the metrics have gained and the upstream has booked, since `before`. */
  async function expectBooked(before: number): Promise<void> {
    const { output } = upstream.book.classes();
    expect(output).toBeGreaterThan(0);
    expect((await tokens('output')) - before).toBe(output);
  }

  test('does a task, which is metered, and its large header of metadata arrives as it was sent', async () => {
    const before = await tokens('output');
    expect(await ask('openai', 'gpt-5')).toMatchObject({ code: 0, stdout: 'Hello world grüße 日本\n' });
    const { request } = upstream.last;
    expect(request.target).toBe('/v1/responses');
    expect(JSON.parse(request.header('x-codex-turn-metadata') ?? '')).toMatchObject({ model: 'gpt-5' });
    expect(request.rawHeaders.join('\n')).not.toContain('token-of-the-caller');
    await expectBooked(before);
  });

  test('with a model that is allowed works with all its tools, with another it is told what is allowed', async () => {
    expect(await ask('limited', 'gpt-5')).toMatchObject({ code: 0 });
    const refused = await ask('limited', 'o3');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('The provider "limited" allows: gpt-5.');
    expect(upstream.exchanges).toHaveLength(1);
  });

  test.each([
    ['Tidegate', 3, false],
    ['OpenAI', 3, true],
  ])(
    'mistake 25: it compacts through the gateway; called "%s" that is %i calls, by trigger: %s',
    async (title, calls, remote) => {
      const before = await tokens('output');
      const settings = ['model_auto_compact_token_limit = 10'];
      const outcome = await ask('openai', 'gpt-5', { settings, title, turns: 2 });
      expect(outcome).toMatchObject({ code: 0, stdout: 'Hello world grüße 日本\n'.repeat(2) });
      expect(upstream.exchanges).toHaveLength(calls);
      expect(upstream.exchanges[1]?.request.body.includes('compaction_trigger')).toBe(remote);
      await expectBooked(before);
    },
  );

  test('mistake 25: POST responses/compact, which it called before, is forwarded and metered', async () => {
    const before = await tokens('output');
    for (const name of ['openai', 'limited']) {
      const answer = await fetch(`${gateway.provider(name)}/v1/responses/compact`, {
        method: 'POST',
        headers: { authorization: 'Bearer token-of-the-caller', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-5', instructions: 'x', input: [{ role: 'user', content: 'y' }] }),
      });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ object: 'response.compaction' });
    }
    expect(upstream.last.request.target).toBe('/v1/responses/compact');
    await expectBooked(before);
  });
});

/** The openai SDK for Python against a gateway process: its class for Azure and its realtime client. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/control-plane/wait.ts';
import { provider, secret, StandaloneGateway, upstreamKey } from '../support/gateway/index.ts';
import { pythonWith } from '../support/python/environment.ts';
import { openAI, UpstreamServer } from '../upstreams/index.ts';

interface AzureCalls {
  readonly chat: string;
  readonly streamed: string;
  readonly embedding: number;
  readonly limited: string;
  readonly refused: string | null;
}

interface Results {
  readonly endpoint: AzureCalls;
  readonly base_url: AzureCalls;
  readonly realtime: { readonly said?: string; readonly output_tokens?: number };
}

const here = new URL('.', import.meta.url).pathname;
const environment = pythonWith(`${here}requirements.txt`);

const describePython = 'missing' in environment ? describe.skip : describe;

describePython('the openai SDK for Python', () => {
  let azure: UpstreamServer;
  let upstream: UpstreamServer;
  let gateway: StandaloneGateway;
  let results: Results;

  beforeAll(async () => {
    azure = await UpstreamServer.start({ wire: openAI({ models: [], prefix: '/openai' }), keys: [upstreamKey] });
    upstream = await UpstreamServer.start({ wire: openAI(), keys: [upstreamKey] });
    const baseURL = `${azure.origin}/openai`;
    const limited = { baseURL, models: [{ name: 'my-gpt' }] };
    gateway = await StandaloneGateway.start({
      manifests: {
        'openai.yaml': [provider('openai', upstream.origin), secret('openai')],
        'azure.yaml': [provider('azure', azure.origin, { baseURL }), secret('azure')],
        'limited.yaml': [provider('limited', azure.origin, limited), secret('limited')],
      },
    });
    if ('missing' in environment) return;
    const { stdout } = await promisify(execFile)(environment.python, [`${here}azure_realtime_client.py`], {
      env: { ...process.env, GATEWAY: `${gateway.url}/llm/v1/providers` },
    });
    results = JSON.parse(stdout) as Results;
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await azure[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  test.each(['endpoint', 'base_url'] as const)('calls deployments of Azure, told the %s', (way) => {
    expect(results[way]).toEqual({
      chat: 'Hello world grüße 日本',
      streamed: 'Hello world grüße 日本',
      embedding: expect.any(Number),
      limited: 'my-gpt',
      refused: 'PermissionDeniedError',
    });
  });

  test('holds a realtime session, which is metered', async () => {
    expect(results.realtime).toEqual({ said: 'Hello world grüße 日本', output_tokens: 40 });
    await waitFor('the end of the session', () => upstream.webSockets[0]?.closed !== undefined);
    const metrics = await gateway.metrics();
    const labels = { provider: 'openai', operation: 'realtime', token_type: 'output' };
    expect(metrics.sum('tidegate_tokens_total', labels)).toBe(40);
  });
});

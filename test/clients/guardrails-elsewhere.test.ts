/** Answers and requests that judges outside of the gateway mask and block, as programs with the SDKs for Node see them. */
import Anthropic from '@anthropic-ai/sdk';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { ApiError } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CertificateAuthority } from '../support/certificates.ts';
import { guardrail, GuardedGateway, OUTPUT_MESSAGE } from '../support/guardrail-clients/gateway.ts';
import { ways } from '../support/guardrail-clients/ways.ts';
import { KeyRing } from '../upstreams/aws/index.ts';
import { ApplyGuardrail, GuardrailWebhook } from '../upstreams/evaluators/index.ts';

const TOKEN = 'token-of-the-judge';
const KEY = { accessKeyID: 'AKIAJUDGEJUDGEJU', secretAccessKey: 'j'.repeat(40), principal: 'arn:aws:iam::1:user/j' };
const IDENTIFIER = 'arn:aws:bedrock:eu-west-3:111122223333:guardrail/gr1';

const secret = (name: string, stringData: Readonly<Record<string, string>>): object => {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
};

/** Whether an error is the one that an SDK has for a server which is not available. */
const isServerError = {
  openai: (error: unknown) => error instanceof OpenAI.InternalServerError && error.status === 503,
  anthropic: (error: unknown) => error instanceof Anthropic.InternalServerError && error.status === 503,
  google: (error: unknown) => error instanceof ApiError && error.status === 503,
  bedrock: (error: unknown) => error instanceof Error && error.name === 'ServiceUnavailableException',
};

let webhook: GuardrailWebhook;
let bedrock: ApplyGuardrail;
let gateway: GuardedGateway;

beforeAll(async () => {
  const authority = await CertificateAuthority.create();
  const tls = await authority.server();
  webhook = await GuardrailWebhook.start({ tls, secret: TOKEN, names: ['Ada'], blocks: { 'topic/tax': 'tax' } });
  bedrock = await ApplyGuardrail.start(
    { keys: new KeyRing(KEY), service: 'bedrock', region: 'eu-west-3' },
    { identifier: IDENTIFIER, version: '3', filters: { HATE: /hateful/g }, pii: { EMAIL: /[a-z]+@[a-z.]+[a-z]/g } },
  );
  const keys = { name: 'aws-of-the-judge' };
  gateway = await GuardedGateway.start([
    guardrail('own', {
      messages: { output: OUTPUT_MESSAGE },
      timeoutMilliseconds: 10_000,
      contentPolicies: {
        evaluator: {
          http: { url: webhook.url, secretRef: { name: 'judge' }, tls: { caSecretRef: { name: 'judge' } } },
        },
      },
      bedrock: {
        identifier: IDENTIFIER,
        version: '3',
        // Of no provider: it is asked, and never attached.
        region: 'eu-west-3',
        baseURL: bedrock.url,
        credentials: { type: 'StaticKeys', staticKeys: { accessKeyIDRef: keys, secretAccessKeyRef: keys } },
      },
    }),
    secret('judge', { TOKEN, 'ca.crt': authority.certificate }),
    secret(keys.name, { AWS_ACCESS_KEY_ID: KEY.accessKeyID, AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey }),
  ]);
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await webhook[Symbol.asyncDispose]();
  await bedrock[Symbol.asyncDispose]();
});

afterEach(() => {
  for (const wire of ['openai', 'anthropic', 'google', 'bedrock'] as const) gateway.upstream(wire).forget();
  webhook.mood = 'Well';
});

describe.each(ways)('$name', (way) => {
  const { wire, blockedStop } = way;
  const ask = (prompt: string) => way.ask({ gateway, guarding: 'own' }, prompt);

  test('what both judges mask is masked, in requests and answers', async () => {
    gateway.next(wire, { says: [[{ text: ['A', 'da 🚀 wri', 'tes to a', 'da@exam', 'ple.com. Grüße'] }]] });
    const { text, stop, everything } = await ask('I am Ada, ada@example.com.');
    expect(text).toBe('{NAME} 🚀 writes to {EMAIL}. Grüße');
    expect(everything).not.toMatch(/Ada|ada@/);
    expect(stop).not.toBe(blockedStop);
    const sent = gateway.upstream(wire).last.request.body.toString();
    expect(sent).toContain('I am {NAME}, {EMAIL}.');
  });

  test.each(['How to pay less tax: ', 'Something hateful: '])(
    'an answer that one blocks ends as the provider would end it: %s',
    async (said) => {
      gateway.next(wire, { says: [[{ text: [said, 'and so ', 'on.'] }]] });
      const { text, stop } = await ask('Go on.');
      expect(stop).toBe(blockedStop);
      expect(text).toBe(OUTPUT_MESSAGE);
    },
  );

  test('a request that one blocks reaches nobody', async () => {
    const [settled] = await Promise.allSettled([ask('Tell me about tax.')]);
    expect(settled).toMatchObject({ status: 'rejected' });
    expect(String((settled as PromiseRejectedResult).reason)).toContain('topic/tax');
    expect(gateway.upstream(wire).exchanges).toEqual([]);
  });

  test('a request of which there is no verdict reaches nobody: the error of a server that is away', async () => {
    webhook.mood = 'Broken';
    const error = await ask('Hello.').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain('gives no verdict (ServerError)');
    if (!way.name.includes('as an array')) expect(isServerError[wire](error)).toBe(true);
    expect(gateway.upstream(wire).exchanges).toEqual([]);
  });

  test('an answer of which there is no verdict is an error, and not what the model would withhold', async () => {
    gateway.next(wire, { says: [[{ text: ['What nobody', ' has judged.'] }]] });
    webhook.moods.push('Well');
    webhook.mood = 'Broken';
    const [settled] = await Promise.allSettled([ask('Hello.')]);
    // Of an array nobody but the program itself tells an error from an answer.
    const told = settled.status === 'rejected' ? String(settled.reason) : settled.value.everything;
    expect(told).toContain('gives no verdict (ServerError)');
    expect(told).not.toMatch(/nobody|Withheld/);
    if (!way.name.includes('as an array')) expect(settled.status).toBe('rejected');
  });
});

describe('a judge that is away for a moment', () => {
  const prompt = [{ role: 'user' as const, content: 'Hello.' }];
  const origin = (wire: keyof typeof isServerError): string => gateway.url(wire, 'own');
  const said = async (wire: keyof typeof isServerError, call: () => Promise<unknown>): Promise<string> => {
    gateway.next(wire, { says: [[{ text: ['Hello yourself.'] }]] });
    webhook.moods.push('Broken');
    const before = webhook.requests.length;
    const heard = JSON.stringify(await call());
    // The request, the request again, and the answer.
    expect(webhook.requests.length - before).toBeGreaterThanOrEqual(3);
    expect(gateway.upstream(wire).exchanges).toHaveLength(1);
    return heard;
  };

  test('is waited for by the SDK of OpenAI itself', async () => {
    const client = new OpenAI({ apiKey: 'token-of-the-caller', baseURL: `${origin('openai')}/v1` });
    const call = (): Promise<unknown> => client.chat.completions.create({ model: 'gpt-4o', messages: prompt });
    expect(await said('openai', call)).toContain('Hello yourself.');
  });

  test('is waited for by the SDK of Anthropic itself', async () => {
    const client = new Anthropic({ apiKey: 'token-of-the-caller', authToken: null, baseURL: origin('anthropic') });
    const call = (): Promise<unknown> =>
      client.messages.create({ model: 'claude-opus-5', max_tokens: 100, messages: prompt });
    expect(await said('anthropic', call)).toContain('Hello yourself.');
  });

  test('is waited for by the SDK of AWS itself', async () => {
    const client = new BedrockRuntimeClient({
      region: 'us-east-1',
      endpoint: origin('bedrock'),
      token: { token: 'token-of-the-caller' },
      authSchemePreference: ['httpBearerAuth'],
    });
    const messages = [{ role: 'user' as const, content: [{ text: 'Hello.' }] }];
    const modelId = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
    const call = async (): Promise<unknown> =>
      (await client.send(new ConverseCommand({ modelId, messages }))).output?.message;
    expect(await said('bedrock', call)).toContain('Hello yourself.');
    client.destroy();
  });
});

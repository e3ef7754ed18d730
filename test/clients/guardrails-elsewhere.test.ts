/** Answers and requests that judges outside of the gateway mask and block, as programs with the SDKs for Node see them. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
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

let webhook: GuardrailWebhook;
let bedrock: ApplyGuardrail;
let gateway: GuardedGateway;

beforeAll(async () => {
  webhook = await GuardrailWebhook.start({ secret: TOKEN, names: ['Ada'], blocks: { 'topic/tax': 'tax' } });
  bedrock = await ApplyGuardrail.start(
    { keys: new KeyRing(KEY), service: 'bedrock', region: 'eu-west-3' },
    { identifier: IDENTIFIER, version: '3', filters: { HATE: /hateful/g }, pii: { EMAIL: /[a-z]+@[a-z.]+[a-z]/g } },
  );
  const keys = { name: 'aws-of-the-judge' };
  gateway = await GuardedGateway.start([
    guardrail('own', {
      messages: { output: OUTPUT_MESSAGE },
      timeoutMilliseconds: 10_000,
      contentPolicies: { evaluator: { http: { url: webhook.url, secretRef: { name: 'judge' } } } },
      bedrock: {
        identifier: IDENTIFIER,
        version: '3',
        // Of no provider: it is asked, and never attached.
        region: 'eu-west-3',
        baseURL: bedrock.url,
        credentials: { type: 'StaticKeys', staticKeys: { accessKeyIDRef: keys, secretAccessKeyRef: keys } },
      },
    }),
    secret('judge', { TOKEN }),
    secret(keys.name, { AWS_ACCESS_KEY_ID: KEY.accessKeyID, AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey }),
  ]);
}, 30_000);

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

  test('without a verdict nothing passes', async () => {
    webhook.mood = 'Broken';
    await expect(ask('Hello.')).rejects.toThrow('gives no verdict');
    expect(gateway.upstream(wire).exchanges).toEqual([]);
  });
});

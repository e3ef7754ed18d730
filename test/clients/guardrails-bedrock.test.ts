/** A guardrail of Amazon Bedrock, as the AWS SDK sees it: on Bedrock's own calls AWS applies it, before all others it is asked. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { bedrockKey, bedrockKeys } from '../support/gateway/bedrock.ts';
import { GuardedGateway, guardrail } from '../support/guardrail-clients/gateway.ts';
import { ways } from '../support/guardrail-clients/ways.ts';
import { ApplyGuardrail } from '../upstreams/evaluators/index.ts';

let aws: ApplyGuardrail;
let gateway: GuardedGateway;

const identifier = 'gr0topics';
const version = '3';
const OUTPUT_MESSAGE = 'No investment advice.';

beforeAll(async () => {
  const signing = { keys: bedrockKeys(), service: 'bedrock', region: 'us-east-1' } as const;
  aws = await ApplyGuardrail.start(signing, { identifier, version, topics: { Investments: /shares of|stocks/g } });
  const ref = { name: 'aws' };
  const credentials = { type: 'StaticKeys', staticKeys: { accessKeyIDRef: ref, secretAccessKeyRef: ref } };
  const bedrock = { identifier, version, region: 'us-east-1', baseURL: aws.url, credentials };
  const stringData = { AWS_ACCESS_KEY_ID: bedrockKey.accessKeyID, AWS_SECRET_ACCESS_KEY: bedrockKey.secretAccessKey };
  gateway = await GuardedGateway.start([
    guardrail('own', { bedrock, messages: { output: OUTPUT_MESSAGE } }),
    { apiVersion: 'v1', kind: 'Secret', metadata: ref, stringData },
  ]);
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await aws[Symbol.asyncDispose]();
});

afterEach(() => {
  for (const wire of ['openai', 'anthropic', 'google', 'bedrock'] as const) gateway.upstream(wire).forget();
});

describe.each(ways.filter(({ wire }) => wire === 'bedrock'))('$name', (way) => {
  test('carries the guardrail to AWS, well signed, and nobody else is asked', async () => {
    const asked = aws.texts.length;
    const said = 'You should buy shares of Initech.';
    gateway.next('bedrock', { says: [[{ text: [said.slice(0, 20), said.slice(20)] }]] });
    const { text } = await way.ask({ gateway, guarding: 'own' }, 'Which stocks?');
    expect(text).toBe(said);
    const { request } = gateway.upstream('bedrock').last;
    if (way.name.startsWith('Converse')) {
      const body = JSON.parse(request.body.toString()) as Record<string, unknown>;
      expect(body['guardrailConfig']).toEqual({ guardrailIdentifier: identifier, guardrailVersion: version });
    } else {
      expect(request.header('x-amzn-bedrock-guardrailidentifier')).toBe(identifier);
      expect(request.header('x-amzn-bedrock-guardrailversion')).toBe(version);
    }
    expect(aws.texts).toHaveLength(asked);
  });
});

describe.each(ways.filter(({ wire }) => wire !== 'bedrock'))('$name', (way) => {
  const { wire, blockedStop } = way;

  test('what AWS lets pass is heard as it was said', async () => {
    const text = ['Grüße 日本', ' 🚀 and ', 'all is well. '.repeat(200)];
    gateway.next(wire, { says: [[{ text }]] });
    const heard = await way.ask({ gateway, guarding: 'own' }, 'How is it?');
    expect(heard.text).toBe(text.join(''));
  });

  test('an answer on a denied topic is withheld', async () => {
    gateway.next(wire, { says: [[{ text: ['You should buy ', 'shares', ' of ', 'Initech.'] }]] });
    const { text, stop, everything } = await way.ask({ gateway, guarding: 'own' }, 'What should I do?');
    expect(stop).toBe(blockedStop);
    expect(text).toContain(OUTPUT_MESSAGE);
    expect(everything).not.toContain('Initech');
  });

  test('a request on a denied topic reaches nobody', async () => {
    await expect(way.ask({ gateway, guarding: 'own' }, 'Which stocks?')).rejects.toMatchObject({ status: 400 });
    expect(gateway.upstream(wire).exchanges).toEqual([]);
  });
});

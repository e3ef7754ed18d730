import { afterEach, describe, expect, test } from '@jest/globals';
import type { IncomingHttpHeaders } from 'node:http';
import { KeyRing, SignatureVerifier } from '../../../../test/upstreams/aws/index.ts';
import { receivedRequest } from '../../../../test/upstreams/aws/received.ts';
import { ApplyGuardrail } from '../../../../test/upstreams/evaluators/index.ts';
import { recordOf } from '../../../../test/support/proxy/guarded.ts';
import { guardrailEntry, startHarness, type Harness } from '../../../../test/support/proxy/harness.ts';
import { Redacted } from '../../../redacted.ts';
import type { AWSCredentialSource, GuardrailEntry } from '../../../table/types.ts';

const KEY = { accessKeyID: 'AKIATESTTESTTEST', secretAccessKey: 'a'.repeat(40), principal: 'arn:aws:iam::1:user/g' };
const keys = new KeyRing(KEY);
const source: AWSCredentialSource = {
  type: 'StaticKeys',
  accessKeyID: new Redacted(KEY.accessKeyID),
  secretAccessKey: new Redacted(KEY.secretAccessKey),
};
const signing = { keys, service: 'bedrock', region: 'eu-central-1' };

const cleanups: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of cleanups.splice(0)) await each[Symbol.asyncDispose]();
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly signature: string;
}

async function start(
  changes: Partial<GuardrailEntry> = {},
  region = 'eu-central-1',
): Promise<{ harness: Harness; received: Received[]; aws: ApplyGuardrail; answer: { body: object } }> {
  const aws = await ApplyGuardrail.start(signing, { identifier: 'gr1', version: '3', topics: { Tax: /tax/g } });
  cleanups.push(aws);
  const received: Received[] = [];
  const answer = {
    body: { output: { message: { role: 'assistant', content: [{ text: 'ok' }] } }, stopReason: 'end_turn' },
  };
  const evaluator = {
    kind: 'Bedrock',
    identifier: 'gr1',
    version: '3',
    region,
    baseURL: aws.url,
    source,
    attached: true,
  } as const;
  const harness = await startHarness({
    guardrails: [
      guardrailEntry({
        pii: { entities: [], regexes: [] },
        remote: { timeoutMilliseconds: 60_000, filters: [], deniedTopics: [], evaluators: [evaluator] },
        ...changes,
      }),
    ],
    entry: { type: 'Bedrock', region: 'eu-central-1', credential: { kind: 'AWS', source } },
    onRequest: (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method = '', url: target = '', rawHeaders, headers } = request;
        const body = Buffer.concat(parts);
        const signature = new SignatureVerifier(signing).verify(receivedRequest({ method, target, rawHeaders, body }));
        received.push({ headers, body: body.toString(), signature: signature.kind });
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer.body));
      });
    },
  });
  cleanups.push(harness);
  harness.setEntries({ baseURL: harness.origin });
  return { harness, received, aws, answer };
}

const call = async ({ url }: Harness, path: string, body: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, text: await response.text() };
};

const CONVERSE = '{"messages":[{"role":"user","content":[{"text":"my tax"}]}]}';
const INVOKE =
  '{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"my tax"}],"max_tokens":9}';

describe('a guardrail of Amazon Bedrock', () => {
  test('goes with Converse in its body, signed, in place of the client’s', async () => {
    const { harness, received, aws } = await start();
    expect((await call(harness, '/model/amazon.nova-pro/converse', CONVERSE)).status).toBe(200);
    const own = CONVERSE.replace('{', '{"guardrailConfig":{"guardrailIdentifier":"mine","guardrailVersion":"1"},');
    expect((await call(harness, '/model/amazon.nova-pro/converse', own)).status).toBe(200);
    const config = '{"guardrailConfig":{"guardrailIdentifier":"gr1","guardrailVersion":"3"},';
    expect(received.map(({ body, signature }) => [body, signature])).toEqual(
      Array.from({ length: 2 }, () => [CONVERSE.replace('{', config), 'Valid']),
    );
    expect(aws.requests).toEqual([]);
    const twice = `{"guardrailConfig":{},"guardrailConfig":{},"messages":[]}`;
    expect((await call(harness, '/model/amazon.nova-pro/converse', twice)).status).toBe(400);
  });

  test('goes with InvokeModel in headers, of a model of any form', async () => {
    const { harness, received, aws } = await start();
    const own = { 'x-amzn-bedrock-guardrailidentifier': 'mine', 'x-amzn-bedrock-guardrailversion': '1' };
    expect((await call(harness, '/model/anthropic.claude-x/invoke', INVOKE, own)).status).toBe(200);
    expect((await call(harness, '/model/some.unknown/invoke', '{"anything":1}')).status).toBe(200);
    expect(
      received.map(({ headers, body }) => [
        headers['x-amzn-bedrock-guardrailidentifier'],
        headers['x-amzn-bedrock-guardrailversion'],
        body,
      ]),
    ).toEqual([
      ['gr1', '3', INVOKE],
      ['gr1', '3', '{"anything":1}'],
    ]);
    expect(aws.requests).toEqual([]);
  });

  test('looks at all of a request, also where its caller marks a part for AWS to look at', async () => {
    const { harness, received, aws } = await start();
    const marked = CONVERSE.replace('[{"text"', '[{"guardContent":{"text":{"text":"a joke"}}},{"text"');
    const answer = await call(harness, '/model/amazon.nova-pro/converse', marked);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('topic/Tax');
    expect(aws.requests).toHaveLength(1);
    expect(received).toEqual([]);
    const harmless = marked.replace('my tax', 'another');
    expect((await call(harness, '/model/amazon.nova-pro/converse', harmless)).status).toBe(200);
    expect(received[0]?.body).toBe(
      harmless.replace('{', '{"guardrailConfig":{"guardrailIdentifier":"gr1","guardrailVersion":"3"},'),
    );
  });

  test('is not told by a caller of InvokeModel to look at a part, or after the stream has gone out', async () => {
    const { harness, received } = await start();
    const config = '"amazon-bedrock-guardrailConfig":{"tagSuffix":"x","streamProcessingMode":"ASYNCHRONOUS"}';
    await call(harness, '/model/anthropic.claude-x/invoke', INVOKE.replace('{', `{${config},`));
    expect(received[0]).toMatchObject({
      body: INVOKE.replace('{', '{"amazon-bedrock-guardrailConfig":{},'),
      signature: 'Valid',
    });
    const twice = INVOKE.replace('{', `{${config},${config},`);
    expect((await call(harness, '/model/anthropic.claude-x/invoke', twice)).status).toBe(400);
  });

  test('that steps in is counted', async () => {
    const { harness, answer } = await start();
    answer.body = {
      output: { message: { role: 'assistant', content: [{ text: 'Sorry.' }] } },
      stopReason: 'guardrail_intervened',
    };
    await call(harness, '/model/amazon.nova-pro/converse', CONVERSE);
    expect(await recordOf(harness)).toMatchObject({
      guardrails: [
        { direction: 'Input', action: 'Allow' },
        { direction: 'Output', action: 'Block', rules: { 'bedrock/intervened': 1 } },
      ],
    });
    await expect(
      harness.metric('tidegate_guardrail_checks_total', 'rule="bedrock/intervened"', 'action="Block"'),
    ).resolves.toBe(1);
  });

  test('is asked by ApplyGuardrail about a call that cannot carry it', async () => {
    for (const { harness, received, aws } of [
      await start({}, 'us-east-1'),
      await start({ scopes: ['User'] }),
      await start({ mode: 'Audit' }),
    ]) {
      await call(harness, '/model/amazon.nova-pro/converse', CONVERSE);
      for (const { body } of received) expect(body).toBe(CONVERSE);
      expect(aws.requests.length).toBeGreaterThan(0);
    }
    const { harness, received } = await start({ scopes: ['User'] });
    expect((await call(harness, '/model/amazon.nova-pro/converse', CONVERSE)).text).toContain('topic/Tax');
    expect(received).toEqual([]);
  });
});

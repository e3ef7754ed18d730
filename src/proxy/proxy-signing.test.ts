import { describe, expect, test } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { waitFor } from '../../test/support/control-plane/wait.ts';
import { exchange, post } from '../../test/support/gateway/index.ts';
import { guardrailEntry, startHarness } from '../../test/support/proxy/harness.ts';
import type { Harness, HarnessOptions } from '../../test/support/proxy/harness.ts';
import { KeyRing, readRequest, SignatureVerifier } from '../../test/upstreams/aws/index.ts';
import type { Key } from '../../test/upstreams/aws/index.ts';
import type { ReceivedRequest } from '../../test/upstreams/types.ts';
import { Redacted } from '../redacted.ts';
import type { ProviderEntry } from '../table/types.ts';

const KEY: Key = {
  accessKeyID: 'AKIAPROXYTEST',
  secretAccessKey: 'c2VjcmV0LW9mLXRoZS1wcm92aWRlcg',
  principal: 'arn:aws:iam::123456789012:user/gateway',
};
const REGION = 'eu-central-1';
const MODEL = '/model/eu.amazon.nova-lite-v1%3A0/converse';

function staticKeys(key: Key): ProviderEntry['credential'] {
  return {
    kind: 'AWS',
    source: {
      type: 'StaticKeys',
      accessKeyID: new Redacted(key.accessKeyID),
      secretAccessKey: new Redacted(key.secretAccessKey),
      ...(key.sessionToken === undefined ? {} : { sessionToken: new Redacted(key.sessionToken) }),
    },
  };
}

interface Bedrock extends Harness {
  /** Whatever reached the upstream. */
  readonly received: ReceivedRequest[];
  readonly keys: KeyRing;
}

/** A proxy before an upstream that answers 200 to what is signed well, and as AWS to the rest. */
async function startBedrock(options: Partial<HarnessOptions> = {}): Promise<Bedrock> {
  const keys = new KeyRing(KEY);
  const verifier = new SignatureVerifier({ keys, service: 'bedrock', region: REGION });
  const received: ReceivedRequest[] = [];
  const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
    void readRequest(incoming).then((request) => {
      received.push(request);
      const verdict = verifier.verify(request);
      if (verdict.kind === 'Valid') response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      else response.writeHead(verdict.status, { 'x-amzn-errortype': verdict.type }).end(verdict.message);
    });
  };
  const { entry, ...rest } = options;
  const harness = await startHarness({
    onRequest,
    entry: { type: 'Bedrock', region: REGION, credential: staticKeys(KEY), ...entry },
    ...rest,
  });
  const setEntries: Harness['setEntries'] = (...entries) =>
    harness.setEntries(...entries.map((one) => ({ baseURL: harness.origin, ...one })));
  setEntries({});
  return { ...harness, setEntries, received, keys };
}

describe('a request to Bedrock', () => {
  test.each<[string, string | Buffer | Buffer[]]>([
    ['a whole body', '{"messages":[]}'],
    ['an empty body', ''],
    ['a body in many chunks', Array.from({ length: 50 }, (_, i) => Buffer.from(`"${i}" `))],
    ['a body of 30 MB', Buffer.alloc(30_000_000, 'x')],
    ['a body of 30 MB in chunks', Array.from({ length: 300 }, (_, i) => Buffer.alloc(100_000, i))],
  ])('is signed with %s', async (_, body) => {
    await using bedrock = await startBedrock();
    const answer = await exchange(bedrock.url + MODEL, { method: 'POST', body });
    expect([answer.status, answer.body.toString()]).toEqual([200, '{}']);
    const sent = Array.isArray(body) ? Buffer.concat(body) : Buffer.from(body);
    const [request] = bedrock.received;
    expect(request?.body.equals(sent)).toBe(true);
    expect(request?.header('x-amz-content-sha256')).toBe(createHash('sha256').update(sent).digest('hex'));
  });

  test('is signed with a body that the gateway has changed', async () => {
    await using bedrock = await startBedrock();
    const body = { model: 'openai.gpt-oss-20b-1:0', stream: true, messages: [] };
    const answer = await post(`${bedrock.url}/openai/v1/chat/completions`, body);
    expect(answer.status).toBe(200);
    expect(JSON.parse(bedrock.received[0]?.body.toString() ?? '')).toMatchObject({
      stream_options: { include_usage: true },
    });
  });

  test.each(['short', 'long '.repeat(200_000)])('is signed with what guardrails have made of it', async (text) => {
    await using bedrock = await startBedrock({ guardrails: [guardrailEntry()] });
    const body = (address: string): object => ({ messages: [{ role: 'user', content: [{ text: text + address }] }] });
    const answer = await post(bedrock.url + MODEL, body(' a@example.com'));
    expect([answer.status, answer.body.toString()]).toEqual([200, '{}']);
    expect(bedrock.received[0]?.body.toString()).toBe(JSON.stringify(body(' {EMAIL}')));
  });

  test.each(['GET', 'DELETE'])('is signed without a body: %s', async (method) => {
    await using bedrock = await startBedrock();
    const answer = await exchange(`${bedrock.url}/async-invoke?maxResults=5&nextToken=a%2Fb`, { method });
    expect(answer.status).toBe(200);
    expect(bedrock.received[0]?.target).toBe('/async-invoke?maxResults=5&nextToken=a%2Fb');
  });

  test.each([
    '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1:0/converse',
    '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
    '/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fab12/converse',
    '/model/arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile%2fab12/invoke',
  ])('is signed as its client has encoded it: %s', async (path) => {
    await using bedrock = await startBedrock();
    const answer = await post(bedrock.url + path, {});
    expect([answer.status, bedrock.received[0]?.target]).toEqual([200, path]);
  });

  test('is signed after the client was told to go on', async () => {
    await using bedrock = await startBedrock();
    const path = new URL(bedrock.url).pathname + MODEL;
    const socket = connect(Number(new URL(bedrock.url).port), '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
    });
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n`,
    );
    await waitFor('100 Continue', () => Promise.resolve(heard.startsWith('HTTP/1.1 100 ')));
    socket.write('{}');
    await waitFor('the answer', () => Promise.resolve(heard.includes('HTTP/1.1 200 ')));
    socket.destroy();
    expect(bedrock.received[0]?.header('expect')).toBeUndefined();
  });

  test("loses the client's own signature and credentials, and keeps the rest", async () => {
    await using bedrock = await startBedrock();
    const answer = await post(
      bedrock.url + MODEL,
      {},
      {
        authorization: 'AWS4-HMAC-SHA256 Credential=AKIACLIENT/20261121/us-east-1/bedrock/aws4_request, Signature=00',
        'x-amz-date': '20200101T000000Z',
        'x-amz-security-token': 'token-of-the-client',
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
        'x-api-key': 'key-of-the-client',
        'x-amz-user-agent': 'aws-sdk-js/3.0.0',
        'x-amzn-bedrock-trace': 'ENABLED',
        'amz-sdk-invocation-id': '1',
      },
    );
    expect(answer.status).toBe(200);
    const headers = bedrock.received[0]?.rawHeaders.join('\n') ?? '';
    expect(headers).not.toMatch(/AKIACLIENT|20200101|of-the-client|UNSIGNED/);
    expect(headers).toContain('x-amzn-bedrock-trace\nENABLED');
    expect(headers).toContain('amz-sdk-invocation-id\n1');
    expect(headers.match(/authorization/gi)).toHaveLength(1);
  });

  test('is signed with the keys of the table in force', async () => {
    await using bedrock = await startBedrock();
    expect((await post(bedrock.url + MODEL, {})).status).toBe(200);
    const next = { ...KEY, accessKeyID: 'AKIANEXT', secretAccessKey: 'another', sessionToken: 'a-session' };
    bedrock.keys.revoke(KEY.accessKeyID);
    bedrock.keys.add(next);
    const refused = await post(bedrock.url + MODEL, {});
    expect([refused.status, refused.headers['x-amzn-errortype']]).toEqual([403, 'UnrecognizedClientException']);
    bedrock.setEntries({ credential: staticKeys(next) });
    expect((await post(bedrock.url + MODEL, {})).status).toBe(200);
    expect(bedrock.received.at(-1)?.header('x-amz-security-token')).toBe('a-session');
  });

  test('is held within the limits, since its signature is over its body', async () => {
    await using bedrock = await startBedrock({ limits: { bytesInFlight: 100_000 } });
    const answer = await exchange(bedrock.url + MODEL, { method: 'POST', body: Buffer.alloc(100_001) });
    expect([answer.status, answer.headers['x-tidegate-error']]).toEqual([503, 'Overloaded']);
    const chunked = await exchange(bedrock.url + MODEL, {
      method: 'POST',
      body: [Buffer.alloc(60_000), Buffer.alloc(60_000)],
    });
    expect([chunked.status, chunked.headers['x-tidegate-error']]).toEqual([503, 'Overloaded']);
    expect((await exchange(bedrock.url + MODEL, { method: 'POST', body: Buffer.alloc(100_000) })).status).toBe(200);
    expect(bedrock.received).toHaveLength(1);
  });

  test('leaves no key in log, metrics or description', async () => {
    const key = { ...KEY, sessionToken: 'c2Vzc2lvbi10b2tlbg' };
    await using bedrock = await startBedrock({ entry: { credential: staticKeys(key) } });
    bedrock.keys.add(key);
    expect((await post(bedrock.url + MODEL, {})).status).toBe(200);
    bedrock.keys.revoke(key.accessKeyID);
    expect((await post(bedrock.url + MODEL, {})).status).toBe(403);
    const described = (await exchange(bedrock.url)).body.toString();
    expect(described).toContain('Bedrock');
    const everything = bedrock.log() + (await bedrock.registry.metrics()) + described;
    for (const secret of [key.accessKeyID, key.secretAccessKey, key.sessionToken, 'Signature=']) {
      expect(everything).not.toContain(secret);
    }
  });
});

import { createHash, createHmac } from 'node:crypto';
import type { Hash, Hmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { providerEntry } from '../../../test/support/wire.ts';
import { KeyRing, receivedRequest, SignatureVerifier } from '../../../test/upstreams/aws/index.ts';
import type { SigningCredentials, UnsignedRequest } from '../wire.ts';
import { sign, signingServiceOf } from './sign.ts';

const NOW = new Date('2026-11-21T14:22:19.987Z');
const REGION = 'us-east-1';
const ENTRY = providerEntry([], { type: 'Bedrock', region: REGION });
const PERMANENT: SigningCredentials = { accessKeyID: 'AKIAPERMANENT', secretAccessKey: 'secret/permanent' };
const SESSION: SigningCredentials = {
  accessKeyID: 'ASIASESSION',
  secretAccessKey: 'secret+session',
  sessionToken: 'token/session==',
};

function sha256(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** What AWS says to the request with its signature, as it goes over the wire. */
function verdict(request: UnsignedRequest, body: string, credentials: SigningCredentials, service: string): string {
  const keys = new KeyRing(
    ...[PERMANENT, SESSION].map((key) => ({ ...key, principal: `arn:aws:iam::123456789012:user/${key.accessKeyID}` })),
  );
  const verifier = new SignatureVerifier({ keys, service, region: REGION, now: () => NOW });
  const rawHeaders = ['host', request.host, ...request.headers, ...sign(ENTRY, request, credentials, NOW).flat()];
  const { method, path } = request;
  const found = verifier.verify(receivedRequest({ method, target: path, rawHeaders, body: Buffer.from(body) }));
  return found.kind === 'Valid' ? found.key.accessKeyID : found.message;
}

function request(changes: Partial<UnsignedRequest> = {}): UnsignedRequest {
  return {
    method: 'POST',
    host: 'bedrock-runtime.us-east-1.amazonaws.com',
    path: '/model/us.amazon.nova-lite-v1:0/converse',
    headers: ['content-type', 'application/json', 'accept-encoding', 'identity'],
    bodySHA256: sha256('{}'),
    ...changes,
  };
}

describe('a signed request', () => {
  test.each([
    ['a model id with a colon', '/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/converse'],
    ['a model id with an encoded colon', '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse'],
    [
      'an ARN',
      '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fab12cd34/invoke',
    ],
    ['an ARN in small letters', '/model/arn%3aaws%3abedrock%3aus-east-1%3a123456789012%3ax%2fab12cd34/invoke'],
    ['a query', '/foundation-models?byProvider=Amazon&byOutputModality=TEXT'],
    ['a query that is encoded oddly', '/inference-profiles?nextToken=a%2Fb+c%3d%3D&maxResults=10&type'],
    ['an empty query', '/foundation-models?'],
    ['doubled slashes', '//model//x/converse'],
    ['an asterisk and its like', "/model/(it's*)!/invoke"],
  ])('is accepted with %s', (_, path) => {
    expect(verdict(request({ path }), '{}', PERMANENT, 'bedrock')).toBe('AKIAPERMANENT');
  });

  test('is accepted with a session token, and with headers of AWS that the client sent', () => {
    const headers = [
      'X-Amz-User-Agent',
      ' aws-sdk-js/3   \u00c3\u00a0\t a\u00c3\u00a0',
      'x-amz-target',
      'a',
      'X-Amz-Target',
      'b',
    ];
    expect(verdict(request({ headers }), '{}', SESSION, 'bedrock')).toBe('ASIASESSION');
  });

  test('is not accepted with another body', () => {
    expect(verdict(request(), '{ }', PERMANENT, 'bedrock')).toContain('does not match');
  });

  test('is signed for the service behind its host', () => {
    const host = 'bedrock-mantle.us-east-1.api.aws';
    expect(verdict(request({ host }), '{}', PERMANENT, 'bedrock-mantle')).toBe('AKIAPERMANENT');
    expect(verdict(request({ host }), '{}', PERMANENT, 'bedrock')).toContain("correct service: 'bedrock'");
  });

  test('says nothing of a session that there is not', () => {
    expect(sign(ENTRY, request(), PERMANENT, NOW).map(([name]) => name)).toEqual([
      'x-amz-date',
      'x-amz-content-sha256',
      'authorization',
    ]);
  });

  test('of any path, query and headers has the signature of the AWS SDK, and is accepted', async () => {
    // What the AWS SDK can be given: it takes path and query apart, and knows a query by its decoded names and values.
    const text = fc.string({ unit: fc.constantFrom(...'ab0-._~%:/*()!\'$&+,;=@ "äß'.split('')), maxLength: 8 });
    const dotless = text.filter((one) => one !== '.' && one !== '..');
    const segment = fc.oneof(
      dotless.map(encodeURIComponent),
      fc.constantFrom('', 'a:b', 'model', '%2F', '%3a', "!'()*"),
    );
    const parameters = fc.dictionary(text, fc.array(text, { minLength: 1, maxLength: 3 }), {
      noNullPrototype: true,
      maxKeys: 4,
    });
    const header = fc.tuple(
      fc.constantFrom('x-amz-one', 'x-amz-user-agent', 'content-type', 'x-amz-z'),
      fc.string({ unit: fc.constantFrom(...'ab /;="'.split('')), maxLength: 9 }),
    );
    const headers = fc.uniqueArray(header, { selector: ([name]) => name, maxLength: 4 });
    const arbitrary = fc.record({
      segments: fc.array(segment, { maxLength: 5 }),
      parameters,
      headers,
      body: fc.string({ maxLength: 20 }),
      credentials: fc.constantFrom(PERMANENT, SESSION),
      method: fc.constantFrom('GET', 'POST', 'DELETE'),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ segments, parameters, headers, body, credentials, method }) => {
        const path = `/${segments.join('/')}`;
        const query = Object.entries(parameters)
          .flatMap(([name, values]) =>
            values.map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
          )
          .join('&');
        const own = request({
          method,
          path: query === '' ? path : `${path}?${query}`,
          headers: headers.flat(),
          bodySHA256: sha256(body),
        });
        const signature = new Map(sign(ENTRY, own, credentials, NOW)).get('authorization');
        expect(signature).toBe(await signatureOfSDK({ method, path, parameters, headers, body, credentials }));
        expect(verdict(own, body, credentials, 'bedrock')).toBe(credentials.accessKeyID);
      }),
      { numRuns: 300 },
    );
  });
});

interface Signed {
  readonly method: string;
  readonly path: string;
  readonly parameters: Record<string, string[]>;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly credentials: SigningCredentials;
}

async function signatureOfSDK({ method, path, parameters, headers, body, credentials }: Signed): Promise<string> {
  const { accessKeyID: accessKeyId, ...rest } = credentials;
  const signer = new SignatureV4({
    service: 'bedrock',
    region: REGION,
    credentials: { accessKeyId, ...rest },
    sha256: Sha256,
  });
  const hostname = request().host;
  const signed = await signer.sign(
    {
      method,
      protocol: 'https:',
      hostname,
      path,
      query: parameters,
      headers: { host: hostname, ...Object.fromEntries(headers) },
      body,
    },
    { signingDate: NOW },
  );
  return signed.headers['authorization'] ?? '';
}

/** The hash that the SDK's signer is given. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('a hash is used once');
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

describe('the signing name', () => {
  test.each(['sts.us-east-1.amazonaws.com', 'iam.amazonaws.com', 's3.us-east-1.amazonaws.com'])(
    'is never that of another service: %s',
    (host) => {
      const service = host.split('.')[0] ?? '';
      expect(verdict(request({ host }), '{}', PERMANENT, service)).toContain('scoped to correct service');
    },
  );

  test.each([
    ['bedrock-runtime.eu-west-1.amazonaws.com', 'bedrock'],
    ['bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'bedrock'],
    ['bedrock.us-east-1.amazonaws.com', 'bedrock'],
    ['vpce-0a1b2c3d-abcd.bedrock-runtime.us-east-1.vpce.amazonaws.com', 'bedrock'],
    ['127.0.0.1:8080', 'bedrock'],
    ['bedrock-mantle.us-east-1.api.aws', 'bedrock-mantle'],
    ['vpce-0a1b2c3d-abcd.bedrock-mantle.us-east-1.vpce.amazonaws.com', 'bedrock-mantle'],
  ])('of %s is %s', (host, service) => {
    expect(signingServiceOf(host)).toBe(service);
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SigningCredentials } from '../wire.ts';
import { authorizationOf, canonicalPath, canonicalQuery, timestampOf } from './sigv4.ts';

const CREDENTIALS: SigningCredentials = {
  accessKeyID: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const SCOPE = { service: 'service', region: 'us-east-1', timestamp: '20150830T123600Z' };
const NO_BODY = createHash('sha256').digest('hex');

interface Vector {
  readonly name: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly signature: string;
}

/**
 * Of the suite that AWS publishes with its own signer. Requests in it that are no HTTP (characters beyond Latin-1) are
 * given as the bytes that stand for them.
 * https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4
 */
const VECTORS: readonly Vector[] = [
  {
    name: 'get-slashes-normalized',
    path: '//example//',
    signature: '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
  },
  {
    name: 'get-vanilla-query-order-encoded',
    path: '/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1',
    signature: '371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    path: '/?Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'get-vanilla-with-session-token',
    path: '/',
    headers: [['x-amz-security-token', '6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267']],
    signature: '07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8',
  },
  {
    name: 'get-utf8',
    path: '/\u00e1\u0088\u00b4',
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  {
    name: 'get-vanilla-utf8-query',
    path: '/?\u00e1\u0088\u00b4=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  {
    name: 'get-header-value-trim',
    path: '/',
    headers: [
      ['my-header1', ' value1'],
      ['my-header2', ' "a   b   c"'],
    ],
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    name: 'get-header-key-duplicate',
    path: '/',
    headers: [
      ['my-header1', 'value2'],
      ['my-header1', 'value2'],
      ['my-header1', 'value1'],
    ],
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  {
    name: 'get-space-normalized',
    path: '/example space/',
    signature: '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  },
  {
    name: 'get-slash-pointless-dot-normalized',
    path: '/./example',
    signature: 'ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5',
  },
  {
    name: 'get-relative-relative-normalized',
    path: '/example1/example2/../..',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'post-x-www-form-urlencoded',
    method: 'POST',
    path: '/',
    headers: [
      ['content-type', 'application/x-www-form-urlencoded'],
      ['content-length', '13'],
      ['x-amz-content-sha256', '9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e'],
    ],
    body: 'Param1=value1',
    signature: 'd3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b',
  },
];

describe('SigV4', () => {
  test.each(VECTORS)('signs as AWS does: $name', ({ method = 'GET', path, headers = [], body, signature }) => {
    const authorization = authorizationOf(
      {
        method,
        path,
        headers: [...headers, ['host', 'example.amazonaws.com'], ['x-amz-date', SCOPE.timestamp]],
        bodySHA256: body === undefined ? NO_BODY : createHash('sha256').update(body).digest('hex'),
      },
      SCOPE,
      CREDENTIALS,
    );
    expect(authorization).toContain('Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ');
    expect(authorization.split('Signature=')[1]).toBe(signature);
  });

  test('encodes a path that is encoded once more', () => {
    expect(canonicalPath('/model/a:0/invoke')).toBe('/model/a%3A0/invoke');
    expect(canonicalPath('/model/a%3A0/invoke')).toBe('/model/a%253A0/invoke');
    expect(canonicalPath('/model/arn%3aaws%3ax%2Fy/converse')).toBe('/model/arn%253aaws%253ax%252Fy/converse');
  });

  test('reads a query in whatever encoding, and writes it in one', () => {
    expect(canonicalQuery('b=%7e&a=%2f:&a=+&c&b=%zz&&')).toBe('a=%20&a=%2F%3A&b=%25zz&b=~&c=');
  });

  test('does not care in which encoding or order a query comes', () => {
    const pairs = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), { minLength: 1 });
    fc.assert(
      fc.property(pairs, (parameters) => {
        const plain = parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
        const form = new URLSearchParams(parameters.toReversed()).toString();
        expect(canonicalQuery(form)).toBe(canonicalQuery(plain.join('&')));
      }),
    );
  });

  test('says the time in seconds', () => {
    expect(timestampOf(new Date('2026-11-21T14:22:19.987Z'))).toBe('20261121T142219Z');
  });

  test('derives keys anew for other credentials, days, regions and services', () => {
    const parts = { method: 'GET', path: '/', headers: [['host', 'h'] as const], bodySHA256: NO_BODY };
    const signatures = new Set<string>();
    const add = (scope: typeof SCOPE, credentials: SigningCredentials): void => {
      signatures.add(authorizationOf(parts, scope, credentials).split('Signature=')[1] ?? '');
    };
    for (const credentials of [CREDENTIALS, { ...CREDENTIALS, secretAccessKey: 'another' }]) {
      for (let round = 0; round < 2; round++) {
        add(SCOPE, credentials);
        add({ ...SCOPE, region: 'eu-west-1' }, credentials);
        add({ ...SCOPE, service: 'sts' }, credentials);
        for (let day = 10; day < 20; day++) add({ ...SCOPE, timestamp: `201508${day}T123600Z` }, credentials);
      }
    }
    expect(signatures.size).toBe(2 * 13);
  });
});

import { describe, expect, test } from '@jest/globals';
import type { Exchange } from './exchange/exchange.ts';
import { credentialOf, ownCredentialOf } from './credential.ts';
import { RequestHead } from './request-head.ts';
import { ResponseHead } from './response-head.ts';

const headOf = (...rawHeaders: string[]): RequestHead =>
  new RequestHead({ method: 'POST', rawHeaders, hasBody: true } as unknown as Exchange, '/x', '');

describe("a request's headers", () => {
  test('travel on in order, spelling and number', () => {
    const headers = [
      'X-Stainless-Lang',
      'js',
      'x-a',
      '1',
      'X-A',
      '2',
      'Accept-Encoding',
      'gzip, br',
      'Content-Type',
      'a/b',
    ];
    expect(headOf(...headers).forwarded).toEqual(headers);
  });

  test.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'HTTP2-Settings',
    'Proxy-Authorization',
    'Host',
    'Expect',
    'Content-Length',
  ])('%s stays on its hop', (name) => {
    expect(headOf('a', 'b', name, '1').forwarded).toEqual(['a', 'b']);
  });

  test.each([
    'Authorization',
    'X-Tidegate-Authorization',
    'X-Api-Key',
    'X-Goog-Api-Key',
    'Api-Key',
    'X-Amz-Date',
    'X-Amz-Security-Token',
    'X-Amz-Content-SHA256',
  ])("%s, a caller's credential, never travels on", (name) => {
    expect(headOf(name, 'secret', 'a', 'b', name.toUpperCase(), 'secret').forwarded).toEqual(['a', 'b']);
  });

  test('that Connection names are dropped, wherever they stand', () => {
    const head = headOf('X-One', '1', 'Connection', 'keep-alive, x-ONE , X-Two', 'x-two', '2', 'x-three', '3');
    expect(head.forwarded).toEqual(['x-three', '3']);
  });

  test('that say how the body is read must not come twice', () => {
    expect(headOf('content-type', 'a', 'Content-Type', 'b').problem).toMatch(/content-type must not come twice/);
    expect(headOf('content-encoding', 'a', 'x', 'y', 'content-encoding', 'a').problem).toMatch(/must not come twice/);
    expect(headOf('content-type', 'a', 'content-encoding', 'b').problem).toBeUndefined();
  });

  test.each(['content-type', 'Content-Encoding', 'content-length', 'Authorization', 'Host', 'X-HTTP-Method-Override'])(
    'that the gateway decides by must not be named by Connection: %s',
    (name) => {
      const problem = `The header Connection must not name ${name.toLowerCase()}.`;
      expect(headOf('content-type', 'application/json', 'Connection', `close, ${name}`).problem).toBe(problem);
    },
  );

  test('of a WebSocket handshake are refused where none is served; another upgrade is declined by ignoring it', () => {
    const handshake = ['Connection', 'Upgrade', 'Upgrade', 'WebSocket', 'Sec-WebSocket-Protocol', 'token.s3cret'];
    expect(headOf(...handshake).problem).toMatch(/^A WebSocket is opened with GET over HTTP\/1\.1/);
    expect(headOf(...handshake).forwarded).toEqual([]);
    const h2c = headOf('Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', 'AAMA');
    expect([h2c.problem, h2c.forwarded]).toEqual([undefined, []]);
  });

  test('of a WebSocket handshake travel on where one is served, without extensions and the token of a browser', () => {
    const rawHeaders = [
      'Connection',
      'Upgrade',
      'Upgrade',
      'websocket',
      'Sec-WebSocket-Key',
      'k',
      'Sec-WebSocket-Version',
      '13',
      'Sec-WebSocket-Extensions',
      'permessage-deflate',
      'Sec-WebSocket-Protocol',
      'realtime, openai-insecure-api-key.s3cret, x',
    ];
    const request = { method: 'GET', rawHeaders, hasBody: false, webSocket: true } as unknown as Exchange;
    const head = new RequestHead(request, '/realtime', '');
    expect(head.problem).toBeUndefined();
    expect(head.forwarded).toEqual([
      'Sec-WebSocket-Key',
      'k',
      'Sec-WebSocket-Version',
      '13',
      'Sec-WebSocket-Protocol',
      'realtime, x',
    ]);
    expect(credentialOf(head, undefined)).toBe('s3cret');
    expect(ownCredentialOf(head)).toBeUndefined();
  });

  test("that look like the gateway's own do not travel on", () => {
    expect(headOf('X-Tidegate-Error', 'Forged', 'x-tidegate-anything', '1', 'Cookie', 'a=b').forwarded).toEqual([
      'Cookie',
      'a=b',
    ]);
  });
});

describe('the credential', () => {
  const all = [
    'X-Tidegate-Authorization',
    'Bearer one',
    'Authorization',
    'bearer two',
    'X-Api-Key',
    'three',
    'X-Goog-Api-Key',
    'four',
  ];
  test.each([
    [0, 'one'],
    [2, 'two'],
    [4, 'three'],
    [6, 'four'],
    [8, 'fi ve'],
  ])('is looked for in the order of the contract (%i)', (from, expected) => {
    expect(credentialOf(headOf(...all.slice(from)), 'fi%20ve')).toBe(expected);
  });

  test('of the SDK for Azure is read from api-key, before the query', () => {
    expect(credentialOf(headOf('Api-Key', 'azure'), 'query')).toBe('azure');
    expect(credentialOf(headOf('Api-Key', 'azure', 'X-Goog-Api-Key', 'google'), undefined)).toBe('google');
  });

  test('in another form than a bearer token is passed over', () => {
    const head = headOf('Authorization', 'AWS4-HMAC-SHA256 Credential=x', 'X-Tidegate-Authorization', 'Bearer t');
    expect(credentialOf(head, undefined)).toBe('t');
    expect(credentialOf(headOf('Authorization', 'Basic eDp5'), undefined)).toBeUndefined();
    expect(credentialOf(headOf('Authorization', 'Bearer '), '')).toBeUndefined();
  });
});

describe("an answer's headers", () => {
  test('go on without what belongs to the hop, repeated ones one by one, with the request id', () => {
    const head = new ResponseHead(200, {
      'content-type': 'a/b',
      'set-cookie': ['a=1', 'b=2'],
      connection: 'close, x-hop',
      'x-hop': '1',
      'keep-alive': 'timeout=5',
      'transfer-encoding': 'chunked',
      'retry-after': '7',
      'x-tidegate-error': 'Forged',
      'x-tidegate-request-id': 'forged',
      'content-length': '9',
    });
    const kept = ['content-type', 'a/b', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'retry-after', '7'];
    expect(head.forClient('id', false)).toEqual([...kept, 'content-length', '9', 'x-tidegate-request-id', 'id']);
    expect(head.forClient('id', true)).toEqual([...kept, 'x-tidegate-request-id', 'id']);
  });

  test.each(['etag', 'content-md5', 'content-digest', 'repr-digest', 'digest', 'x-amz-crc32'])(
    'say nothing of bytes that are not there: %s',
    (name) => {
      const head = new ResponseHead(200, { [name]: 'x' });
      expect(head.forClient('id', false)).toEqual([name, 'x', 'x-tidegate-request-id', 'id']);
      expect(head.forClient('id', true)).toEqual(['x-tidegate-request-id', 'id']);
    },
  );
});

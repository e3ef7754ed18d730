import { describe, expect, test } from '@jest/globals';
import { isLoopback, listenURL, parseListenAddress } from './listen-address.ts';

describe('listen addresses', () => {
  test.each([
    [':8080', undefined, 8080],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['[::1]:9090', '::1', 9090],
    ['localhost:1', 'localhost', 1],
  ])('%s is read', (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port });
  });

  test.each(['', '8080', '127.0.0.1', '::1:80', 'host:99999', 'a:b:80', 'http://x:80'])('%j is refused', (text) => {
    expect(() => parseListenAddress(text)).toThrow('is not a listen address');
  });

  test.each([
    ['127.0.0.1:1', true],
    ['127.9.9.9:1', true],
    ['[::1]:1', true],
    ['localhost:1', true],
    [':1', false],
    ['0.0.0.0:1', false],
    ['[::]:1', false],
    ['127.0.0.1.evil.example:1', false],
    ['10.0.0.1:1', false],
  ])('%s: loopback %s', (text, expected) => {
    expect(isLoopback(parseListenAddress(text))).toBe(expected);
  });

  test('a bound address is shown as a URL that can be opened', () => {
    expect(listenURL({ address: '::', port: 80 })).toBe('http://127.0.0.1:80');
    expect(listenURL({ address: '::1', port: 80 })).toBe('http://[::1]:80');
  });
});

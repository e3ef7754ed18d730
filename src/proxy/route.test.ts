import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRoute } from './route.ts';

const route = (target: string) => parseRoute(target, 'own');

describe('calls', () => {
  test.each([
    ['/llm/v1/providers/up/chat/completions', 'own', '/chat/completions', ''],
    ['/llm/v1/providers/up/', 'own', '/', ''],
    ['/llm/v1/providers/up/v1/models?a=%20&b', 'own', '/v1/models', 'a=%20&b'],
    ['/llm/v1/namespaces/team-a/providers/up/models/a%2Fb%3A1', 'team-a', '/models/a%2Fb%3A1', ''],
    ['/llm/v1/providers/up/x//y/', 'own', '/x//y/', ''],
    ['/llm/v1/providers/up/models/mod%C3%A8le%20%F0%9F%9A%80', 'own', '/models/mod%C3%A8le%20%F0%9F%9A%80', ''],
    ['/llm/v1/providers/up/models/a%25252Fb%25', 'own', '/models/a%25252Fb%25', ''],
    ['/llm/v1/providers/up/a...b/.hidden/c.', 'own', '/a...b/.hidden/c.', ''],
    ['/llm/v1/providers/up/m?path=../../etc&x=\\', 'own', '/m', 'path=../../etc&x=\\'],
  ])('%s', (target, namespace, path, query) => {
    expect(route(target)).toEqual({ kind: 'Call', namespace, name: 'up', path, query, key: undefined });
  });

  test.each([
    ['key=s3cret', 's3cret', ''],
    ['a=1&key=s3cret&b=%20', 's3cret', 'a=1&b=%20'],
    ['k%65y=s3cret&a', 's3cret', 'a'],
    ['key=one&key=two', 'one', ''],
    ['key', '', ''],
    ['keys=1&monkey=2&%zz', undefined, 'keys=1&monkey=2&%zz'],
  ])('the query %s gives the key away and keeps the rest', (query, key, rest) => {
    expect(route(`/llm/v1/providers/up/models?${query}`)).toMatchObject({ kind: 'Call', key, query: rest });
  });
});

describe('descriptions', () => {
  test.each([
    ['/llm/v1/providers', 'own', undefined],
    ['/llm/v1/providers?x', 'own', undefined],
    ['/llm/v1/providers/up', 'own', 'up'],
    ['/llm/v1/namespaces/b/providers', 'b', undefined],
    ['/llm/v1/namespaces/b/providers/up', 'b', 'up'],
  ])('%s', (target, namespace, name) => {
    expect(route(target)).toMatchObject({ kind: 'Describe', namespace, name });
  });
});

describe('records of requests', () => {
  const id = '3f2c1e9a-0b1c-4d2e-8f3a-445566778899';
  test.each([
    [`/llm/v1/requests/${id}`, undefined],
    [`/llm/v1/requests/${id.toUpperCase()}?key=s3cret`, 's3cret'],
  ])('%s', (target, key) => {
    expect(route(target)).toEqual({ kind: 'Record', requestId: id, key });
  });

  test.each(['', 'x', `${id}/`, `${id}0`, id.slice(1), `${id}%20`, id.replace('-', '_')])('not by %s', (text) => {
    expect(route(`/llm/v1/requests/${text}`)).toMatchObject({ kind: 'Malformed' });
  });
});

describe('what is no URL of the gateway', () => {
  test.each([
    '/',
    '/llm/v1',
    '/llm/v2/providers/up/x',
    '/llm/v1/models',
    '/llm/v1/requests',
    '/llm/v1/namespaces/a',
    '/metrics',
  ])('%s', (target) => expect(route(target)).toEqual({ kind: 'Unknown' }));
});

describe('path tricks are refused', () => {
  const up = '/llm/v1/providers/up';
  test.each([
    ['absolute form', 'http://elsewhere/llm/v1/providers/up/x'],
    ['asterisk form', '*'],
    ['an empty target', ''],
    ['dot segment', `${up}/../other/x`],
    ['dot segment at the end', `${up}/x/..`],
    ['single dot', `${up}/./x`],
    ['encoded dots', `${up}/%2e%2E/x`],
    ['half encoded dots', `${up}/.%2e/x`],
    ['twice encoded dots', `${up}/%252e%252e/x`],
    ['thrice encoded dots', `${up}/%25252e./x`],
    ['dots behind an encoded slash', `${up}/a%2f..%2fb`],
    ['dots behind a twice encoded slash', `${up}/a%252f..%252fb`],
    ['dots with a path parameter', `${up}/..;x=1/y`],
    ['dots before the name', '/llm/v1/providers/../providers/up/x'],
    ['backslash', `${up}/a\\b`],
    ['encoded backslash', `${up}/a%5Cb`],
    ['twice encoded backslash', `${up}/a%255cb`],
    ['encoded NUL', `${up}/a%00`],
    ['encoded line feed', `${up}/a%0a`],
    ['encoded DEL', `${up}/a%7f`],
    ['control character', `${up}/a\u0001`],
    ['tab in the query', `${up}/a?b=\t`],
    ['space', `${up}/a b`],
    ['not ASCII', `${up}/ä`],
    ['fragment', `${up}/a#b`],
    ['malformed encoding', `${up}/%zz`],
    ['cut encoding', `${up}/%2`],
    ['overlong dots', `${up}/%c0%ae%c0%ae/x`],
    ['twice encoded overlong dots', `${up}/%25c0%25ae%25c0%25ae/x`],
    ['encoded latin-1', `${up}/caf%e9`],
    ['encoded five times', `${up}/a%2525252520b`],
    ['encoded slash in the name', '/llm/v1/providers/up%2fx/y'],
    ['encoded letter in the name', '/llm/v1/providers/%75p/y'],
    ['upper case in the name', '/llm/v1/providers/Up/y'],
    ['no name', '/llm/v1/providers//y'],
    ['no namespace', '/llm/v1/namespaces//providers/up/y'],
    ['dot in the namespace', '/llm/v1/namespaces/a.b/providers/up/y'],
  ])('%s', (_what, target) => {
    expect(route(target)).toMatchObject({ kind: 'Malformed' });
  });
});

test('a path that is nothing but encodings of encodings is refused without looking through all of them', () => {
  expect(route(`/llm/v1/providers/up/%${'25'.repeat(32_000)}41`)).toEqual({
    kind: 'Malformed',
    message: 'the path is percent-encoded too often',
  });
});

test('whatever is forwarded resolves to itself, however often it is decoded', () => {
  const piece = fc.constantFrom('.', '..', '/', '%2e', '%2f', '%25', '%5c', '2e', 'a', ';', '\\', '%');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const found = route(`/llm/v1/providers/up/${pieces.join('')}`);
      if (found.kind !== 'Call') return;
      let path = found.path;
      for (let i = 0; i < 5; i += 1) {
        expect(path.split('/').filter((segment) => segment === '.' || segment === '..')).toEqual([]);
        expect(path).not.toContain('\\');
        try {
          path = decodeURIComponent(path);
        } catch {
          return;
        }
      }
    }),
    { numRuns: 2000 },
  );
});

import { describe, expect, test } from '@jest/globals';
import { parseBody } from './request-body.ts';

const json = { 'content-type': 'application/json' };
const parse = (body: string | Buffer, headers: Readonly<Record<string, string>> = json) =>
  parseBody(Buffer.from(body), (name) => headers[name], 'own');

describe('the body of a connection test', () => {
  test.each([
    ['{"provider":"up"}', { namespace: 'own', provider: 'up', model: undefined }],
    ['{"namespace":"team","provider":"up"}', { namespace: 'team', provider: 'up', model: undefined }],
    [
      ' {"model":"anthropic.claude:0/α","provider":"up"} ',
      { namespace: 'own', provider: 'up', model: 'anthropic.claude:0/α' },
    ],
  ])('%s is read', (body, request) => {
    expect(parse(body)).toEqual({ kind: 'Valid', request });
  });

  test.each([{ 'content-type': 'application/json; charset=utf-8' }, { 'content-type': 'application/ld+json' }])(
    'is read with the headers %j',
    (headers) => expect(parse('{"provider":"up"}', headers)).toMatchObject({ kind: 'Valid' }),
  );

  test.each([
    ['', 'The body is empty'],
    ['{', 'The body is not JSON'],
    ['[]', 'The body is not a JSON object'],
    ['null', 'The body is not a JSON object'],
    ['"up"', 'The body is not a JSON object'],
    ['{}', 'The field "provider" is missing'],
    ['{"provider":"up","modle":"x"}', 'The field "modle" is unknown'],
    ['{"provider":1}', 'The field "provider" must be the name'],
    ['{"provider":null}', 'The field "provider" must be the name'],
    ['{"provider":"Up"}', 'The field "provider" must be the name'],
    ['{"provider":"../up"}', 'The field "provider" must be the name'],
    [`{"provider":"${'u'.repeat(64)}"}`, 'The field "provider" must be the name'],
    ['{"provider":"up","namespace":""}', 'The field "namespace" must be the name'],
    ['{"provider":"up","namespace":["a"]}', 'The field "namespace" must be the name'],
    ['{"provider":"up","model":""}', 'The field "model" must be'],
    ['{"provider":"up","model":null}', 'The field "model" must be'],
    ['{"provider":"up","model":{"a":1}}', 'The field "model" must be'],
    ['{"provider":"up","model":"a b"}', 'The field "model" must be'],
    ['{"provider":"up","model":"a\\u0000"}', 'The field "model" must be'],
    [`{"provider":"up","model":"${'m'.repeat(2049)}"}`, 'The field "model" must be'],
    ['{"provider":"up","model":"\\ud800"}', 'The field "model" must be'],
  ])('%s is refused with what is wrong', (body, message) => {
    expect(parse(body)).toMatchObject({ kind: 'Invalid', message: expect.stringContaining(message) });
  });

  test('that is not UTF-8 is refused', () => {
    expect(parse(Buffer.from('{"provider":"up\xff"}', 'latin1'))).toMatchObject({ kind: 'Invalid' });
  });

  test.each([{ 'content-type': 'text/plain' }, { ...json, 'content-encoding': 'gzip' }])(
    'is refused with the headers %j',
    (headers) => expect(parse('{"provider":"up"}', headers)).toMatchObject({ kind: 'Invalid' }),
  );

  test('without a type, as a web page may send it unasked, is refused', () => {
    expect(parse('{"provider":"up"}', {})).toMatchObject({ kind: 'Invalid', message: expect.stringContaining('type') });
  });
});

import { describe, expect, test } from '@jest/globals';
import { tokenTypeOf } from './token-type.ts';

describe('a token', () => {
  test.each<[header: object, claims: object, type: string]>([
    [{ typ: 'at+jwt' }, {}, 'AccessToken'],
    [{ typ: 'application/at+jwt' }, {}, 'AccessToken'],
    [{ typ: 'AT+JWT' }, { nonce: 'n' }, 'AccessToken'],
    [{ typ: 'JWT' }, {}, 'AccessToken'],
    [{}, {}, 'AccessToken'],
    [{}, { typ: 'Bearer' }, 'AccessToken'],
    [{ typ: 'JWT' }, { nonce: 'n' }, 'IDToken'],
    [{}, { at_hash: 'h' }, 'IDToken'],
    [{}, { c_hash: 'h' }, 'IDToken'],
    [{}, { s_hash: 'h' }, 'IDToken'],
    [{ typ: 'jwt' }, { typ: 'ID' }, 'IDToken'],
  ])('with the header %j and the claims %j is an %s', (header, claims, type) => {
    expect(tokenTypeOf(header as Record<string, unknown>, claims as Record<string, unknown>)).toBe(type);
  });

  test.each<[header: object, claims: object]>([
    [{ typ: 'logout+jwt' }, {}],
    [{ typ: 'application/logout+jwt' }, {}],
    [{ typ: 'dpop+jwt' }, {}],
    [{ typ: 'secevent+jwt' }, {}],
    [{ typ: 'id+jwt' }, {}],
    [{ typ: '' }, {}],
    [{ typ: null }, {}],
    [{ typ: ['at+jwt'] }, {}],
    [{ typ: 'at+jwt ' }, {}],
    [{ typ: 'application/application/at+jwt' }, {}],
    [{ typ: 'at+jwt' }, { events: {} }],
    [{ typ: 'at+jwt' }, { cnf: {} }],
    [{}, { typ: 'Refresh' }],
    [{}, { typ: 'Offline' }],
    [{}, { typ: 'Logout' }],
  ])('with the header %j and the claims %j calls no API', (header, claims) => {
    expect(tokenTypeOf(header as Record<string, unknown>, claims as Record<string, unknown>)).toMatchObject({
      kind: 'Refused',
      reason: 'wrong_type',
    });
  });
});

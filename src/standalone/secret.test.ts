import { describe, expect, test } from '@jest/globals';
import type { JSONObject } from '../api/validation/schema.ts';
import { readSecret } from './secret.ts';

const secret = (fields: JSONObject): JSONObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys' },
  ...fields,
});
const read = (fields: JSONObject, env: Record<string, string> = {}) => {
  const { data, remarks } = readSecret(secret(fields), env);
  return {
    data: Object.fromEntries([...data].map(([key, value]) => [key, value.reveal()])),
    remarks: remarks.map(({ severity, path, message }) => `${severity} ${path.join('/')}: ${message}`),
  };
};

describe('a Secret', () => {
  test('has data in base64 and in plain text, of which the plain wins', () => {
    expect(read({ data: { a: 'aGk=', b: 'eA==' }, stringData: { b: 'y' } })).toEqual({
      data: { a: 'hi', b: 'y' },
      remarks: [],
    });
  });

  test('takes environment variables into plain text only', () => {
    expect(read({ data: { a: 'JHtLRVl9' }, stringData: { b: 'x-${KEY}' } }, { KEY: '1' })).toEqual({
      data: { a: '${KEY}', b: 'x-1' },
      remarks: [],
    });
  });

  test('lacks a key whose variable is not set, and says so', () => {
    expect(read({ data: { a: 'aGk=' }, stringData: { a: '${KEY}', b: 'x' } })).toEqual({
      data: { b: 'x' },
      remarks: ['warning stringData/a: stringData.a: environment variable "KEY" is not set; the key counts as absent'],
    });
  });

  test('with a malformed reference is not to be used', () => {
    expect(read({ stringData: { a: '${sk-1' } }).remarks).toEqual([
      'error stringData/a: stringData.a: Invalid value: must hold the name of an environment variable between `${` and `}`; write `$${` for a plain `${`',
    ]);
  });

  test.each<[string, JSONObject, string]>([
    ['base64', { data: { a: 'sk-secret' } }, 'data/a: data.a: Invalid value: must be base64'],
    ['padding', { data: { a: 'aGk' } }, 'data/a: data.a: Invalid value: must be base64'],
    [
      'strings',
      { stringData: { a: 12345678 } },
      'stringData/a: stringData.a: Invalid value: must be a string; put the value into quotes',
    ],
    ['known fields', { stringdata: { a: 'sk-secret' } }, 'stringdata: unknown field "stringdata"'],
    ['an object of values', { stringData: ['sk-secret'] }, 'stringData: stringData: Invalid value: must be an object'],
    ['a type in text', { type: 5 }, 'type: type: Invalid value: must be a string'],
    [
      'keys that Kubernetes accepts',
      { stringData: { 'a/b': 'sk-secret' } },
      "stringData/a/b: data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ],
    [
      'at most 1 MiB',
      { stringData: { a: 'x'.repeat(1024 * 1024 + 1) } },
      'data: data: Too long: may not be more than 1048576 bytes',
    ],
    [
      'the keys of its type',
      { type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'x' } },
      'data: data[tls.key]: Required value',
    ],
    ['a key for SSH', { type: 'kubernetes.io/ssh-auth' }, 'data: data[ssh-privatekey]: Required value'],
    [
      'JSON as registry credentials',
      { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '[' } },
      'data/.dockerconfigjson: data[.dockerconfigjson]: Invalid value: "<contents redacted>": must be JSON',
    ],
    [
      'the name of its ServiceAccount',
      { type: 'kubernetes.io/service-account-token' },
      'metadata/annotations: metadata.annotations[kubernetes.io/service-account.name]: Required value',
    ],
  ])('must have %s', (_, fields, expected) => {
    const { remarks } = read(fields);
    expect(remarks).toEqual([`error ${expected}`]);
    expect(remarks.join('')).not.toContain('secret');
  });

  test('ignores line breaks in base64, as Kubernetes does', () => {
    expect(read({ data: { a: 'aG\nk=\r\n' } }).data).toEqual({ a: 'hi' });
  });
});

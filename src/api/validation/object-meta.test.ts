import { expect, test } from '@jest/globals';
import { validateObjectMeta } from './object-meta.ts';
import type { JSONObject } from './schema.ts';

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u' };

test.each<[string, JSONObject, string[]]>([
  ['an owner', { ownerReferences: [{ ...owner, controller: true }] }, []],
  [
    'an owner without a uid',
    { ownerReferences: [{ ...owner, uid: '' }] },
    ['metadata.ownerReferences.uid: Invalid value: "": must not be empty'],
  ],
  [
    'an owner with an unknown field',
    { ownerReferences: [{ ...owner, foo: 1 }] },
    ['unknown field "metadata.ownerReferences[0].foo"'],
  ],
  [
    'two controllers',
    {
      ownerReferences: [
        { ...owner, controller: true },
        { ...owner, controller: true },
      ],
    },
    ['metadata.ownerReferences: Invalid value: null: Only one reference can have Controller set to true'],
  ],
  ['owners that are no list', { ownerReferences: {} }, ['metadata.ownerReferences: Invalid value: must be a list']],
  [
    'a time that is none',
    { creationTimestamp: 'garbage' },
    ['metadata.creationTimestamp: Invalid value: must be a time such as 2026-01-01T00:00:00Z'],
  ],
  ['a generation in words', { generation: 'a' }, ['metadata.generation: Invalid value: must be an integer']],
  ['what kubectl shows of the server’s own', { creationTimestamp: null, generation: 3, uid: 'u' }, []],
  ['a finalizer that is no text', { finalizers: [5] }, ['metadata.finalizers[0]: Invalid value: must be a string']],
  ['annotations and labels without a value', { annotations: { a: null }, labels: { a: null } }, []],
  [
    'a name to be generated',
    { name: null, generateName: 'a-' },
    ['metadata.name: Required value: name or generateName is required'],
  ],
])('metadata with %s', (_what, metadata, messages) => {
  expect(validateObjectMeta({ name: 'example', ...metadata }).map(({ message }) => message)).toEqual(messages);
});

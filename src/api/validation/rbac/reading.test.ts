import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JSONObject } from '../schema.ts';
import { readBinding } from './binding.ts';
import { readRole } from './role.ts';

// What these say is compared with a real API server in test/control-plane/rbac/.
describe('manifests of RBAC', () => {
  const anything = fc.dictionary(
    fc.constantFrom('metadata', 'rules', 'aggregationRule', 'roleRef', 'subjects', '__proto__', 'constructor'),
    fc.jsonValue(),
  );

  test('of any content are read without an exception, and never accepted without a name', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const { metadata: _, ...nameless } = value as JSONObject;
        for (const manifest of [value as JSONObject, nameless]) {
          for (const { errors } of [
            readRole(manifest, 'Role'),
            readRole(manifest, 'ClusterRole'),
            readBinding(manifest, 'RoleBinding'),
            readBinding(manifest, 'ClusterRoleBinding'),
          ]) {
            for (const { message } of errors) expect(message).not.toBe('');
            if (manifest === nameless) expect(errors).not.toEqual([]);
          }
        }
      }),
    );
  });
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { identityKey } from './identity-key.ts';
import type { Identity } from './types.ts';

const names = fc.array(fc.constantFrom('a', 'b', 'a","b', '', '["a"]'), { maxLength: 3 });
const identities: fc.Arbitrary<Identity> = fc.record(
  {
    username: fc.constantFrom('a', 'b', 'a"'),
    groups: names,
    uid: fc.constantFrom('a', ''),
    extra: fc.dictionary(names.map(String), names),
  },
  { requiredKeys: ['username', 'groups'] },
);

test('two callers have one key only when permissions cannot tell them apart', () => {
  fc.assert(
    fc.property(identities, identities, (one, other) => {
      const parts = ({ username, uid, groups, extra }: Identity) => [username, uid ?? null, groups, extra ?? null];
      expect(identityKey(one) === identityKey(other)).toBe(JSON.stringify(parts(one)) === JSON.stringify(parts(other)));
    }),
  );
});

test('agent and end of a token are no part of it', () => {
  const caller: Identity = { username: 'ada', groups: ['ops'] };
  expect(identityKey({ ...caller, agent: 'cli', expiresAt: 1 })).toBe(identityKey({ ...caller }));
});

test('a caller with a thousand groups has no longer one than others: caches hold thousands of them', () => {
  const groups = Array.from({ length: 1000 }, (_, i) => `group-${i}`);
  expect(identityKey({ username: 'ada', groups })).toHaveLength(identityKey({ username: 'a', groups: [] }).length);
});

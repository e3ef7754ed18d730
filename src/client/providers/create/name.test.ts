import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resourceName } from './name.ts';

test.each([
  ['OpenAI for research', 'openai-for-research'],
  ['Größe & Co. (EU)', 'grosse-co-eu'],
  ['Ça va?', 'ca-va'],
  ['4 you', 'you'],
  ['-a-', 'a'],
  ['x'.repeat(70), 'x'.repeat(63)],
  [`${'x'.repeat(62)} y`, 'x'.repeat(62)],
  ['日本', undefined],
  ['', undefined],
])('"%s" becomes %s', (displayName, name) => expect(resourceName(displayName)).toBe(name));

test('whatever comes of a name is one of an object', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (displayName) => {
      expect(resourceName(displayName) ?? 'none').toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
    }),
  );
});

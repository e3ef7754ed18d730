import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expandVariables } from './expand.ts';

const env = { KEY: 'sk-1', EMPTY: '', NESTED: '${KEY}' };

describe('environment variables in a text', () => {
  test.each([
    ['${KEY}', 'sk-1'],
    ['a${KEY}b${KEY}', 'ask-1bsk-1'],
    ['${EMPTY}', ''],
    ['$KEY', '$KEY'],
    ['100$', '100$'],
    ['$${KEY}', '${KEY}'],
    ['$$${KEY}', '$${KEY}'],
    ['${NESTED}', '${KEY}'],
    ['plain', 'plain'],
  ])('%s becomes %s', (text, value) => {
    expect(expandVariables(text, env)).toEqual({ kind: 'Expanded', value });
  });

  test('what is not set is named, each once', () => {
    expect(expandVariables('${B}${A}${KEY}${B}', env)).toEqual({ kind: 'Unset', variables: ['A', 'B'] });
  });

  test.each(['${', '${}', '${KEY', '${KEY:-x}', '${1}', '${A B}'])('%s is malformed', (text) => {
    expect(expandVariables(text, env)).toEqual({ kind: 'Malformed' });
  });

  test.each(['toString', '__proto__', 'constructor'])('%s of every object is no variable', (name) => {
    expect(expandVariables(`\${${name}}`, env)).toEqual({ kind: 'Unset', variables: [name] });
  });

  test('a text is unchanged once its openings are escaped', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('$', '{', '}', 'KEY', 'x')).map((parts) => parts.join('')),
        (text) => {
          fc.pre(!text.includes('$${'));
          expect(
            expandVariables(
              text.replaceAll('${', () => '$${'),
              env,
            ),
          ).toEqual({ kind: 'Expanded', value: text });
        },
      ),
    );
  });
});

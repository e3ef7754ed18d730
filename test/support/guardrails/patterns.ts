/** Patterns in RE2 syntax and texts that have to do with them, at random. */
import fc from 'fast-check';

const PLAIN = ['a', 'b', 'c', 'ab', '.', '[ab]', '[^a]', ''];
const CONDITIONS = ['^', '$', '\\A', '\\z', '\\b', '\\B', '(?m:^)', '(?m:$)'];
const CLASSES = ['(?s:.)', '\\d', '\\w', '\\W', '\\s', '\\p{L}', '\\PL', '[[:alpha:]é]'];
const CHARACTERS_AND_CASES = ['x', 'é', '😀', '_', '1', 'k', '(?i:k)', '(?i:s)', '(?i:[^k])', '(?i:\\w)'];
const OPERATORS = ['*', '+', '?', '{2}', '{1,2}', '{0,2}', '{2,}', '{0}', '*?', '+?', '??', '{1,3}?', '{2,}?'];
const CHARACTERS = ['a', 'b', 'c', 'a', 'b', ' ', '\n', 'é', 'K', 'k', '\u212a', 'ſ', 'S', 's', '😀', '_', '1', 'x'];

function patternOf(leaves: readonly string[]): fc.Arbitrary<string> {
  return fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5, depthSize: 'medium' },
      fc.constantFrom(...leaves),
      fc.array(tie('node'), { minLength: 1, maxLength: 4 }).map((nodes) => nodes.join('')),
      fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map((nodes) => `(?:${nodes.join('|')})`),
      fc.tuple(tie('node'), fc.constantFrom(...OPERATORS)).map(([node, operator]) => `(?:${node})${operator}`),
      tie('node').map((node) => `(${node})`),
      tie('node').map((node) => `(?U:${node})`),
    ),
  })).node;
}

export const pattern = patternOf([...PLAIN, ...CONDITIONS, ...CLASSES, ...CHARACTERS_AND_CASES]);

/** Patterns that only see what they match. */
export const plainPattern = patternOf(PLAIN);

const SIGNS = [
  '(',
  ')',
  '(?:',
  '(?i)',
  '(?-s:',
  '(?P<n>',
  '(?<m>',
  '(?',
  '[',
  ']',
  '[[:alpha:]]',
  '[:digit:]',
  '|',
  '-',
];
const LETTERS = [
  '*',
  '+',
  '?',
  '{',
  '}',
  ',',
  '{2}',
  '{1,}',
  '{2,1}',
  '0',
  '1',
  '<',
  '>',
  '=',
  '!',
  ':',
  'U',
  's',
  'i',
];
const ESCAPES = [
  '\\',
  '\\x41',
  '\\x{1F600}',
  '\\123',
  '\\1',
  '\\08',
  '\\Q',
  '\\E',
  '\\C',
  '\\Z',
  '\\n',
  '\\-',
  '\\P{^Lu}',
];
const TOKENS = [...PLAIN, ...CONDITIONS, ...CLASSES, ...SIGNS, ...LETTERS, ...ESCAPES];

/** What may be a pattern or not. */
export const maybePattern = fc
  .array(fc.constantFrom(...TOKENS), { minLength: 1, maxLength: 8 })
  .map((tokens) => tokens.join(''));

export const text: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...CHARACTERS), { maxLength: 40 })
  .map((characters) => characters.join(''));

/** Lengths of pieces, repeated as long as there is text. They split surrogate pairs too. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 });

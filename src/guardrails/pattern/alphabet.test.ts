import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pattern } from '../../../test/support/guardrails/patterns.ts';
import { Alphabet, Kind } from './alphabet.ts';
import { contains } from './char-set.ts';
import { parse } from './parse.ts';
import { compile } from './program.ts';

const alphabetOf = (source: string): Alphabet => new Alphabet(compile(parse(source)));

const codePoint = fc.oneof(fc.integer({ min: 0, max: 0x3000 }), fc.integer({ min: 0, max: 0x10_ffff }));

describe('the classes of an alphabet', () => {
  test('are as many as a program can tell apart', () => {
    expect(alphabetOf('.').size).toBe(2);
    expect(alphabetOf('(?s).').size).toBe(1);
    expect(alphabetOf('[a-z]+@[a-z]+').size).toBe(3);
    expect(alphabetOf('\\pL\\p{Lu}').size).toBe(3);
    expect(alphabetOf('a\\b').size).toBe(3);
  });

  test('have members that no set of the program tells apart', () => {
    fc.assert(
      fc.property(pattern, fc.array(codePoint, { minLength: 1, maxLength: 20 }), (source, codes) => {
        const program = compile(parse(source));
        const alphabet = new Alphabet(program);
        for (const code of codes) {
          const one = alphabet.classOf(code);
          for (const instruction of program.instructions) {
            if (instruction.op !== 'Set') continue;
            expect(contains(instruction.set, code)).toBe(contains(instruction.set, alphabet.samples[one]!));
          }
          if (code < 256) expect(alphabet.pages[code]).toBe(one);
        }
      }),
    );
  });
});

test('kinds are told where the program asks', () => {
  const kinds = (source: string): unknown[] => [0, 1, 2, 3].map((at) => alphabetOf(source).kindBefore('a\n.', at));
  expect(kinds('\\b')).toEqual([Kind.TextEnd, Kind.Word, Kind.Other, Kind.Other]);
  expect(kinds('(?m)^')).toEqual([Kind.TextEnd, Kind.Other, Kind.Newline, Kind.Other]);
  expect(kinds('^')).toEqual([Kind.TextEnd, Kind.Other, Kind.Other, Kind.Other]);
  expect(kinds('a')).toEqual([Kind.Other, Kind.Other, Kind.Other, Kind.Other]);
});

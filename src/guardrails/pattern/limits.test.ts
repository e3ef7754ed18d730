import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pattern } from '../../../test/support/guardrails/patterns.ts';
import { checkLimits, sizeOf } from './limits.ts';
import { parse } from './parse.ts';
import { compile } from './program.ts';

const check = (source: string) => (): void => checkLimits(source, parse(source));

describe('a pattern', () => {
  test('may repeat an item a thousand times, whatever number of operators does it', () => {
    expect(check('(?:a{10}){100}')).not.toThrow();
    expect(check('(?:(?:a+){1000})*')).not.toThrow();
    expect(check('x(?:a{11}){100}')).toThrow('at character 6: operators together repeat an item more than 1000 times');
    expect(check('(?:(?:a{10,}){11}){10}')).toThrow('more than 1000 times');
  });

  test('may have five thousand steps', () => {
    expect(check('a'.repeat(5000))).not.toThrow();
    expect(check('a'.repeat(5001))).toThrow('the pattern is too large: 5001 steps, and at most 5000 are allowed');
    expect(check('(?:abcdef){1000}')).toThrow('too large');
  });

  test('has at least the steps that its program is made of', () => {
    fc.assert(
      fc.property(pattern, (source) => {
        const node = parse(source);
        expect(compile(node).instructions.length).toBeLessThanOrEqual(sizeOf(source, node) + 1);
      }),
    );
  });
});

import { expect, test } from '@jest/globals';
import { columnsOf, Op } from './columns.ts';
import { parse } from './parse.ts';
import { compile } from './program.ts';

test('columns say what the instructions say', () => {
  const { instructions, start } = compile(parse('a*\\b'));
  const { ops, nexts, others, sets } = columnsOf({ instructions, start });
  for (const [pc, instruction] of instructions.entries()) {
    expect(ops[pc]).toBe(Op[instruction.op]);
    if (instruction.op !== 'Match') expect(nexts[pc]).toBe(instruction.next);
    if (instruction.op === 'Split') expect(others[pc]).toBe(instruction.other);
    if (instruction.op === 'Set') expect(sets[pc]).toEqual([97, 97]);
  }
});

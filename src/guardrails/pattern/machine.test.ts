import { describe, expect, test } from '@jest/globals';
import { Alphabet, Kind } from './alphabet.ts';
import { ALIVE, DEAD, DEAD_NOTED, Machine, NOTED, type MachineOptions } from './machine.ts';
import { parse } from './parse.ts';
import { compile } from './program.ts';

const alphabet = new Alphabet(compile(parse('[ab]')));
const A = alphabet.classOf(97);
const OTHER = alphabet.classOf(48);

/** Counts to a thousand; a step to a multiple of ten is noted; anything but `a` and `b` ends it. */
function counter(options?: MachineOptions): { machine: Machine; steps: () => number } {
  let steps = 0;
  let next = 0;
  const machine = new Machine(
    alphabet,
    {
      step: ([at = 0], _kind, one) => {
        steps += 1;
        if (one !== A) return 0;
        next = (at + 1) % 1000;
        return next % 10 === 0 ? ALIVE | NOTED : ALIVE;
      },
      result: () => Int32Array.of(next),
    },
    options,
  );
  return { machine, steps: () => steps };
}

function run(machine: Machine, count: number): number[] {
  const seen: number[] = [];
  let state = machine.stateOf(Int32Array.of(0), Kind.Other);
  for (let i = 0; i < count; i += 1) {
    state = machine.step(state, A);
    if (state < 0) seen.push(machine.at(-state)?.pcs[0] ?? -1);
    state = Math.abs(state);
  }
  return seen;
}

describe('a machine', () => {
  test('makes each step once', () => {
    const { machine, steps } = counter();
    run(machine, 5000);
    expect(steps()).toBe(1000);
    expect(machine.flushes).toBe(0);
  });

  test('that has no room begins anew, and goes on as if nothing had happened', () => {
    const { machine, steps } = counter({ budget: 1 });
    expect(run(machine, 5000)).toEqual(run(counter().machine, 5000));
    expect(machine.flushes).toBeGreaterThan(100);
    expect(steps()).toBeLessThanOrEqual(5000);
    expect(machine.table.length).toBeLessThan(100);
  });

  test('tells states apart by what came before', () => {
    const { machine } = counter();
    const at = Int32Array.of(5);
    expect(machine.stateOf(at, Kind.Word)).not.toBe(machine.stateOf(at, Kind.Other));
    expect(machine.stateOf(at, Kind.Word)).toBe(machine.stateOf(Int32Array.of(5), Kind.Word));
  });

  test('is dead when nothing is left', () => {
    const { machine } = counter();
    expect(machine.step(machine.stateOf(Int32Array.of(0), Kind.Other), OTHER)).toBe(DEAD);
    const noting = new Machine(alphabet, { step: () => NOTED, result: () => Int32Array.of() });
    expect(noting.step(noting.stateOf(Int32Array.of(0), Kind.Other), A)).toBe(DEAD_NOTED);
  });
});

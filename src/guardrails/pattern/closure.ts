import { Kind } from './alphabet.ts';
import { Op, type Columns } from './columns.ts';
import { PcSet } from './pc-set.ts';
import type { Program } from './program.ts';
import type { Look } from './syntax.ts';

/** Follows the instructions that take no code point. */
export class Closure {
  readonly #program: Program;
  readonly #columns: Columns;
  readonly #seen: PcSet;
  /** Other ways of `Split` instructions, to be gone later. */
  readonly #later: Int32Array;

  constructor(program: Program, columns: Columns) {
    this.#program = program;
    this.#columns = columns;
    this.#seen = new PcSet(program.instructions.length);
    this.#later = new Int32Array(program.instructions.length);
  }

  /** To be called before each new place in the text: what was seen is then followed again. */
  begin(): void {
    this.#seen.clear();
  }

  /** How many instructions were followed since then. */
  get visited(): number {
    return this.#seen.length;
  }

  /**
   * Adds to `out`, the preferred first, what is reached from `pc` between code points of two kinds: `Set`, `Match`, and a
   * `Look` that an unknown `after` leaves open. Nothing is added after a `Match`; returns whether there was one.
   */
  follow(pc: number, before: Kind, after: Kind | undefined, out: PcSet): boolean {
    const { ops, nexts, others } = this.#columns;
    const later = this.#later;
    let waiting = 0;
    for (let at = pc; ;) {
      let goesOn = false;
      if (this.#seen.add(at)) {
        const op = ops[at];
        if (op === Op.Split) {
          // Each is seen once, so there is room for all.
          later[waiting] = others[at] ?? 0;
          waiting += 1;
          goesOn = true;
        } else if (op === Op.Look) {
          const holds = this.#check(at, before, after);
          if (holds === undefined) out.add(at);
          else goesOn = holds;
        } else {
          out.add(at);
          if (op === Op.Match) return true;
        }
      }
      if (goesOn) at = nexts[at] ?? 0;
      else {
        if (waiting === 0) return false;
        waiting -= 1;
        at = later[waiting] ?? 0;
      }
    }
  }

  #check(pc: number, before: Kind, after: Kind | undefined): boolean | undefined {
    const instruction = this.#program.instructions[pc];
    return instruction?.op === 'Look' ? check(instruction.look, before, after) : undefined;
  }
}

/** Undefined: it depends on what comes after. */
export function check(look: Look, before: Kind, after: Kind | undefined): boolean | undefined {
  switch (look) {
    case 'BeginText':
      return before === Kind.TextEnd;
    case 'BeginLine':
      return before === Kind.TextEnd || before === Kind.Newline;
    case 'EndText':
      return after === undefined ? undefined : after === Kind.TextEnd;
    case 'EndLine':
      return after === undefined ? undefined : after === Kind.TextEnd || after === Kind.Newline;
    case 'WordBorder':
      return after === undefined ? undefined : (before === Kind.Word) !== (after === Kind.Word);
    default:
      return after === undefined ? undefined : (before === Kind.Word) === (after === Kind.Word);
  }
}

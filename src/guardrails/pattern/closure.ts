import { Kind } from './alphabet.ts';
import { PcSet } from './pc-set.ts';
import type { Program } from './program.ts';
import type { Look } from './syntax.ts';

/** Follows the instructions that take no code point. */
export class Closure {
  readonly #program: Program;
  readonly #seen: PcSet;
  readonly #stack: number[] = [];

  constructor(program: Program) {
    this.#program = program;
    this.#seen = new PcSet(program.instructions.length);
  }

  /** To be called before each new place in the text: what was seen is then followed again. */
  begin(): void {
    this.#seen.clear();
  }

  /**
   * Adds to `out`, the preferred first, what is reached from `pc` between code points of two kinds: `Set`, `Match`, and a
   * `Look` that an unknown `after` leaves open. Nothing is added after a `Match`; returns whether there was one.
   */
  follow(pc: number, before: Kind, after: Kind | undefined, out: PcSet): boolean {
    const stack = this.#stack;
    stack.length = 0;
    for (let at: number | undefined = pc; at !== undefined; at = stack.pop()) {
      if (!this.#seen.add(at)) continue;
      const instruction = this.#program.instructions[at];
      switch (instruction?.op) {
        case 'Set':
          out.add(at);
          break;
        case 'Match':
          out.add(at);
          return true;
        case 'Split':
          stack.push(instruction.other, instruction.next);
          break;
        case 'Look': {
          const holds = check(instruction.look, before, after);
          if (holds === undefined) out.add(at);
          else if (holds) stack.push(instruction.next);
          break;
        }
        default:
      }
    }
    return false;
  }
}

/** Undefined: it depends on what comes after. */
function check(look: Look, before: Kind, after: Kind | undefined): boolean | undefined {
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

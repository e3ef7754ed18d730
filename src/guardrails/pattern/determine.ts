import type { Alphabet, Kind } from './alphabet.ts';
import { Closure } from './closure.ts';
import { Op, type Columns } from './columns.ts';
import { PcSet } from './pc-set.ts';
import { WORD_BITS, type Positions } from './positions.ts';
import type { Program } from './program.ts';

/** Instructions and classes that may be looked at: some 15 ms. */
const MAX_WORK = 1 << 18;

/**
 * How many states the machine has that reads from one beginning of a match onwards, all of them; undefined: more than
 * `most`, or more than can be found out in the time there is.
 */
export function orderedStates(
  program: Program,
  columns: Columns,
  alphabet: Alphabet,
  positions: Positions,
  most: number,
): number | undefined {
  const closure = new Closure(program, columns);
  const now = new PcSet(program.instructions.length);
  const kinds = [...new Set(alphabet.kinds)] as Kind[];
  const known = new Set<string>();
  const open: { readonly pcs: readonly number[]; readonly kind: Kind }[] = [];
  const visit = (pcs: readonly number[], kind: Kind): void => {
    const key = `${kind}:${pcs.join()}`;
    if (known.has(key)) return;
    known.add(key);
    open.push({ pcs, kind });
  };
  for (const kind of kinds) visit([program.start], kind);
  let work = 0;
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const after of kinds) {
      closure.begin();
      now.clear();
      for (const pc of state.pcs) if (closure.follow(pc, state.kind, after, now)) break;
      // Classes of which the same instructions take code points lead to the same state.
      const taking = new Map<number, number[]>();
      for (const pc of now.members.subarray(0, now.length)) {
        if (columns.ops[pc] !== Op.Set) continue;
        for (const one of positions.classes[(positions.ofPc[pc] ?? 0) - WORD_BITS] ?? []) {
          if (alphabet.kinds[one] !== after) continue;
          const pcs = taking.get(one);
          work += 1 + (pcs?.length ?? 0);
          if (pcs === undefined) taking.set(one, [columns.nexts[pc] ?? 0]);
          else if (!pcs.includes(columns.nexts[pc] ?? 0)) pcs.push(columns.nexts[pc] ?? 0);
        }
      }
      work += closure.visited + taking.size;
      if (work > MAX_WORK) return undefined;
      for (const pcs of taking.values()) visit(pcs, after);
      if (known.size > most) return undefined;
    }
  }
  return known.size;
}

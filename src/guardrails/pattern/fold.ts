import { charSet, contains, type CharSet } from './char-set.ts';
import { membersOf } from './unicode.ts';

/** What differs only in case from a code point, itself included, by Unicode simple case folding. */
type Orbits = ReadonlyMap<number, readonly number[]>;

let orbits: Orbits | undefined;

/** A set with everything that differs from its members only in case. The first call takes some 30 ms, to learn what that is. */
export function foldSet(set: CharSet): CharSet {
  orbits ??= readOrbits();
  const bounds = [...set];
  for (const [code, orbit] of orbits) {
    if (contains(set, code)) for (const other of orbit) bounds.push(other, other);
  }
  return charSet(bounds);
}

/** Whether two code points are equal by simple folding (CaseFolding.txt, C and S), as the JavaScript engine knows it. */
const EQUAL = /^(.)\1$/isu;

/** The orbits. Candidates are the code points that have cases, those of one full case mapping together. */
function readOrbits(): Orbits {
  const candidates = new Map<string, number[]>();
  const cased = membersOf(String.raw`[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}]`);
  for (let i = 0; i < cased.length; i += 2) {
    for (let code = cased[i] ?? 0; code <= (cased[i + 1] ?? 0); code += 1) {
      const key = String.fromCodePoint(code).toLowerCase().toUpperCase();
      const same = candidates.get(key);
      if (same === undefined) candidates.set(key, [code]);
      else same.push(code);
    }
  }
  const found = new Map<number, number[]>();
  for (const codes of candidates.values()) {
    for (const code of codes) {
      const orbit = codes.filter((other) => EQUAL.test(String.fromCodePoint(code, other)));
      if (orbit.length > 1) found.set(code, orbit);
    }
  }
  return found;
}

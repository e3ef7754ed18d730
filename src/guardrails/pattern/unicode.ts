import { charSet, LAST_CODE_POINT, type CharSet } from './char-set.ts';

const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;
const PLANE = 0x1_0000;

const known = new Map<string, CharSet | undefined>();

/**
 * The code points of a Unicode general category or script by its RE2 name (`L`, `Lu`, `Greek`; the longer and
 * shorter names of Unicode do too), as the JavaScript engine
 * knows them; undefined: no such name. Found once per name in a few milliseconds, then kept: the names are few.
 */
export function unicodeClass(name: string): CharSet | undefined {
  if (known.has(name)) return known.get(name);
  const set = name === 'Any' ? [0, LAST_CODE_POINT] : read(name);
  if (set !== undefined) known.set(name, set);
  return set;
}

function read(name: string): CharSet | undefined {
  if (!/^[A-Za-z]+(?:_[A-Za-z]+)*$/.test(name)) return undefined;
  for (const property of ['General_Category', 'Script']) {
    try {
      return membersOf(`\\p{${property}=${name}}`);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

/**
 * The code points that a class of JavaScript's expressions (`\p{L}`, `[\p{L}\p{N}]`) matches. Takes about 20 ms.
 *
 * @throws {SyntaxError} the class is none.
 */
export function membersOf(source: string): CharSet {
  const one = new RegExp(`^${source}$`, 'u');
  const many = new RegExp(`${source}+`, 'gu');
  const bounds: number[] = [];
  collect(many, 0, FIRST_SURROGATE - 1, bounds);
  // Side by side they would be pairs; Unicode tells none of them from another.
  if (one.test(String.fromCharCode(FIRST_SURROGATE))) bounds.push(FIRST_SURROGATE, LAST_SURROGATE);
  collect(many, LAST_SURROGATE + 1, PLANE - 1, bounds);
  for (let plane = PLANE; plane <= LAST_CODE_POINT; plane += PLANE) collect(many, plane, plane + PLANE - 1, bounds);
  return charSet(bounds);
}

/** Ranges of members between two code points of one plane. */
function collect(many: RegExp, first: number, last: number, bounds: number[]): void {
  const width = first < PLANE ? 1 : 2;
  const units = new Uint16Array((last - first + 1) * width);
  for (let code = first; code <= last; code += 1) {
    if (width === 1) units[code - first] = code;
    else {
      units[2 * (code - first)] = FIRST_SURROGATE + ((code - PLANE) >> 10);
      units[2 * (code - first) + 1] = 0xdc00 + (code & 0x3ff);
    }
  }
  const text = new TextDecoder('utf-16le').decode(units);
  for (const match of text.matchAll(many)) {
    const at = first + match.index / width;
    bounds.push(at, at + match[0].length / width - 1);
  }
}

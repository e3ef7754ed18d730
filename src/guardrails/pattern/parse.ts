import { ANY, negate, type CharSet } from './char-set.ts';
import { NEWLINE } from './classes.ts';
import { foldSet } from './fold.ts';
import { readBracket, readEscape, readNamedClass } from './parse-class.ts';
import { Reader } from './reader.ts';
import { type Look, type Node } from './syntax.ts';

/** The limits of RE2. */
const MAX_DEPTH = 1000;
const MAX_COUNT = 1000;

const NOT_NEWLINE = negate(NEWLINE);

const COUNTS = /\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}/y;
const FLAGS = /\(\?([imsU]*)(?:-([imsU]+))?([:)])/y;
const NAME = /\(\?P?<([A-Za-z0-9_]*)>/y;

/** What {@link parse} refuses by its name, by what opens it. */
const REFUSED: readonly (readonly [opening: string, problem: string])[] = [
  ['(?=', 'looks ahead, which RE2 syntax does not have'],
  ['(?!', 'looks ahead, which RE2 syntax does not have'],
  ['(?<=', 'looks behind, which RE2 syntax does not have'],
  ['(?<!', 'looks behind, which RE2 syntax does not have'],
  ['(?>', 'is an atomic group, which RE2 syntax does not have'],
  ['(?P=', 'is a back-reference, which RE2 syntax does not have'],
  ['(?P>', 'is a recursion, which RE2 syntax does not have'],
  ['(?R', 'is a recursion, which RE2 syntax does not have'],
  ['(?#', 'is a comment, which RE2 syntax does not have'],
  ['(?(', 'is a condition, which RE2 syntax does not have'],
];

const LOOK_ESCAPES: ReadonlyMap<string, Look> = new Map([
  ['\\A', 'BeginText'],
  ['\\z', 'EndText'],
  ['\\b', 'WordBorder'],
  ['\\B', 'NoWordBorder'],
]);

interface Flags {
  /** Upper and lower case are the same. */
  readonly i: boolean;
  /** `^` and `$` stand at lines. */
  readonly m: boolean;
  /** `.` is every code point. */
  readonly s: boolean;
  /** Greedy and lazy have changed places. */
  readonly U: boolean;
}

/**
 * Reads RE2 syntax (https://github.com/google/re2/wiki/Syntax).
 *
 * @throws {PatternError}
 */
export function parse(pattern: string): Node {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #reader: Reader;
  readonly #names = new Set<string>();
  #flags: Flags = { i: false, m: false, s: false, U: false };
  #depth = 0;

  constructor(pattern: string) {
    this.#reader = new Reader(pattern);
  }

  parse(): Node {
    const node = this.#alternatives();
    if (!this.#reader.atEnd) this.#reader.fail(this.#reader.at, 'this ")" closes nothing');
    return node;
  }

  #alternatives(): Node {
    const nodes = [this.#sequence()];
    while (this.#reader.takes('|')) nodes.push(this.#sequence());
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'Alternate', nodes };
  }

  #sequence(): Node {
    const reader = this.#reader;
    const nodes: Node[] = [];
    while (!reader.atEnd && !reader.looksAt('|') && !reader.looksAt(')')) {
      if (reader.takes('\\Q')) this.#quoted(nodes);
      else {
        // An operator after flags counts for what stands before them.
        const item = this.#item() ?? nodes.pop();
        if (item !== undefined) nodes.push(this.#repeats(item));
      }
    }
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'Concat', nodes };
  }

  /** What stands before `\E`, or all the rest. An operator after it counts for the last character. */
  #quoted(nodes: Node[]): void {
    const reader = this.#reader;
    const end = reader.pattern.indexOf('\\E', reader.at);
    const quoted = reader.pattern.slice(reader.at, end < 0 ? undefined : end);
    const literals = Array.from(quoted, (char) => this.#literal(char.codePointAt(0) ?? 0));
    reader.at = end < 0 ? reader.pattern.length : end + 2;
    const last = literals.pop() ?? nodes.pop();
    nodes.push(...literals);
    if (last !== undefined) nodes.push(this.#repeats(last));
  }

  /** Undefined: flags for what follows, nothing that could match. */
  #item(): Node | undefined {
    const reader = this.#reader;
    const at = reader.at;
    const char = reader.peek();
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'Set', set: readBracket(reader, this.#flags.i) };
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        return reader.fail(at, `there is nothing before this "${char}" to repeat`);
      case '{':
        if (reader.takeMatch(COUNTS) !== undefined) reader.fail(at, 'there is nothing before these counts to repeat');
        break;
      case '.':
        reader.take();
        return { kind: 'Set', set: this.#flags.s ? ANY : NOT_NEWLINE };
      case '^':
        reader.take();
        return { kind: 'Look', look: this.#flags.m ? 'BeginLine' : 'BeginText' };
      case '$':
        reader.take();
        return { kind: 'Look', look: this.#flags.m ? 'EndLine' : 'EndText' };
      default:
    }
    return this.#literal(reader.take().codePointAt(0) ?? 0);
  }

  #literal(code: number): Node {
    const set: CharSet = [code, code];
    return { kind: 'Set', set: this.#flags.i ? foldSet(set) : set };
  }

  #escape(): Node {
    const reader = this.#reader;
    const at = reader.at;
    const look = LOOK_ESCAPES.get(reader.pattern.slice(at, at + 2));
    if (look !== undefined) {
      reader.at += 2;
      return { kind: 'Look', look };
    }
    if (reader.looksAt('\\C')) reader.fail(at, '\\C means a single byte; patterns see characters');
    const set = readNamedClass(reader, this.#flags.i);
    return set === undefined ? this.#literal(readEscape(reader)) : { kind: 'Set', set };
  }

  #group(): Node | undefined {
    const reader = this.#reader;
    const at = reader.at;
    const outer = this.#flags;
    if (reader.looksAt('(?')) {
      const flags = reader.takeMatch(FLAGS);
      if (flags !== undefined) {
        this.#flags = withFlags(withFlags(outer, flags[1] ?? '', true), flags[2] ?? '', false);
        if (flags[3] === ')') return undefined;
      } else this.#groupName(at);
    } else reader.take();
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) reader.fail(at, `groups are nested more than ${MAX_DEPTH} deep`);
    const node = this.#alternatives();
    if (!reader.takes(')')) reader.fail(at, 'the group that begins here has no ")"');
    this.#depth -= 1;
    this.#flags = outer;
    return node;
  }

  #groupName(at: number): void {
    const reader = this.#reader;
    const refused = REFUSED.find(([opening]) => reader.looksAt(opening));
    if (refused !== undefined) reader.fail(at, `"${refused[0]}" ${refused[1]}`);
    const name = reader.takeMatch(NAME)?.[1];
    if (name === undefined) return reader.fail(at, 'RE2 syntax has no group that begins like this');
    if (name === '') reader.fail(at, 'the group has an empty name');
    if (this.#names.has(name)) reader.fail(at, `there are two groups called "${name}"`);
    this.#names.add(name);
  }

  /** The item with the operator that follows it, if one does. */
  #repeats(node: Node): Node {
    const reader = this.#reader;
    const at = reader.at;
    const counts = this.#counts();
    if (counts === undefined) return node;
    const lazy = reader.takes('?');
    const second = reader.at;
    if (reader.takes('+')) reader.fail(second, 'possessive operators are not in RE2 syntax');
    if (reader.looksAt('*') || reader.looksAt('?') || this.#counts() !== undefined) {
      reader.fail(second, 'an operator follows an operator; write (?:…) around what is to be repeated twice');
    }
    return { kind: 'Repeat', node, ...counts, greedy: lazy === this.#flags.U, at };
  }

  #counts(): { min: number; max: number } | undefined {
    const reader = this.#reader;
    if (reader.takes('*')) return { min: 0, max: Infinity };
    if (reader.takes('+')) return { min: 1, max: Infinity };
    if (reader.takes('?')) return { min: 0, max: 1 };
    const at = reader.at;
    const match = reader.takeMatch(COUNTS);
    if (match === undefined) return undefined;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : Number(match[3] ?? Infinity);
    if (min > MAX_COUNT || (max > MAX_COUNT && max !== Infinity)) {
      reader.fail(at, `${match[0]} repeats more than ${MAX_COUNT} times`);
    }
    if (max < min) reader.fail(at, `${match[0]} has its counts in the wrong order`);
    return { min, max };
  }
}

function withFlags(flags: Flags, letters: string, value: boolean): Flags {
  const changed = { ...flags };
  for (const letter of letters) changed[letter as keyof Flags] = value;
  return changed;
}

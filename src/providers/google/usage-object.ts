import { decodeJSONString, type JSONKind, type JSONVisitor, onlyNames } from '../shared/json-visitor.ts';
import { JSONScanner } from '../shared/json-scanner.ts';
import { COUNTS, countFrom, DETAILS, type Figure, type Figures, TIERS } from './usage.ts';

const MAX_NUMBER_BYTES = 32;
const MAX_WORD_BYTES = 64;

const SCAN = {
  reportDepth: 3,
  maxDepth: 64,
  validateUTF8: false,
  nameLengths: onlyNames(...COUNTS.keys(), ...DETAILS.keys(), ...TIERS, 'modality', 'tokenCount', 'tokens'),
} as const;

/** What the bytes of a usage object say; undefined when it holds a count that is none. */
export function readUsageObject(raw: Buffer): Figures | undefined {
  const members = new UsageMembers();
  const scanner = new JSONScanner(members, SCAN);
  scanner.push(raw);
  scanner.end();
  return scanner.fault === undefined ? members.figures : undefined;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/**
 * Whether two texts differ in nothing but their digits. Of two such usage objects the later one says all that the earlier
 * one said, so that nobody need read the earlier.
 */
export function differInDigitsOnly(one: Buffer, other: Buffer): boolean {
  const [length, otherLength] = [one.length, other.length];
  let i = 0;
  let j = 0;
  while (i < length && j < otherLength) {
    const byte = one[i] as number;
    const otherByte = other[j] as number;
    if (!isDigit(byte)) {
      if (byte !== otherByte) return false;
      i++;
      j++;
    } else {
      if (!isDigit(otherByte)) return false;
      do i++;
      while (i < length && isDigit(one[i] as number));
      do j++;
      while (j < otherLength && isDigit(other[j] as number));
    }
  }
  return i === length && j === otherLength;
}

/** Hears a usage object: its members at depth 1, the elements of its lists of details at 2, their members at 3. */
class UsageMembers implements JSONVisitor {
  readonly #counts = new Map<Figure, number>();
  /** Names of the present members by depth. */
  readonly #names: (string | undefined)[] = [];
  #serviceTier: string | undefined;
  #malformed = false;
  /** What the list of details at hand is about. */
  #details: Figure | undefined;
  #isAudio = false;
  #tokens = 0;

  get figures(): Figures | undefined {
    return this.#malformed ? undefined : { counts: this.#counts, serviceTier: this.#serviceTier };
  }

  key(depth: number, name: string | undefined): void {
    this.#names[depth] = name;
  }

  begin(depth: number, kind: JSONKind): number {
    const name = this.#names[depth];
    if (depth === 1) {
      this.#details = name === undefined || kind === 'null' ? undefined : DETAILS.get(name);
      if (this.#details !== undefined) this.#counts.set(this.#details, 0);
    } else if (depth === 2) {
      this.#names[3] = undefined;
      this.#isAudio = false;
      this.#tokens = 0;
    }
    if (name === undefined || kind === 'null') return 0;
    if (this.#isCount(depth, name)) {
      this.#malformed ||= kind !== 'number';
      return MAX_NUMBER_BYTES;
    }
    return kind === 'string' && this.#isWord(depth, name) ? MAX_WORD_BYTES : 0;
  }

  end(depth: number, kind: JSONKind, _start: number, _end: number, raw: Buffer | undefined): void {
    const name = this.#names[depth];
    if (depth === 2 && this.#details !== undefined) {
      if (this.#isAudio) this.#counts.set(this.#details, (this.#counts.get(this.#details) ?? 0) + this.#tokens);
    } else if (name !== undefined && kind === 'number' && this.#isCount(depth, name)) {
      const count = countFrom(raw);
      if (count === undefined) this.#malformed = true;
      else if (depth === 3) this.#tokens = count;
      else this.#counts.set(COUNTS.get(name) as Figure, count); // isCount has said so
    } else if (name !== undefined && kind === 'string' && raw !== undefined && this.#isWord(depth, name)) {
      if (depth === 3) this.#isAudio = decodeJSONString(raw).toUpperCase() === 'AUDIO';
      else this.#serviceTier = decodeJSONString(raw).toLowerCase();
    }
  }

  #isCount(depth: number, name: string): boolean {
    if (depth === 1) return COUNTS.has(name);
    return depth === 3 && this.#details !== undefined && (name === 'tokenCount' || name === 'tokens');
  }

  #isWord(depth: number, name: string): boolean {
    if (depth === 1) return TIERS.has(name);
    return depth === 3 && this.#details !== undefined && name === 'modality';
  }
}

/** Where a value stands in a JSON document that has been parsed: what leads to it is read, all else is skipped. */
import { decodeJSONString } from '../../shared/json-visitor.ts';
import { StringMarks } from '../../shared/plain-run.ts';
import type { Path } from './json-value.ts';

/** Byte offsets in the document. `end` is exclusive. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The values at `path`, in order: more than one where a name is there twice. */
export function placesOf(document: Buffer, path: Path): readonly Place[] {
  return new Walk(document, path).places();
}

class Walk {
  readonly #document: Buffer;
  readonly #path: Path;
  readonly #marks = new StringMarks();
  readonly #places: Place[] = [];

  constructor(document: Buffer, path: Path) {
    this.#document = document;
    this.#path = path;
  }

  places(): readonly Place[] {
    this.#value(this.#space(0), 0);
    return this.#places;
  }

  /** The value at `start`, to which the first `depth` steps of the path lead. Returns its end, as all of these do. */
  #value(start: number, depth: number): number {
    const step = this.#path[depth];
    if (step === undefined) {
      const end = this.#skip(start);
      this.#places.push({ start, end });
      return end;
    }
    const byte = this.#document[start];
    if (byte === OPEN_OBJECT && typeof step === 'string') return this.#members(start, step, depth);
    if (byte === OPEN_ARRAY && typeof step === 'number') return this.#elements(start, step, depth);
    return this.#skip(start);
  }

  #members(start: number, name: string, depth: number): number {
    const document = this.#document;
    let at = this.#space(start + 1);
    while (at < document.length && document[at] !== CLOSE_OBJECT) {
      const nameEnd = this.#string(at);
      const colon = this.#space(nameEnd);
      const value = this.#space(colon + 1);
      const end = this.#isName(name, at, nameEnd) ? this.#value(value, depth + 1) : this.#skip(value);
      at = this.#next(end);
    }
    return at + 1;
  }

  #elements(start: number, index: number, depth: number): number {
    const document = this.#document;
    let at = this.#space(start + 1);
    for (let i = 0; at < document.length && document[at] !== CLOSE_ARRAY; i++) {
      at = this.#next(i === index ? this.#value(at, depth + 1) : this.#skip(at));
    }
    return at + 1;
  }

  /** Where the next member or element begins, or the end of all. */
  #next(end: number): number {
    const at = this.#space(end);
    return this.#document[at] === COMMA ? this.#space(at + 1) : at;
  }

  #space(from: number): number {
    const document = this.#document;
    let at = from;
    while (at < document.length && (document[at] as number) <= 0x20) at++;
    return at;
  }

  #skip(start: number): number {
    const document = this.#document;
    const first = document[start];
    if (first === QUOTE) return this.#string(start);
    let at = start;
    if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
      while (at < document.length && !endsLiteral(document[at] as number)) at++;
      return at;
    }
    let open = 0;
    do {
      const byte = document[at];
      if (byte === QUOTE) {
        at = this.#string(at);
        continue;
      }
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) open++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) open--;
      at++;
    } while (open > 0 && at < document.length);
    return at;
  }

  #string(start: number): number {
    const document = this.#document;
    let at = this.#marks.next(document, start + 1);
    while (document[at] === BACKSLASH) at = this.#marks.next(document, at + 2);
    return at + 1;
  }

  /** Whether the literal from `start` to `end` reads `name`. */
  #isName(name: string, start: number, end: number): boolean {
    const document = this.#document;
    const { length } = name;
    const isAsLong = end - start - 2 === length;
    for (let i = 0; i < length; i++) {
      const byte = document[start + 1 + i] as number;
      // From here on a byte need not be a character.
      if (byte === BACKSLASH || byte >= 0x80) return decodeJSONString(document.subarray(start, end)) === name;
      if (byte !== name.charCodeAt(i)) return false;
    }
    return isAsLong;
  }
}

const endsLiteral = (byte: number): boolean =>
  byte <= 0x20 || byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT;

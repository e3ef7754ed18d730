/**
 * A strict, incremental JSON scanner (RFC 8259): it checks the whole text and tells a visitor of the outermost levels,
 * without building values. Memory is bounded by what the visitor asks to have captured. Chunks may be cut anywhere.
 */
import { ByteAccumulator } from './byte-accumulator.ts';
import { hasControlBytes, plainRunEnd, StringMarks } from './plain-run.ts';
import {
  decodeJSONString,
  type JSONFault,
  type JSONKind,
  type JSONScannerOptions,
  type JSONVisitor,
  MAX_KEY_BYTES,
  nameAt,
  type NameTable,
} from './json-visitor.ts';
import { UTF8Validator } from './utf8-validator.ts';

/** Chunks from this size on are searched for control characters first: in those without, strings are faster to find. */
const LARGE_BYTES = 4096;

const VALUE = 0;
const FIRST_ELEMENT = 1;
const FIRST_KEY = 2;
const KEY = 3;
const COLON = 4;
const AFTER_VALUE = 5;
const DONE = 6;
const STRING = 7;
const ESCAPE = 8;
const UNICODE_ESCAPE = 9;
const LITERAL = 10;
const MINUS = 11;
const ZERO = 12;
const INTEGER = 13;
const POINT = 14;
const FRACTION = 15;
const EXPONENT_MARK = 16;
const EXPONENT_SIGN = 17;
const EXPONENT = 18;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const EXPECTED: Readonly<Record<number, string>> = {
  [VALUE]: 'expected a value',
  [FIRST_ELEMENT]: "expected a value or ']'",
  [FIRST_KEY]: "expected a member name or '}'",
  [KEY]: 'expected a member name',
  [COLON]: "expected ':'",
  [AFTER_VALUE]: "expected ',' or the end of the object or array",
  [DONE]: 'unexpected bytes after the end of the document',
  [STRING]: 'control character in a string',
  [ESCAPE]: 'unknown escape sequence',
  [UNICODE_ESCAPE]: 'malformed \\u escape',
  [LITERAL]: 'expected a value',
  [MINUS]: 'malformed number',
  [POINT]: 'malformed number',
  [EXPONENT_MARK]: 'malformed number',
  [EXPONENT_SIGN]: 'malformed number',
};

/** The bytes that may follow a backslash, but `u`. */
const SIMPLE_ESCAPE = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrt')) SIMPLE_ESCAPE[byte] = 1;

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isHexDigit = (byte: number): boolean => isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
const isWhitespace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** See the head of this file. */
export class JSONScanner {
  readonly #visitor: JSONVisitor;
  #reportDepth: number;
  readonly #maxDepth: number;
  readonly #utf8: UTF8Validator | undefined;
  readonly #marks = new StringMarks();
  /** Strings of the present chunk end at a mark: nobody asks what they hold, or it is known to be no control character. */
  #byMarks: boolean;
  /** Whether the container at each depth is an object. A plain array: making a typed one costs more than a small body's scan. */
  readonly #objects: boolean[] = [];
  readonly #kinds: JSONKind[] = [];
  readonly #starts: number[] = [];
  #fault: JSONFault | undefined;
  #state = VALUE;
  #depth = 0;
  /** Bytes of the chunks before the present one. */
  #offset = 0;
  readonly #nameLengths: ReadonlySet<number> | NameTable;
  #stringIsKey = false;
  /** The present key holds an escape. */
  #escaped = false;
  #literal = '';
  /** Characters of the literal, or digits of the escape, seen so far. */
  #progress = 0;
  /** Offset of the present key when it is to be reported, else -1. */
  #keyStart = -1;
  #captureCap = 0;
  #captureDepth = -1;
  /** Index in the present chunk from which bytes are captured; -1 when nothing is. */
  #captureFrom = -1;
  readonly #captured = new ByteAccumulator();

  constructor(visitor: JSONVisitor, options: JSONScannerOptions) {
    this.#visitor = visitor;
    this.#reportDepth = options.reportDepth;
    this.#maxDepth = options.maxDepth;
    this.#utf8 = options.validateUTF8 ? new UTF8Validator() : undefined;
    this.#byMarks = !options.validateUTF8;
    this.#nameLengths = options.nameLengths;
  }

  /** What is wrong with the bytes so far. The first fault stands; bytes after it are not looked at. */
  get fault(): JSONFault | undefined {
    return this.#fault;
  }

  /** Whether the document's value is complete: only white space may follow. */
  get complete(): boolean {
    return this.#state === DONE;
  }

  /** Whether the bytes so far end right behind an element of the outermost array, and nothing of it is kept. */
  get isAfterElement(): boolean {
    return this.#state === AFTER_VALUE && this.#depth === 1 && this.#objects[1] === false && this.#captureDepth < 0;
  }

  /** To be called by the visitor: the text is valid JSON so far but not what is wanted. */
  reject(offset: number, problem: string): void {
    this.#fault ??= { offset, problem };
  }

  /** To be called by the visitor when a value begins that is to be reported to another depth than what follows it. */
  reportTo(depth: number): void {
    this.#reportDepth = depth;
  }

  push(chunk: Buffer): void {
    if (this.#fault !== undefined || chunk.length === 0) return;
    const badSequence = this.#utf8?.push(chunk) ?? -1;
    this.#marks.reset();
    if (this.#utf8 !== undefined) this.#byMarks = chunk.length >= LARGE_BYTES && !hasControlBytes(chunk);
    this.#run(chunk);
    if (this.#captureFrom >= 0) this.#retain(chunk, chunk.length);
    this.#offset += chunk.length;
    this.#rejectSequence(badSequence);
  }

  end(): void {
    if (this.#fault !== undefined) return;
    this.#rejectSequence(this.#utf8?.end() ?? -1);
    if (this.#depth === 0 && this.#inFinishedNumber()) {
      this.#captureFrom = 0;
      this.#endValue(EMPTY, 0);
    }
    if (this.#state !== DONE) this.reject(this.#offset, 'unexpected end of the document');
  }

  #rejectSequence(offset: number): void {
    if (offset < 0 || (this.#fault !== undefined && this.#fault.offset <= offset)) return;
    this.#fault = { offset, problem: 'not UTF-8' };
  }

  #inFinishedNumber(): boolean {
    const state = this.#state;
    return state === ZERO || state === INTEGER || state === FRACTION || state === EXPONENT;
  }

  #run(chunk: Buffer): void {
    const length = chunk.length;
    let i = 0;
    if (this.#captureDepth >= 0 || this.#keyStart >= 0) this.#captureFrom = 0;
    while (i < length) {
      if (this.#state === STRING) {
        i = this.#string(chunk, i);
        if (this.#fault !== undefined) return;
        continue;
      }
      const byte = chunk[i] as number;
      switch (this.#state) {
        case VALUE:
        case FIRST_ELEMENT:
          if (isWhitespace(byte)) break;
          if (byte === 0x5d && this.#state === FIRST_ELEMENT) this.#close(chunk, i);
          else if (!this.#beginValue(byte, i)) this.#unexpected(i);
          break;
        case FIRST_KEY:
        case KEY:
          if (isWhitespace(byte)) break;
          if (byte === 0x7d && this.#state === FIRST_KEY) this.#close(chunk, i);
          else if (byte === QUOTE) this.#beginKey(i);
          else this.#unexpected(i);
          break;
        case COLON:
          if (byte === 0x3a) this.#state = VALUE;
          else if (!isWhitespace(byte)) this.#unexpected(i);
          break;
        case AFTER_VALUE:
          if (isWhitespace(byte)) break;
          this.#afterValue(chunk, byte, i);
          break;
        case DONE:
          if (!isWhitespace(byte)) this.#unexpected(i);
          break;
        case ESCAPE:
          if (byte === 0x75) {
            this.#state = UNICODE_ESCAPE;
            this.#progress = 0;
          } else if (SIMPLE_ESCAPE[byte] === 1) this.#state = STRING;
          else this.#unexpected(i);
          break;
        case UNICODE_ESCAPE:
          if (!isHexDigit(byte)) this.#unexpected(i);
          else if (++this.#progress === 4) this.#state = STRING;
          break;
        case LITERAL:
          if (byte !== this.#literal.charCodeAt(this.#progress)) this.#unexpected(i);
          else if (++this.#progress === this.#literal.length) this.#endValue(chunk, i + 1);
          break;
        case INTEGER:
        case FRACTION:
        case EXPONENT:
          while (i < length && isDigit(chunk[i] as number)) i++;
          if (i === length || this.#number(chunk[i] as number, i)) break;
          this.#endValue(chunk, i);
          continue;
        default:
          if (this.#number(byte, i)) break;
          if (this.#fault !== undefined) return;
          this.#endValue(chunk, i);
          // The byte that ends a number belongs to what follows.
          continue;
      }
      if (this.#fault !== undefined) return;
      i++;
    }
  }

  /** Takes a string up to its end, the chunk's end, or an escape that the chunk cuts. Returns the next index. */
  #string(chunk: Buffer, from: number): number {
    const length = chunk.length;
    let i = from;
    for (;;) {
      i = this.#byMarks ? this.#marks.next(chunk, i) : plainRunEnd(chunk, i);
      if (i === length) return length;
      const byte = chunk[i];
      if (byte === QUOTE) {
        i++;
        if (this.#stringIsKey) this.#endKey(chunk, i);
        else this.#endValue(chunk, i);
        return i;
      }
      if (byte !== BACKSLASH) {
        this.#unexpected(i);
        return i;
      }
      this.#escaped = true;
      const next = chunk[i + 1];
      if (next === undefined || SIMPLE_ESCAPE[next] !== 1) {
        this.#state = ESCAPE;
        return i + 1;
      }
      i += 2;
    }
  }

  #unexpected(index: number): void {
    this.reject(this.#offset + index, EXPECTED[this.#state] ?? 'malformed');
  }

  #beginKey(index: number): void {
    this.#state = STRING;
    this.#stringIsKey = true;
    this.#escaped = false;
    // Inside a captured value the keys belong to the capture.
    if (this.#depth > this.#reportDepth || this.#captureDepth >= 0) return;
    this.#keyStart = this.#offset + index;
    this.#captureFrom = index;
  }

  #endKey(chunk: Buffer, end: number): void {
    this.#state = COLON;
    const start = this.#keyStart;
    if (start < 0) return;
    this.#keyStart = -1;
    const length = this.#offset + end - start - 2;
    let name: string | undefined;
    if (this.#escaped || this.#nameLengths.has(length)) {
      name = this.#name(chunk, end, length);
    } else {
      this.#captured.clear();
      this.#captureFrom = -1;
    }
    this.#visitor.key(this.#depth, name, start);
  }

  #name(chunk: Buffer, end: number, length: number): string | undefined {
    const names = this.#nameLengths;
    const candidates = this.#escaped || names instanceof Set ? undefined : (names as NameTable).get(length);
    if (candidates !== undefined && this.#captured.length === 0) {
      this.#captureFrom = -1;
      return nameAt(chunk, end - 1 - length, candidates);
    }
    const raw = this.#takeCapture(chunk, end, MAX_KEY_BYTES);
    if (raw === undefined) return undefined;
    return candidates === undefined ? decodeJSONString(raw) : nameAt(raw, 1, candidates);
  }

  #beginValue(byte: number, index: number): boolean {
    let kind: JSONKind;
    if (byte === QUOTE) {
      kind = 'string';
      this.#state = STRING;
      this.#stringIsKey = false;
    } else if (byte === 0x7b || byte === 0x5b) {
      kind = byte === 0x7b ? 'object' : 'array';
    } else if (byte === 0x2d || isDigit(byte)) {
      kind = 'number';
      this.#state = byte === 0x2d ? MINUS : byte === 0x30 ? ZERO : INTEGER;
    } else if (byte === 0x74 || byte === 0x66 || byte === 0x6e) {
      kind = byte === 0x74 ? 'true' : byte === 0x66 ? 'false' : 'null';
      this.#literal = kind;
      this.#progress = 1;
      this.#state = LITERAL;
    } else {
      return false;
    }
    const depth = this.#depth;
    if (depth <= this.#reportDepth) {
      this.#kinds[depth] = kind;
      this.#starts[depth] = this.#offset + index;
      if (this.#captureDepth < 0) {
        const cap = this.#visitor.begin(depth, kind, this.#offset + index);
        if (cap > 0) {
          this.#captureCap = cap;
          this.#captureDepth = depth;
          this.#captureFrom = index;
        }
      }
    }
    if (kind === 'object' || kind === 'array') this.#open(kind, index);
    return true;
  }

  #open(kind: 'object' | 'array', index: number): void {
    if (this.#depth === this.#maxDepth) {
      this.reject(this.#offset + index, `nested deeper than ${this.#maxDepth}`);
      return;
    }
    this.#depth++;
    this.#objects[this.#depth] = kind === 'object';
    this.#state = kind === 'object' ? FIRST_KEY : FIRST_ELEMENT;
  }

  #close(chunk: Buffer, index: number): void {
    this.#depth--;
    this.#endValue(chunk, index + 1);
  }

  #afterValue(chunk: Buffer, byte: number, index: number): void {
    const inObject = this.#objects[this.#depth] === true;
    if (byte === 0x2c) this.#state = inObject ? KEY : VALUE;
    else if (byte === (inObject ? 0x7d : 0x5d)) this.#close(chunk, index);
    else this.#unexpected(index);
  }

  #endValue(chunk: Buffer, end: number): void {
    const depth = this.#depth;
    this.#state = depth === 0 ? DONE : AFTER_VALUE;
    if (depth > this.#reportDepth) return;
    if (this.#captureDepth >= 0 && depth > this.#captureDepth) return;
    const raw = this.#captureDepth === depth ? this.#takeCapture(chunk, end, this.#captureCap) : undefined;
    this.#visitor.end(depth, this.#kinds[depth] ?? 'null', this.#starts[depth] ?? 0, this.#offset + end, raw);
  }

  /** Takes one byte of a number. False: the byte is not part of it. */
  #number(byte: number, index: number): boolean {
    const next = nextInNumber(this.#state, byte);
    if (next >= 0) {
      this.#state = next;
      return true;
    }
    if (!this.#inFinishedNumber()) this.#unexpected(index);
    return false;
  }

  #retain(chunk: Buffer, end: number): void {
    const cap = this.#captureDepth >= 0 ? this.#captureCap : MAX_KEY_BYTES;
    this.#captured.append(chunk.subarray(this.#captureFrom, end), cap);
    this.#captureFrom = -1;
  }

  #takeCapture(chunk: Buffer, end: number, cap: number): Buffer | undefined {
    let raw: Buffer | undefined;
    if (this.#captured.length === 0 && !this.#captured.overflowed) {
      raw = end - this.#captureFrom <= cap ? chunk.subarray(this.#captureFrom, end) : undefined;
    } else {
      this.#captured.append(chunk.subarray(this.#captureFrom, end), cap);
      raw = this.#captured.take();
    }
    this.#captureDepth = -1;
    this.#captureFrom = -1;
    return raw;
  }
}

const EMPTY = Buffer.alloc(0);

/** The state after `byte` within a number, or -1 when it cannot be part of it. */
function nextInNumber(state: number, byte: number): number {
  if (isDigit(byte)) {
    if (state === MINUS) return byte === 0x30 ? ZERO : INTEGER;
    if (state === ZERO) return -1;
    if (state === POINT) return FRACTION;
    return state === EXPONENT_MARK || state === EXPONENT_SIGN ? EXPONENT : state;
  }
  if (byte === 0x2e) return state === ZERO || state === INTEGER ? POINT : -1;
  if (byte === 0x65 || byte === 0x45)
    return state === ZERO || state === INTEGER || state === FRACTION ? EXPONENT_MARK : -1;
  if (byte === 0x2b || byte === 0x2d) return state === EXPONENT_MARK ? EXPONENT_SIGN : -1;
  return -1;
}

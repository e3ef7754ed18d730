import { decodeJSONString } from '../../shared/json-visitor.ts';
import type { Splice } from '../../wire.ts';
import type { TextEdit } from '../types.ts';
import { withoutEscapes } from './escapes.ts';

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

const BEGINS_JSON = /^[ \t\r\n]*[{[]/;

/** A string literal of a JSON document that has been found valid: what it says, and how to make it say something else. */
export class StringText {
  readonly #document: Buffer;
  readonly #start: number;
  readonly #end: number;
  #text: string | undefined;
  /** Where the last splice ended: nested documents splice their string piece by piece, in order. */
  #cursor: Cursor | undefined;

  /** JSON that breaks off, as one text: what its escapes mean, all else as it is written. Undefined: it has none that are sound. */
  static ofBroken(document: Buffer): StringText | undefined {
    return BEGINS_JSON.test(document.toString()) ? StringText.ofJSON(document) : undefined;
  }

  /** JSON as one text, as {@link StringText.ofBroken} has it. `document` is valid. Undefined: it has no escapes. */
  static ofJSON(document: Buffer): StringText | undefined {
    if (!document.includes(BACKSLASH)) return undefined;
    const text = withoutEscapes(document);
    if (text === undefined) return undefined;
    const undone = new StringText(document, -1, document.length);
    undone.#text = text;
    return undone;
  }

  /** `start` and `end` are offsets of the literal with its quotes. */
  constructor(document: Buffer, start: number, end: number) {
    this.#document = document;
    this.#start = start;
    this.#end = end;
  }

  /** Decoded when it is first asked for. */
  get text(): string {
    this.#text ??= decodeJSONString(this.#document.subarray(this.#start, this.#end));
    return this.#text;
  }

  /** Whether it says a backslash: most do not, and that is told without decoding them. */
  get saysBackslash(): boolean {
    const written = this.#document.subarray(this.#start, this.#end);
    return written.includes('\\\\') || written.includes('\\u005');
  }

  /** See {@link FoundText.splice}. A character of which an edit takes one half (of two UTF-16 code units) is written anew, too. */
  splice(edits: readonly TextEdit[]): readonly Splice[] {
    const cursor = this.#cursorFor(edits);
    const splices: Splice[] = [];
    /** What the present splice writes, without the second half of a character that its end cuts. */
    let written = '';
    let start = 0;
    let end = -1;
    for (const edit of edits) {
      if (edit.start === edit.end && edit.replacement === '') continue;
      cursor.advance(edit.start);
      // Two edits within one character are one splice.
      if (cursor.byte < end) {
        splices.pop();
        written += edit.replacement;
      } else {
        start = Math.min(cursor.byte, this.#end);
        written = cursor.firstHalf() + edit.replacement;
      }
      cursor.advance(edit.end);
      // An escape that the end cuts off is shorter than the cursor takes it for.
      end = Math.min(cursor.byteAfter, this.#end);
      splices.push({ start, end, bytes: encode(written + cursor.secondHalf()) });
    }
    return splices;
  }

  /** A cursor that is not beyond the first edit. */
  #cursorFor([first]: readonly TextEdit[]): Cursor {
    if (this.#cursor === undefined || first === undefined || first.start < this.#cursor.unit)
      this.#cursor = new Cursor(this.#document, this.#start + 1);
    return this.#cursor;
  }
}

/** The last that was encoded: masks are mostly the same one again. */
let encoded = { text: '', bytes: Buffer.alloc(0) };

/** What stands between the quotes of a literal that says `text`. A lone surrogate is written as an escape. */
function encode(text: string): Buffer {
  if (encoded.text !== text) encoded = { text, bytes: Buffer.from(JSON.stringify(text).slice(1, -1)) };
  return encoded.bytes;
}

/** Goes through the characters of a literal and counts the UTF-16 code units that they mean. */
class Cursor {
  readonly #document: Buffer;
  unit = 0;
  /** The next byte; of a character in UTF-8 that the position cuts in two, the first. */
  byte: number;
  #cut = false;

  constructor(document: Buffer, start: number) {
    this.#document = document;
    this.byte = start;
  }

  /** Goes on to before the code unit `target`, which is not before the present one. */
  advance(target: number): void {
    const document = this.#document;
    let unit = this.unit;
    let byte = this.byte;
    while (unit < target) {
      const lead = document[byte] as number;
      if (lead >= 0xf0) {
        if (unit + 1 === target) break;
        byte += 4;
        unit += 2;
        continue;
      }
      if (lead === BACKSLASH) byte += document[byte + 1] === LETTER_U ? 6 : 2;
      else byte += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : 3;
      unit++;
    }
    this.#cut = unit < target;
    this.unit = unit;
    this.byte = byte;
  }

  /** The first byte behind the position that no cut touches. */
  get byteAfter(): number {
    return this.#cut ? this.byte + 4 : this.byte;
  }

  /** The half of a cut character that stands before the position. */
  firstHalf(): string {
    return this.#cut ? this.#character().slice(0, 1) : '';
  }

  secondHalf(): string {
    return this.#cut ? this.#character().slice(1) : '';
  }

  #character(): string {
    return this.#document.toString('utf8', this.byte, this.byte + 4);
  }
}

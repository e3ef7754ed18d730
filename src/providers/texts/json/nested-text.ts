import type { Splice } from '../../wire.ts';
import type { TextEdit } from '../types.ts';
import type { StringText } from './string-text.ts';

/** A JSON document that is written in a string of another. */
export class NestedDocument {
  readonly #outer: StringText;
  /** A lone surrogate in the string is a replacement character here. */
  readonly bytes: Buffer;
  /** A byte, and how many code units of the string stand before it: where the last splice ended. */
  #byte = 0;
  #unit = 0;

  constructor(outer: StringText) {
    this.#outer = outer;
    this.bytes = Buffer.from(outer.text);
  }

  /** Splices of {@link NestedDocument.bytes}, in order, as splices of the document around it. */
  lift(splices: readonly Splice[]): readonly Splice[] {
    let last: Buffer | undefined;
    let replacement = '';
    const edits = splices.map(({ start, end, bytes }) => {
      // Masks are mostly the same one again.
      if (bytes !== last) replacement = bytes.toString();
      last = bytes;
      return { start: this.#unitAt(start), end: this.#unitAt(end), replacement };
    });
    return this.#outer.splice(edits);
  }

  #unitAt(byte: number): number {
    const isASCII = this.bytes.length === this.#outer.text.length;
    if (isASCII) return byte;
    // Texts are edited in order: each search goes on from the last one's find.
    if (byte < this.#byte) this.#byte = this.#unit = 0;
    this.#unit += this.bytes.toString('utf8', this.#byte, byte).length;
    this.#byte = byte;
    return this.#unit;
  }
}

/** A string of a nested document. */
export class NestedText {
  readonly #document: NestedDocument;
  readonly #inner: StringText;

  constructor(document: NestedDocument, inner: StringText) {
    this.#document = document;
    this.#inner = inner;
  }

  get text(): string {
    return this.#inner.text;
  }

  splice(edits: readonly TextEdit[]): readonly Splice[] {
    return this.#document.lift(this.#inner.splice(edits));
  }
}

import type { Splice } from '../../wire.ts';
import type { TextEdit } from '../types.ts';
import type { StringText } from './string-text.ts';

/** A JSON document that is written in a string of another. */
export class NestedDocument {
  readonly #outer: StringText;
  /** A lone surrogate in the string is a replacement character here. */
  readonly bytes: Buffer;

  constructor(outer: StringText) {
    this.#outer = outer;
    this.bytes = Buffer.from(outer.text);
  }

  /** Splices of {@link NestedDocument.bytes}, in order, as splices of the document around it. */
  lift(splices: readonly Splice[]): readonly Splice[] {
    const isASCII = this.bytes.length === this.#outer.text.length;
    let byte = 0;
    let unit = 0;
    const unitAt = (target: number): number => {
      unit += isASCII ? target - byte : this.bytes.toString('utf8', byte, target).length;
      byte = target;
      return unit;
    };
    const edits = splices.map(({ start, end, bytes }) => ({
      start: unitAt(start),
      end: unitAt(end),
      replacement: bytes.toString(),
    }));
    return this.#outer.splice(edits);
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

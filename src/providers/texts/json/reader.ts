/** Finds the texts of one whole JSON document by its {@link Shape}. No value is built but the texts that are asked for. */
import { JSONScanner } from '../../shared/json-scanner.ts';
import {
  decodeJSONString,
  type JSONFault,
  type JSONKind,
  type JSONVisitor,
  MAX_KEY_BYTES,
} from '../../shared/json-visitor.ts';
import type { Splice } from '../../wire.ts';
import type { FoundText, TextEdit, TextScope } from '../types.ts';
import { foldName } from './names.ts';
import { NestedDocument, NestedText } from './nested-text.ts';
import { OwnerScopes } from './owner-scopes.ts';
import { anyText, type ScopeRule, type Shape, type StringRule } from './shape.ts';
import { StringText } from './string-text.ts';

/** Deeper nesting than any real document has, and less than the recursion limits of common servers. */
const MAX_DEPTH = 512;

/** More texts than any real document has. */
export const MAX_TEXTS = 100_000;

/** All names are looked at. */
const EVERY_LENGTH: ReadonlySet<number> = new Set(Array.from({ length: MAX_KEY_BYTES + 1 }, (_, length) => length));

/** A text, and where in the document it is: names of members as they are written, and indexes of elements. */
export interface PlacedText extends FoundText {
  readonly path: readonly (string | number)[];
}

export type DocumentReading =
  | { readonly kind: 'Texts'; readonly texts: readonly PlacedText[] }
  /** As in {@link TextReading}. */
  | { readonly kind: 'Unreadable'; readonly reason: string };

/** The texts of `document` in the order in which they begin. `what` the document is called in reasons: `the body`. */
export function readTexts(document: Buffer, shape: Shape, what: string): DocumentReading {
  const reader = new Reader(document, shape, MAX_TEXTS);
  const fault = reader.run();
  if (reader.overflowed) return { kind: 'Unreadable', reason: `${what} holds more than ${MAX_TEXTS} texts` };
  if (reader.refusal !== undefined) return { kind: 'Unreadable', reason: `${what} ${reader.refusal}` };
  if (fault === undefined) return { kind: 'Texts', texts: reader.texts };
  return { kind: 'Unreadable', reason: `${what} cannot be read as JSON at byte ${fault.offset}: ${fault.problem}` };
}

/** A text whose scope is known when the objects around it have ended. */
class Found implements PlacedText {
  readonly #content: StringText | NestedText;
  readonly path: readonly (string | number)[];
  rule: ScopeRule;

  constructor(content: StringText | NestedText, rule: ScopeRule, path: readonly (string | number)[]) {
    this.#content = content;
    this.rule = rule;
    this.path = path;
  }

  get scope(): TextScope {
    return this.rule === 'Owner' ? 'User' : this.rule;
  }

  get text(): string {
    return this.#content.text;
  }

  splice(edits: readonly TextEdit[]): readonly Splice[] {
    return this.#content.splice(edits);
  }
}

/** Where a nested document stands in the one around it. */
interface Nest {
  readonly document: NestedDocument;
  readonly path: readonly (string | number)[];
}

class Reader implements JSONVisitor {
  readonly texts: Found[] = [];
  overflowed = false;
  /** Why the document as such is unreadable, see {@link Shape.refuse}. */
  refusal: string | undefined;
  readonly #document: Buffer;
  readonly #root: Shape;
  readonly #limit: number;
  readonly #nest: Nest | undefined;
  readonly #scanner: JSONScanner;
  /** Of the present value of each depth: what it is, and the name or index by which it stands in what is around it. */
  readonly #shapes: (Shape | undefined)[] = [];
  readonly #places: (string | number)[] = [];
  readonly #owners = new OwnerScopes();

  constructor(document: Buffer, root: Shape, limit: number, nest?: Nest) {
    this.#document = document;
    this.#root = root;
    this.#limit = limit;
    this.#nest = nest;
    this.#scanner = new JSONScanner(this, {
      reportDepth: MAX_DEPTH,
      maxDepth: MAX_DEPTH,
      validateUTF8: true,
      nameLengths: EVERY_LENGTH,
    });
  }

  run(): JSONFault | undefined {
    this.#scanner.push(this.#document);
    this.#scanner.end();
    return this.#scanner.fault;
  }

  key(depth: number, name: string | undefined): void {
    const around = this.#shapes[depth - 1];
    this.#places[depth] = name ?? '';
    this.#shapes[depth] = around === undefined ? undefined : memberShape(around, name);
  }

  begin(depth: number, kind: JSONKind, start: number): number {
    const place = this.#places[depth];
    if (depth === 0) {
      this.#shapes[0] = this.#root;
    } else if (typeof place === 'number') {
      this.#places[depth] = place + 1;
      this.#shapes[depth] = this.#shapes[depth - 1]?.items;
    }
    const shape = this.#shapes[depth];
    if (shape?.refuse?.kinds.has(kind) === true) {
      this.refusal = shape.refuse.reason;
      this.#scanner.reject(start, 'refused');
    }
    if (kind !== 'object' && kind !== 'array') return 0;
    // What the last container of this depth has left there is of no meaning in this one.
    this.#places[depth + 1] = kind === 'array' ? -1 : '';
    if (kind === 'object' && shape?.owner !== undefined) this.#owners.open(depth, shape.owner, this.texts.length);
    if (!looksInto(shape, kind)) this.#scanner.reportTo(depth);
    return 0;
  }

  end(depth: number, kind: JSONKind, start: number, end: number): void {
    const shape = this.#shapes[depth];
    if (kind === 'string') {
      if (shape?.string !== undefined) this.#string(shape.string, depth, start, end);
      if (this.#owners.isAt(depth - 1)) this.#member(depth, start, end);
    } else if (kind === 'object' || kind === 'array') {
      this.#scanner.reportTo(MAX_DEPTH);
      if (kind === 'object' && shape?.owner !== undefined) this.#owners.close(this.texts);
    }
  }

  /** A member of an object whose members say whose words its texts are. */
  #member(depth: number, start: number, end: number): void {
    const name = foldName(String(this.#places[depth]));
    if (!this.#owners.wants(name)) return;
    const value = decodeJSONString(this.#document.subarray(start, end));
    if (!this.#owners.note(name, value)) this.#scanner.reject(start, `"${name}" is there twice`);
  }

  #string(rule: StringRule, depth: number, start: number, end: number): void {
    const string = new StringText(this.#document, start, end);
    const path = [...(this.#nest?.path ?? []), ...this.#places.slice(1, depth + 1)];
    if (rule.kind === 'JSON' && this.#readNested(string, rule.scope, path)) return;
    this.#add(
      new Found(this.#nest === undefined ? string : new NestedText(this.#nest.document, string), rule.scope, path),
    );
  }

  /** Reads JSON in a string. False: there is none. */
  #readNested(string: StringText, scope: ScopeRule, path: readonly (string | number)[]): boolean {
    if (!MAY_HOLD_STRINGS.test(string.text)) return false;
    const document = new NestedDocument(string);
    const inner = new Reader(document.bytes, anyText(scope), this.#limit - this.texts.length, { document, path });
    const fault = inner.run();
    if (inner.overflowed) this.#overflow();
    else if (fault !== undefined) return false;
    for (const found of inner.texts) this.texts.push(found);
    return true;
  }

  #add(found: Found): void {
    if (this.texts.length === this.#limit) this.#overflow();
    else this.texts.push(found);
  }

  #overflow(): void {
    this.overflowed = true;
    this.#scanner.reject(0, 'too many texts');
  }
}

/** Numbers and the like in a string are themselves a text. */
const MAY_HOLD_STRINGS = /^[ \t\r\n]*["[{]/;

function memberShape({ members, others }: Shape, name: string | undefined): Shape | undefined {
  if (members === undefined || name === undefined) return others;
  return members.get(name) ?? members.get(foldName(name)) ?? others;
}

function looksInto(shape: Shape | undefined, kind: 'object' | 'array'): boolean {
  if (shape === undefined) return false;
  return kind === 'array' ? shape.items !== undefined : shape.members !== undefined || shape.others !== undefined;
}

/** Finds the texts of one whole JSON document by its {@link Shape}. No value is built but the texts that are asked for. */
import { JSONScanner } from '../../shared/json-scanner.ts';
import { decodeJSONString, type JSONFault, type JSONKind, type JSONVisitor } from '../../shared/json-visitor.ts';
import type { Splice } from '../../wire.ts';
import type { FoundText, TextEdit, TextReading, TextScope } from '../types.ts';
import { foldedNameAt, foldName } from './names.ts';
import { NestedDocument, NestedText } from './nested-text.ts';
import { OwnerScopes } from './owner-scopes.ts';
import { anyText, type ScopeRule, type Shape, type StringRule } from './shape.ts';
import { StringText } from './string-text.ts';

/** Deeper nesting than any real document has, and less than the recursion limits of common servers. */
const MAX_DEPTH = 512;

/** More texts than any real document has. */
export const MAX_TEXTS = 100_000;

/** A text that may be JSON with escapes in it. */
const MAY_BE_JSON = /^[ \t\r\n]*["[{]/;

/** The scanner decodes no name but those with escapes. */
const NO_NAMES: ReadonlySet<number> = new Set();

/** What of a document is known beside its shape. */
export interface ReadingOptions {
  /** The model signs what it thinks. */
  readonly isSigned?: boolean;
  /**
   * Texts that are JSON read as what their escapes mean, as people and models read them: results of tools often are. Else
   * what begins a line within them would follow the letter of an escape (`\n`), and be part of a word.
   */
  readonly undoesJSON?: boolean;
}

/** The texts of `document` in the order in which they begin. `what` the document is called in reasons: `the body`. */
export function readTexts(document: Buffer, shape: Shape, what: string, options: ReadingOptions = {}): TextReading {
  const reader = new Reader(document, shape, MAX_TEXTS, options);
  const fault = reader.run();
  if (reader.overflowed) return { kind: 'Unreadable', reason: `${what} holds more than ${MAX_TEXTS} texts` };
  if (reader.refusal !== undefined) return { kind: 'Unreadable', reason: `${what} ${reader.refusal}` };
  if (fault === undefined) return { kind: 'Texts', texts: reader.texts };
  return { kind: 'Unreadable', reason: `${what} cannot be read as JSON at byte ${fault.offset}: ${fault.problem}` };
}

/** A text whose scope is known when the objects around it have ended. */
class Found implements FoundText {
  readonly #content: StringText | NestedText;
  rule: ScopeRule;
  readonly isSigned: boolean;

  constructor(content: StringText | NestedText, rule: ScopeRule, isSigned: boolean) {
    this.#content = content;
    this.rule = rule;
    this.isSigned = isSigned;
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

class Reader implements JSONVisitor {
  readonly texts: Found[] = [];
  overflowed = false;
  /** Why the document as such is unreadable, see {@link Shape.refuse}. */
  refusal: string | undefined;
  readonly #document: Buffer;
  readonly #root: Shape;
  readonly #limit: number;
  readonly #options: ReadingOptions;
  /** The document itself, when it is written in a string of another. */
  readonly #nested: NestedDocument | undefined;
  readonly #scanner: JSONScanner;
  /** What the present value of each depth is, and whether it is an element of an array. */
  readonly #shapes: (Shape | undefined)[] = [];
  readonly #isElement: boolean[] = [false];
  readonly #owners = new OwnerScopes();
  /** Name of the present member when it says whose words the texts of its object are. */
  #deciding: string | undefined;

  constructor(document: Buffer, root: Shape, limit: number, options: ReadingOptions, nested?: NestedDocument) {
    this.#document = document;
    this.#root = root;
    this.#limit = limit;
    this.#options = options;
    this.#nested = nested;
    this.#scanner = new JSONScanner(this, {
      reportDepth: MAX_DEPTH,
      maxDepth: MAX_DEPTH,
      validateUTF8: true,
      nameLengths: NO_NAMES,
    });
  }

  run(): JSONFault | undefined {
    this.#scanner.push(this.#document);
    this.#scanner.end();
    return this.#scanner.fault;
  }

  key(depth: number, escaped: string | undefined, start: number): void {
    const around = this.#shapes[depth - 1];
    if (around === undefined) return;
    const name = escaped === undefined ? foldedNameAt(this.#document, start) : foldName(escaped);
    this.#shapes[depth] = around.members?.get(name) ?? around.others;
    this.#deciding = this.#owners.goesBy(depth - 1, name) ? name : undefined;
  }

  begin(depth: number, kind: JSONKind, start: number): number {
    if (depth === 0) this.#shapes[0] = this.#root;
    else if (this.#isElement[depth] === true) this.#shapes[depth] = this.#shapes[depth - 1]?.items;
    const shape = alone(this.#shapes[depth], kind);
    this.#shapes[depth] = shape;
    if (shape?.refuse?.kinds.has(kind) === true) {
      this.refusal = shape.refuse.reason;
      this.#scanner.reject(start, 'refused');
    }
    if (kind === 'object' || kind === 'array') {
      this.#deciding = undefined;
      this.#isElement[depth + 1] = kind === 'array';
      if (kind === 'object' && shape?.owner !== undefined) this.#owners.open(depth, shape.owner, this.texts.length);
      if (!looksInto(shape, kind)) this.#scanner.reportTo(depth);
    }
    return 0;
  }

  end(depth: number, kind: JSONKind, start: number, end: number): void {
    const shape = this.#shapes[depth];
    if (kind === 'string') {
      if (shape?.string !== undefined) this.#string(shape.string, start, end);
      if (this.#deciding !== undefined) this.#decide(this.#deciding, start, end);
    } else if (kind === 'object' || kind === 'array') {
      this.#scanner.reportTo(MAX_DEPTH);
      if (kind === 'object' && shape?.owner !== undefined) this.#owners.close(this.texts);
    }
  }

  #decide(name: string, start: number, end: number): void {
    this.#deciding = undefined;
    const value = decodeJSONString(this.#document.subarray(start, end));
    if (!this.#owners.note(name, value)) this.#scanner.reject(start, `"${name}" is there twice`);
  }

  #string(rule: StringRule, start: number, end: number): void {
    const string = new StringText(this.#document, start, end);
    if (rule.kind === 'JSON' && this.#readNested(string, rule.scope)) return;
    const content = this.#nested === undefined ? this.#undone(string) : new NestedText(this.#nested, string);
    const isSigned = this.#options.isSigned === true && rule.signed === true;
    if (this.texts.length === this.#limit) this.#overflow();
    else this.texts.push(new Found(content, rule.scope, isSigned));
  }

  /** A text, without the escapes of the JSON that it may be. */
  #undone(string: StringText): StringText | NestedText {
    if (this.#options.undoesJSON !== true || !string.saysBackslash || !MAY_BE_JSON.test(string.text)) return string;
    const document = new NestedDocument(string);
    if (!isJSON(document.bytes)) return string;
    const undone = StringText.ofJSON(document.bytes);
    return undone === undefined ? string : new NestedText(document, undone);
  }

  /** Reads JSON in a string. False: there is none. */
  #readNested(string: StringText, scope: ScopeRule): boolean {
    // Numbers and the like in a string are themselves a text.
    if (!MAY_BE_JSON.test(string.text)) return false;
    const document = new NestedDocument(string);
    const inner = new Reader(document.bytes, anyText(scope), this.#limit - this.texts.length, {}, document);
    const fault = inner.run();
    if (inner.overflowed) this.#overflow();
    else if (fault !== undefined) return this.#readBroken(document, scope);
    for (const found of inner.texts) this.texts.push(found);
    return true;
  }

  /** Reads JSON in a string that breaks off, as a model's arguments do that ran out of tokens. False: it is a text like others. */
  #readBroken(document: NestedDocument, scope: ScopeRule): boolean {
    const broken = StringText.ofBroken(document.bytes);
    if (broken === undefined) return false;
    if (this.texts.length === this.#limit) this.#overflow();
    else this.texts.push(new Found(new NestedText(document, broken), scope, false));
    return true;
  }

  #overflow(): void {
    this.overflowed = true;
    this.#scanner.reject(0, 'too many texts');
  }
}

function isJSON(document: Buffer): boolean {
  const visitor: JSONVisitor = { key: () => undefined, begin: () => 0, end: () => undefined };
  const options = { reportDepth: 0, maxDepth: MAX_DEPTH, validateUTF8: true, nameLengths: NO_NAMES };
  const scanner = new JSONScanner(visitor, options);
  scanner.push(document);
  scanner.end();
  return scanner.fault === undefined;
}

/** What a value is where a list is due: lenient servers (Google's are) take one element for a list of one. */
function alone(shape: Shape | undefined, kind: JSONKind): Shape | undefined {
  if (shape?.items === undefined) return shape;
  if (kind === 'object') return shape.members === undefined && shape.others === undefined ? shape.items : shape;
  return kind === 'string' && shape.string === undefined ? shape.items : shape;
}

function looksInto(shape: Shape | undefined, kind: 'object' | 'array'): boolean {
  if (shape === undefined) return false;
  return kind === 'array' ? shape.items !== undefined : shape.members !== undefined || shape.others !== undefined;
}

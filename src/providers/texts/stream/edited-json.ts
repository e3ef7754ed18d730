/** One JSON document with some of its values replaced; all other bytes stay as they are. */
import { JSONScanner } from '../../shared/json-scanner.ts';
import { type JSONKind, type JSONVisitor, MAX_KEY_BYTES } from '../../shared/json-visitor.ts';
import { StringText } from '../json/string-text.ts';
import type { Splice } from '../../wire.ts';
import type { Path } from './json-value.ts';

const MAX_DEPTH = 512;

/** Every name is heard. */
const ALL_NAMES: ReadonlySet<number> = new Set(Array.from({ length: MAX_KEY_BYTES }, (_, length) => length));

/** `Text`: a string that now reads `value`; what it has in common with the old one keeps its escapes. */
type Change = { readonly kind: 'Text'; readonly value: string } | { readonly kind: 'Value'; readonly json: string };

export class EditedJSON {
  readonly #document: Buffer;
  readonly #changes = new Map<string, Change>();

  /** `document` is JSON that has been parsed. */
  constructor(document: Buffer) {
    this.#document = document;
  }

  get isChanged(): boolean {
    return this.#changes.size > 0;
  }

  /** Makes the string at `path` read `value`. */
  set(path: Path, value: string): void {
    this.#changes.set(key(path), { kind: 'Text', value });
  }

  /** Puts other JSON in place of the value at `path`. */
  replace(path: Path, json: string): void {
    this.#changes.set(key(path), { kind: 'Value', json });
  }

  bytes(): Buffer {
    if (!this.isChanged) return this.#document;
    const finder = new Finder(this.#changes);
    finder.run(this.#document);
    const splices = finder.found.flatMap(({ change, start, end }) => this.#splices(change, start, end));
    return spliced(this.#document, splices);
  }

  #splices(change: Change, start: number, end: number): readonly Splice[] {
    if (change.kind === 'Value') return [{ start, end, bytes: Buffer.from(change.json) }];
    const literal = new StringText(this.#document, start, end);
    return literal.splice([difference(literal.text, change.value)]);
  }
}

/** The one edit that makes `before` read `after`. */
export function difference(before: string, after: string): { start: number; end: number; replacement: string } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let same = 0;
  while (
    same < shorter - start &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  ) {
    same++;
  }
  return { start, end: before.length - same, replacement: after.slice(start, after.length - same) };
}

export function spliced(bytes: Buffer, splices: readonly Splice[]): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const splice of splices) {
    parts.push(bytes.subarray(from, splice.start), splice.bytes);
    from = splice.end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}

/** NUL stands in no name that is looked for. */
function key(path: Path): string {
  return path.join('\0');
}

interface Found {
  readonly change: Change;
  readonly start: number;
  readonly end: number;
}

/** Finds the values that change, in the order in which they stand. One that is there twice changes twice. */
class Finder implements JSONVisitor {
  readonly found: Found[] = [];
  readonly #changes: ReadonlyMap<string, Change>;
  readonly #depths: ReadonlySet<number>;
  readonly #places: (string | number)[] = [];

  constructor(changes: ReadonlyMap<string, Change>) {
    this.#changes = changes;
    this.#depths = new Set([...changes.keys()].map((path) => path.split('\0').length));
  }

  run(document: Buffer): void {
    const reportDepth = Math.max(...this.#depths);
    const options = { reportDepth, maxDepth: MAX_DEPTH, validateUTF8: false, nameLengths: ALL_NAMES };
    const scanner = new JSONScanner(this, options);
    scanner.push(document);
    scanner.end();
  }

  key(depth: number, name: string | undefined): void {
    this.#places[depth - 1] = name ?? '';
  }

  begin(depth: number, kind: JSONKind): number {
    const place = this.#places[depth - 1];
    if (typeof place === 'number') this.#places[depth - 1] = place + 1;
    // In an array places are indexes; a name takes their place in an object.
    if (kind === 'array') this.#places[depth] = -1;
    else if (kind === 'object') this.#places[depth] = '';
    return 0;
  }

  end(depth: number, kind: JSONKind, start: number, end: number): void {
    if (!this.#depths.has(depth)) return;
    const change = this.#changes.get(this.#places.slice(0, depth).join('\0'));
    if (change !== undefined && (change.kind === 'Value' || kind === 'string')) this.found.push({ change, start, end });
  }
}

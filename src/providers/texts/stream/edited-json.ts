/** One JSON document with some of its values replaced; all other bytes stay as they are. */
import { JSONScanner } from '../../shared/json-scanner.ts';
import { type JSONKind, type JSONVisitor } from '../../shared/json-visitor.ts';
import { StringText } from '../json/string-text.ts';
import type { Splice } from '../../wire.ts';
import type { JSONObject, Path } from './json-value.ts';
import { placesOf } from './value-places.ts';

/** A value that changes; exactly one of `text` and `json` is there. */
interface Change {
  readonly path: Path;
  /** What a string now reads; what that has in common with the old one keeps its escapes. */
  readonly text?: string;
  readonly json?: string;
}

export class EditedJSON {
  readonly #document: Buffer;
  readonly #changes: Change[] = [];

  /** `document` is JSON that has been parsed. */
  constructor(document: Buffer) {
    this.#document = document;
  }

  get isChanged(): boolean {
    return this.#changes.length > 0;
  }

  /** Makes the string at `path` read `value`. */
  set(path: Path, value: string): void {
    this.#changes.push({ path, text: value });
  }

  /** Puts other JSON in place of the value at `path`. */
  replace(path: Path, json: string): void {
    this.#changes.push({ path, json });
  }

  bytes(): Buffer {
    if (!this.isChanged) return this.#document;
    const found = find(this.#document, this.#changes);
    return found === undefined
      ? this.#rewritten()
      : spliced(
          this.#document,
          found.flatMap((one) => this.#splices(one)),
        );
  }

  /** Makes the changes to the document's value, as it was parsed. */
  apply(value: JSONObject): void {
    for (const { path, text, json } of this.#changes) {
      let holder: unknown = value;
      for (let i = 0; i < path.length - 1; i++) holder = (holder as Record<string | number, unknown>)[path[i] ?? ''];
      const last = path[path.length - 1] ?? '';
      (holder as Record<string | number, unknown>)[last] = json === undefined ? text : (JSON.parse(json) as unknown);
    }
  }

  /** For places that the scanner does not tell: names that are longer than it hears. */
  #rewritten(): Buffer {
    const value = JSON.parse(this.#document.toString()) as JSONObject;
    this.apply(value);
    return Buffer.from(JSON.stringify(value));
  }

  #splices({ change, start, end }: Found): readonly Splice[] {
    if (change.json !== undefined) return [{ start, end, bytes: Buffer.from(change.json) }];
    const literal = new StringText(this.#document, start, end);
    return literal.splice([difference(literal.text, change.text ?? '')]);
  }
}

/** Where the changes are, in order; undefined: one of them was not found. */
function find(document: Buffer, changes: readonly Change[]): readonly Found[] | undefined {
  const [change] = changes;
  if (changes.length === 1 && change !== undefined) {
    const places = placesOf(document, change.path);
    const found = places
      .filter(({ start }) => change.json !== undefined || document[start] === QUOTE)
      .map(({ start, end }) => ({ change, start, end }));
    return found.length > 0 ? found : undefined;
  }
  const finder = new Finder(changes);
  finder.run(document);
  return new Set(finder.found.map(({ change }) => change)).size < changes.length ? undefined : finder.found;
}

const QUOTE = 0x22;

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
  let { length } = bytes;
  for (const splice of splices) length += splice.bytes.length - (splice.end - splice.start);
  const result = Buffer.allocUnsafe(length);
  let from = 0;
  let at = 0;
  for (const splice of splices) {
    at += bytes.copy(result, at, from, splice.start);
    at += splice.bytes.copy(result, at);
    from = splice.end;
  }
  bytes.copy(result, at, from);
  return result;
}

interface Found {
  readonly change: Change;
  readonly start: number;
  readonly end: number;
}

/** Finds the values that change, in the order in which they stand. One that is there twice changes twice. */
class Finder implements JSONVisitor {
  readonly found: Found[] = [];
  readonly #changes: readonly Change[];
  /** The changes by their path, when they are too many to be looked through for each value. */
  readonly #byPath: ReadonlyMap<string, readonly Change[]> | undefined;
  readonly #places: (string | number)[] = [];

  constructor(changes: readonly Change[]) {
    this.#changes = changes;
    if (changes.length > FEW) this.#byPath = Map.groupBy(changes, ({ path }) => path.join(NO_NAME));
  }

  run(document: Buffer): void {
    const paths = this.#changes.map(({ path }) => path);
    const names = paths.flat().filter((place) => typeof place === 'string');
    const nameLengths = new Set(names.map((name) => Buffer.byteLength(name)));
    const reportDepth = Math.max(...paths.map(({ length }) => length));
    const scanner = new JSONScanner(this, { reportDepth, maxDepth: Infinity, validateUTF8: false, nameLengths });
    scanner.push(document);
    scanner.end();
  }

  key(depth: number, name: string | undefined): void {
    this.#places[depth - 1] = name ?? NO_NAME;
  }

  begin(depth: number, kind: JSONKind): number {
    const place = this.#places[depth - 1];
    if (typeof place === 'number') this.#places[depth - 1] = place + 1;
    // In an array places are indexes; a name takes their place in an object.
    if (kind === 'array') this.#places[depth] = -1;
    else if (kind === 'object') this.#places[depth] = NO_NAME;
    return 0;
  }

  end(depth: number, kind: JSONKind, start: number, end: number): void {
    for (const change of this.#candidates(depth)) {
      if (change.path.length !== depth || !this.#isAt(change.path)) continue;
      if (change.json !== undefined || kind === 'string') this.found.push({ change, start, end });
    }
  }

  #candidates(depth: number): readonly Change[] {
    return this.#byPath === undefined
      ? this.#changes
      : (this.#byPath.get(this.#places.slice(0, depth).join(NO_NAME)) ?? []);
  }

  #isAt(path: Path): boolean {
    for (let i = path.length - 1; i >= 0; i--) if (path[i] !== this.#places[i]) return false;
    return true;
  }
}

/** A name that is none of those that are looked for. */
const NO_NAME = '\0';

const FEW = 4;

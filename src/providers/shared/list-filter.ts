/** Lists of objects in JSON, cut down to those that may be seen by taking bytes out; others may be put in. */
import { JSONScanner } from './json-scanner.ts';
import { decodeJSONString, type JSONKind, type JSONVisitor, namesOfInterest } from './json-visitor.ts';

const MAX_ID_BYTES = 2048;
const COMMA = Buffer.from(',');

/** Where a list is, and by what its elements are known. */
export interface ListShape {
  /** The top-level member that is the list. */
  readonly list: string;
  /** The members of an element that identify it. */
  readonly ids: readonly string[];
}

/** Further elements for the list, made of one that stays. */
export type Siblings = (id: string, element: Buffer) => readonly Buffer[];

interface Element {
  readonly start: number;
  readonly end: number;
  readonly ids: readonly string[];
}

/** Hears the elements of the list and their ids. */
class ListMembers implements JSONVisitor {
  readonly elements: Element[] = [];
  /** How many members of the list's name the document has, and whether each is a list. */
  lists = 0;
  allLists = true;
  readonly #shape: ListShape;
  #top: string | undefined;
  #inner: string | undefined;
  #ids = new Map<string, string | undefined>();
  /** The same id twice: which counts is not known. */
  #ambiguous = false;

  constructor(shape: ListShape) {
    this.#shape = shape;
  }

  key(depth: number, name: string | undefined): void {
    if (depth === 1) this.#top = name;
    else if (depth === 3) this.#inner = name;
  }

  begin(depth: number, kind: JSONKind): number {
    if (depth === 1 && this.#top === this.#shape.list) {
      this.lists++;
      this.allLists &&= kind === 'array';
    }
    if (depth === 2) {
      this.#ids = new Map();
      this.#ambiguous = false;
      this.#inner = undefined;
    }
    return this.#isID(depth) && kind === 'string' ? MAX_ID_BYTES : 0;
  }

  end(depth: number, _kind: JSONKind, start: number, end: number, raw: Buffer | undefined): void {
    if (this.#isID(depth) && this.#inner !== undefined) {
      this.#ambiguous ||= this.#ids.has(this.#inner);
      this.#ids.set(this.#inner, raw === undefined ? undefined : decodeJSONString(raw));
    } else if (depth === 2 && this.#top === this.#shape.list) {
      const ids = this.#ambiguous ? [] : [...this.#ids.values()].filter((id) => id !== undefined);
      this.elements.push({ start, end, ids });
    }
  }

  #isID(depth: number): boolean {
    const { list, ids } = this.#shape;
    return depth === 3 && this.#top === list && this.#inner !== undefined && ids.includes(this.#inner);
  }
}

/**
 * The list without the elements of whose ids none is `allowed`. The bytes that stay are the upstream's, but for the
 * commas between removed elements. `siblings` are put behind an element that stays. Undefined when the body has another
 * shape.
 */
export function filterList(
  body: Buffer,
  shape: ListShape,
  allowed: (id: string) => boolean,
  siblings: Siblings = () => [],
): Buffer | undefined {
  const members = new ListMembers(shape);
  const nameLengths = namesOfInterest(shape.list, ...shape.ids);
  const scanner = new JSONScanner(members, { reportDepth: 3, maxDepth: 512, validateUTF8: true, nameLengths });
  scanner.push(body);
  scanner.end();
  if (scanner.fault !== undefined || members.lists !== 1 || !members.allLists) return undefined;
  const { elements } = members;
  const first = elements[0];
  const last = elements.at(-1);
  if (first === undefined || last === undefined) return body;
  const parts: Buffer[] = [];
  let previousEnd = 0;
  for (const { ids, start, end } of elements) {
    const id = ids.find(allowed);
    if (id !== undefined) {
      // Each but the first with the separator that stood before it.
      parts.push(body.subarray(parts.length === 0 ? start : previousEnd, end));
      for (const sibling of siblings(id, body.subarray(start, end))) parts.push(COMMA, sibling);
    }
    previousEnd = end;
  }
  return Buffer.concat([body.subarray(0, first.start), ...parts, body.subarray(last.end)]);
}

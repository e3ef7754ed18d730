import type { ProviderEntry } from '../../table/types.ts';
import { isModelAllowed } from '../allowlist.ts';
import { JSONScanner } from '../shared/json-scanner.ts';
import { decodeJSONString, type JSONKind, type JSONVisitor, namesOfInterest } from '../shared/json-visitor.ts';

const MAX_ID_BYTES = 1024;

const SCAN = { reportDepth: 3, maxDepth: 512, validateUTF8: true, nameLengths: namesOfInterest('data', 'id') } as const;

interface Element {
  readonly start: number;
  readonly end: number;
  readonly id: string | undefined;
}

/** Hears the elements of the top-level list `data` and their `id`. */
class ListMembers implements JSONVisitor {
  readonly elements: Element[] = [];
  /** How many members `data` the document has, and whether each is a list. */
  lists = 0;
  allLists = true;
  #top: string | undefined;
  #inner: string | undefined;
  #id: string | undefined;
  #ids = 0;

  key(depth: number, name: string | undefined): void {
    if (depth === 1) this.#top = name;
    else if (depth === 3) this.#inner = name;
  }

  begin(depth: number, kind: JSONKind): number {
    if (depth === 1 && this.#top === 'data') {
      this.lists++;
      this.allLists &&= kind === 'array';
    }
    if (depth === 2) {
      this.#id = undefined;
      this.#ids = 0;
      this.#inner = undefined;
    }
    return this.#isID(depth) && kind === 'string' ? MAX_ID_BYTES : 0;
  }

  end(depth: number, _kind: JSONKind, start: number, end: number, raw: Buffer | undefined): void {
    if (this.#isID(depth)) {
      this.#ids++;
      this.#id = raw === undefined ? undefined : decodeJSONString(raw);
    } else if (depth === 2 && this.#top === 'data') {
      this.elements.push({ start, end, id: this.#ids === 1 ? this.#id : undefined });
    }
  }

  #isID(depth: number): boolean {
    return depth === 3 && this.#top === 'data' && this.#inner === 'id';
  }
}

/**
 * A model list (`{"data":[{"id":…},…]}`) without the models that the entry does not allow. The bytes that stay are the
 * upstream's, but for the commas between removed elements. Undefined when the body has another shape.
 */
export function filterModelList(body: Buffer, entry: ProviderEntry): Buffer | undefined {
  const members = new ListMembers();
  const scanner = new JSONScanner(members, SCAN);
  scanner.push(body);
  scanner.end();
  if (scanner.fault !== undefined || members.lists !== 1 || !members.allLists) return undefined;
  const { elements } = members;
  const kept = elements.filter(({ id }) => id !== undefined && isModelAllowed(entry, id));
  const first = elements[0];
  const last = elements.at(-1);
  if (first === undefined || last === undefined || kept.length === elements.length) return body;
  return Buffer.concat([
    body.subarray(0, first.start),
    ...joined(body, elements, new Set(kept)),
    body.subarray(last.end),
  ]);
}

/** The kept elements, each but the first with the separator that stood before it. */
function joined(body: Buffer, elements: readonly Element[], kept: ReadonlySet<Element>): Buffer[] {
  const parts: Buffer[] = [];
  let previousEnd = 0;
  for (const element of elements) {
    if (kept.has(element)) parts.push(body.subarray(parts.length === 0 ? element.start : previousEnd, element.end));
    previousEnd = element.end;
  }
  return parts;
}

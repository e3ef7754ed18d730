import { decodeJSONString, type JSONKind, type JSONVisitor } from '../../shared/json-visitor.ts';

/** Where a member of a document is: the names of the members that it is in, and its own; undefined in a list. */
export type MemberPath = readonly (string | undefined)[];

/** Hears of the members of one document by their path. */
export interface MemberListener {
  /** How many raw bytes of the member's value are wanted; 0 for none. */
  wants(path: MemberPath, kind: JSONKind): number;
  /** `raw` is undefined when the value was longer than wanted. Not called for members that nobody wants. */
  found(path: MemberPath, kind: JSONKind, raw: Buffer | undefined): void;
}

/** Keeps the path of the member that a scanner is at. */
export class MemberPaths implements JSONVisitor {
  readonly #listener: MemberListener;
  readonly #path: (string | undefined)[] = [];
  #wanted = -1;

  constructor(listener: MemberListener) {
    this.#listener = listener;
  }

  key(depth: number, name: string | undefined): void {
    this.#path.length = depth;
    this.#path[depth - 1] = name;
  }

  begin(depth: number, kind: JSONKind): number {
    // An element of a list is no member: whatever was named at this depth before is over.
    if (depth > this.#path.length) this.#path[depth - 1] = undefined;
    this.#path.length = depth;
    if (depth === 0) return 0;
    const cap = this.#listener.wants(this.#path, kind);
    this.#wanted = cap > 0 ? depth : -1;
    return cap;
  }

  end(depth: number, kind: JSONKind, _start: number, _end: number, raw: Buffer | undefined): void {
    if (depth === this.#wanted) {
      this.#wanted = -1;
      this.#path.length = depth;
      this.#listener.found(this.#path, kind, raw);
    }
    // Of a list's next element nothing is known.
    if (kind === 'object' || kind === 'array') this.#path.length = Math.max(0, depth - 1);
  }
}

/** The text of a captured string. */
export function textOf(raw: Buffer | undefined): string | undefined {
  return raw === undefined ? undefined : decodeJSONString(raw);
}

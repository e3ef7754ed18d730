import type { Owner, ScopeRule } from './shape.ts';

/** A text whose scope an object around it may have to say. */
interface Owned {
  rule: ScopeRule;
}

interface OpenObject {
  readonly depth: number;
  readonly owner: Owner;
  /** How many texts there were before it. */
  readonly first: number;
  members: Map<string, string> | undefined;
}

const NO_MEMBERS: ReadonlyMap<string, string> = new Map();

/** The objects around the present place whose members say whose words the texts in them are; innermost last. */
export class OwnerScopes {
  readonly #open: OpenObject[] = [];

  open(depth: number, owner: Owner, first: number): void {
    this.#open.push({ depth, owner, first, members: undefined });
  }

  /** Whether an object at `depth` that is open goes by its member `name`. */
  goesBy(depth: number, name: string): boolean {
    const object = this.#open.at(-1);
    return object?.depth === depth && object.owner.by.has(name);
  }

  /** Takes the value of a member of the innermost. False: it has had one. */
  note(name: string, value: string): boolean {
    const object = this.#open.at(-1);
    if (object === undefined || object.members?.has(name) === true) return false;
    object.members ??= new Map();
    object.members.set(name, value);
    return true;
  }

  /** Ends the innermost: gives its scope to the texts in it that wait for one, or takes them away. */
  close(texts: Owned[]): void {
    const object = this.#open.pop();
    if (object === undefined) return;
    const scope = object.owner.scope(object.members ?? NO_MEMBERS);
    if (scope === 'Owner') return;
    let kept = object.first;
    for (let i = object.first; i < texts.length; i++) {
      const found = texts[i] as Owned;
      if (found.rule === 'Owner') {
        if (scope === 'None') continue;
        found.rule = scope;
      }
      texts[kept++] = found;
    }
    texts.length = kept;
  }
}

/** The objects of one collection by key, with indices over them. */
import { keyOf } from './resources.ts';
import type { KubeObject, ObjectKey } from './types.ts';

/** Values under which an object is to be found. Pure; one that throws gives none. */
export type Indexer<T extends KubeObject> = (object: T) => readonly string[];

export class Store<T extends KubeObject> {
  readonly #objects = new Map<ObjectKey, T>();
  readonly #indices: ReadonlyMap<string, { readonly of: Indexer<T>; readonly keys: Map<string, Set<ObjectKey>> }>;

  constructor(indexers: Readonly<Record<string, Indexer<T>>> = {}) {
    this.#indices = new Map(Object.entries(indexers).map(([name, of]) => [name, { of, keys: new Map() }]));
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  keys(): ObjectKey[] {
    return [...this.#objects.keys()];
  }

  byIndex(index: string, value: string): T[] {
    const entry = this.#indices.get(index);
    if (entry === undefined) throw new TypeError(`there is no index "${index}"`);
    const objects: T[] = [];
    for (const key of entry.keys.get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }

  /** Key to resourceVersion, of everything. */
  versions(): Map<ObjectKey, string | undefined> {
    const versions = new Map<ObjectKey, string | undefined>();
    for (const [key, object] of this.#objects) versions.set(key, object.metadata.resourceVersion);
    return versions;
  }

  set(object: T): ObjectKey {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous !== undefined) this.#unindex(key, previous);
    this.#objects.set(key, object);
    for (const { of, keys } of this.#indices.values()) {
      for (const value of valuesOf(of, object)) {
        const found = keys.get(value);
        if (found === undefined) keys.set(value, new Set([key]));
        else found.add(key);
      }
    }
    return key;
  }

  delete(key: ObjectKey): boolean {
    const previous = this.#objects.get(key);
    if (previous === undefined) return false;
    this.#unindex(key, previous);
    return this.#objects.delete(key);
  }

  /** Makes the store hold exactly these; the keys of what was added, changed or has vanished. */
  replace(objects: readonly T[]): ObjectKey[] {
    const changed: ObjectKey[] = [];
    const present = new Set<ObjectKey>();
    for (const object of objects) {
      const key = keyOf(object);
      present.add(key);
      if (this.#objects.get(key)?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      this.set(object);
      changed.push(key);
    }
    for (const key of this.keys()) {
      if (present.has(key)) continue;
      this.delete(key);
      changed.push(key);
    }
    return changed;
  }

  #unindex(key: ObjectKey, object: T): void {
    for (const { of, keys } of this.#indices.values()) {
      for (const value of valuesOf(of, object)) {
        const found = keys.get(value);
        found?.delete(key);
        if (found?.size === 0) keys.delete(value);
      }
    }
  }
}

function valuesOf<T extends KubeObject>(indexer: Indexer<T>, object: T): readonly string[] {
  try {
    return indexer(object);
  } catch {
    return [];
  }
}

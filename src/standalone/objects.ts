import type { ManifestDocument } from './documents.ts';
import type { Remark } from './remark.ts';
import type { ObjectName } from './types.ts';

/** A kind of object that the gateway reads. */
export interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** False: its objects are in no namespace, and one that a manifest names means nothing. */
  readonly isNamespaced: boolean;
  readonly objects: Objects<unknown>;
  /** Validates one definition and takes it, or keeps the last valid version. Returns what is to be told. */
  take(document: ManifestDocument, object: ObjectName, key: string): readonly Remark[];
}

/** An object in force. */
interface Accepted<T> {
  /** Where it is defined now; while that is refused, `value` is what an earlier one said. */
  readonly document: ManifestDocument;
  readonly value: T;
}

/**
 * The objects of one kind in force, by `namespace/name`, over readings of all files. Between `begin` and `end` those of
 * the last reading are still there beside those of the new one.
 */
export class Objects<T> {
  #before: ReadonlyMap<string, Accepted<T>> = new Map();
  #now = new Map<string, Accepted<T>>();
  readonly #refused = new Set<string>();

  begin(): void {
    this.#before = this.#now;
    this.#now = new Map();
    this.#refused.clear();
  }

  accept(key: string, document: ManifestDocument, value: T): void {
    this.#now.set(key, { document, value });
  }

  /** For a definition that is invalid: its last valid version stays in force. False: there is none. */
  refuse(key: string, document: ManifestDocument): boolean {
    const previous = this.#before.get(key);
    if (previous === undefined) this.#refused.add(key);
    else this.#now.set(key, { ...previous, document });
    return previous !== undefined;
  }

  /** Objects of files that `isKept` stay in force unless they are defined elsewhere now. Returns the files of those. */
  end(isKept: (file: string) => boolean): ReadonlySet<string> {
    const files = new Set<string>();
    for (const [key, accepted] of this.#before) {
      const { file } = accepted.document;
      if (this.#now.has(key) || !isKept(file)) continue;
      this.#now.set(key, accepted);
      files.add(file);
    }
    this.#before = new Map();
    return files;
  }

  /** As of the last reading. */
  previous(key: string): T | undefined {
    return this.#before.get(key)?.value;
  }

  /** The file that defined the object at the last reading. */
  previousFile(key: string): string | undefined {
    return this.#before.get(key)?.document.file;
  }

  get(key: string): T | undefined {
    return this.#now.get(key)?.value;
  }

  /** Whether it is defined and was never valid. */
  isRefused(key: string): boolean {
    return this.#refused.has(key);
  }

  /** Sorted by key. */
  all(): readonly (Accepted<T> & { readonly key: string })[] {
    return [...this.#now].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, accepted]) => ({ key, ...accepted }));
  }
}

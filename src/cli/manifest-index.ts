/** Where objects are defined among manifests. */
import { DEFAULT_NAMESPACE, type ManifestDocument, type ObjectName, type ReadFile } from '../standalone/index.ts';

export class ManifestIndex {
  readonly #documents = new Map<string, ManifestDocument>();

  /** Of several definitions of one object the first counts. */
  constructor(files: readonly ReadFile[]) {
    for (const document of files.flatMap(({ documents }) => documents)) {
      const { kind, metadata } = document.value as { readonly kind?: unknown; readonly metadata?: unknown };
      const { namespace, name } = (metadata ?? {}) as { readonly namespace?: unknown; readonly name?: unknown };
      if (typeof kind !== 'string' || typeof name !== 'string') continue;
      const key = keyOf({ kind, namespace: typeof namespace === 'string' ? namespace : '', name });
      if (!this.#documents.has(key)) this.#documents.set(key, document);
    }
  }

  /** The definition of an object, valid or not. */
  find(object: ObjectName): ManifestDocument | undefined {
    return this.#documents.get(keyOf(object));
  }
}

function keyOf({ kind, namespace, name }: ObjectName): string {
  return `${kind}/${namespace || DEFAULT_NAMESPACE}/${name}`;
}

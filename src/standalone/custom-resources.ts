import { API_VERSION } from '../api/group.ts';
import { admitCustomResource } from '../api/validation/admission.ts';
import { isObject, type JSONObject, type StructuralSchema } from '../api/validation/schema.ts';
import { canonicalJSON } from '../table/index.ts';
import type { DocumentMemo } from './document-memo.ts';
import type { ManifestDocument } from './documents.ts';
import { Objects, type ObjectKind } from './objects.ts';
import { error, remarksOf, type Remark } from './remark.ts';
import type { ObjectName } from './types.ts';

interface AcceptedResource {
  readonly object: JSONObject;
  readonly uid: string;
  readonly generation: number;
}

// Whoever has made a rule stricter, or put one on a provider, must not believe that it is in force.
const STILL_IN_FORCE = error([], 'refused: the last valid version stays in force');

/** What a kind is told apart by, and validated with. */
interface CustomResourceKind {
  readonly kind: string;
  readonly schema: StructuralSchema;
}

/**
 * The objects of one of Tidegate's own kinds; `T` is the type of which the schema is the source. Objects keep their uid,
 * and their generation rises with every change of `spec`.
 */
export class CustomResources<T> implements ObjectKind {
  readonly apiVersion = API_VERSION;
  readonly kind: string;
  readonly isNamespaced = true;
  readonly objects = new Objects<AcceptedResource>();
  readonly #schema: StructuralSchema;
  readonly #memo: DocumentMemo;
  readonly #incarnations = new Map<string, number>();
  /** As handed over, so that what has not changed is the same object. */
  readonly #handedOver = new WeakMap<AcceptedResource, T>();

  constructor({ kind, schema }: CustomResourceKind, memo: DocumentMemo) {
    this.kind = kind;
    this.#schema = schema;
    this.#memo = memo;
  }

  take(document: ManifestDocument, { namespace }: ObjectName, key: string): readonly Remark[] {
    const previous = this.objects.previous(key);
    const old = previous?.object;
    const admission = this.#memo.admission(document, old, () =>
      admitCustomResource(inNamespace(document.value, namespace), this.#schema, old),
    );
    if (admission.errors.length === 0) {
      this.objects.accept(key, document, this.#store(key, admission.object, previous));
      return [];
    }
    const remarks = remarksOf(admission.errors);
    return this.objects.refuse(key, document) ? [...remarks, STILL_IN_FORCE] : remarks;
  }

  /** Those in force, sorted by namespace and name. */
  list(): readonly T[] {
    return this.objects.all().map(({ value }) => {
      // What validation has accepted has the type that its schema is the source of.
      const resource = this.#handedOver.get(value) ?? (withMetadata(value) as T);
      this.#handedOver.set(value, resource);
      return resource;
    });
  }

  #store(key: string, object: JSONObject, previous: AcceptedResource | undefined): AcceptedResource {
    if (previous === undefined) {
      const incarnation = (this.#incarnations.get(key) ?? 0) + 1;
      this.#incarnations.set(key, incarnation);
      return { object, uid: `${key}/${incarnation}`, generation: 1 };
    }
    if (object === previous.object) return previous;
    const isChanged = canonicalJSON(object['spec']) !== canonicalJSON(previous.object['spec']);
    return { object, uid: previous.uid, generation: previous.generation + (isChanged ? 1 : 0) };
  }
}

function inNamespace(manifest: JSONObject, namespace: string): JSONObject {
  const metadata = manifest['metadata'];
  if (!isObject(metadata) || (metadata['namespace'] ?? '') !== '') return manifest;
  return { ...manifest, metadata: { ...metadata, namespace } };
}

function withMetadata({ object, uid, generation }: AcceptedResource): unknown {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, metadata: { ...metadata, uid, generation } };
}

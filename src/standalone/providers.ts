import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { LLM_PROVIDER_SCHEMA } from '../api/generated/llmprovider-schema.ts';
import { API_VERSION, LLM_PROVIDER } from '../api/group.ts';
import { admitCustomResource } from '../api/validation/admission.ts';
import { isObject, type JSONObject } from '../api/validation/schema.ts';
import { canonicalJSON } from '../table/index.ts';
import type { DocumentMemo } from './document-memo.ts';
import type { ManifestDocument } from './documents.ts';
import { Objects, type ObjectKind } from './objects.ts';
import { remarksOf, type Remark } from './remark.ts';
import type { ObjectName } from './types.ts';

interface AcceptedProvider {
  readonly object: JSONObject;
  readonly uid: string;
  readonly generation: number;
}

/** Objects keep their uid, and their generation rises with every change of `spec`. */
export class Providers implements ObjectKind {
  readonly apiVersion = API_VERSION;
  readonly kind = LLM_PROVIDER.kind;
  readonly isNamespaced = true;
  readonly objects = new Objects<AcceptedProvider>();
  readonly #memo: DocumentMemo;
  readonly #incarnations = new Map<string, number>();
  /** As handed over, so that what has not changed is the same object. */
  readonly #handedOver = new WeakMap<AcceptedProvider, LLMProvider>();

  constructor(memo: DocumentMemo) {
    this.#memo = memo;
  }

  take(document: ManifestDocument, { namespace }: ObjectName, key: string): readonly Remark[] {
    const previous = this.objects.previous(key);
    const old = previous?.object;
    const admission = this.#memo.admission(document, old, () =>
      admitCustomResource(inNamespace(document.value, namespace), LLM_PROVIDER_SCHEMA, old),
    );
    if (admission.errors.length > 0) this.objects.refuse(key, document);
    else this.objects.accept(key, document, this.#store(key, admission.object, previous));
    return remarksOf(admission.errors);
  }

  /** Those in force, sorted by namespace and name. */
  list(): readonly LLMProvider[] {
    return this.objects.all().map(({ value }) => {
      const provider = this.#handedOver.get(value) ?? toProvider(value);
      this.#handedOver.set(value, provider);
      return provider;
    });
  }

  #store(key: string, object: JSONObject, previous: AcceptedProvider | undefined): AcceptedProvider {
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

/** What validation has accepted has the type that its schema is the source of. */
function toProvider({ object, uid, generation }: AcceptedProvider): LLMProvider {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, metadata: { ...metadata, uid, generation } } as unknown as LLMProvider;
}

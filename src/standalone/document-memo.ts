import type { Admission } from '../api/validation/admission.ts';
import type { JSONObject } from '../api/validation/schema.ts';
import type { ManifestDocument } from './documents.ts';
import type { SecretReading } from './secret.ts';

interface Admitted {
  readonly old: JSONObject | undefined;
  readonly admission: Admission;
}

/** What documents come to, remembered as long as they are there: of a thousand files mostly one has changed. */
export class DocumentMemo {
  readonly #admitted = new WeakMap<ManifestDocument, Admitted>();
  readonly #secrets = new WeakMap<ManifestDocument, SecretReading>();

  /** `admit` runs unless it has for this document and this `old`, or what it then accepted is `old` now. */
  admission(document: ManifestDocument, old: JSONObject | undefined, admit: () => Admission): Admission {
    const known = this.#admitted.get(document);
    if (known !== undefined && (known.old === old || isInForce(known.admission, old))) return known.admission;
    const admission = admit();
    this.#admitted.set(document, { old, admission });
    return admission;
  }

  secret(document: ManifestDocument, read: () => SecretReading): SecretReading {
    const known = this.#secrets.get(document) ?? read();
    this.#secrets.set(document, known);
    return known;
  }
}

function isInForce({ object, errors }: Admission, old: JSONObject | undefined): boolean {
  return errors.length === 0 && object === old;
}

import type { SecretState } from '../compile/types.ts';
import type { DocumentMemo } from './document-memo.ts';
import type { ManifestDocument } from './documents.ts';
import { Objects, type ObjectKind } from './objects.ts';
import type { Remark } from './remark.ts';
import { readSecret, type SecretData } from './secret.ts';
import type { ObjectName } from './types.ts';

const MISSING: SecretState = { kind: 'Missing' };
const INVALID: SecretState = { kind: 'Unreadable', message: 'its manifest is invalid' };

export class Secrets implements ObjectKind {
  readonly apiVersion = 'v1';
  readonly kind = 'Secret';
  readonly isNamespaced = true;
  readonly objects = new Objects<SecretData>();
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #memo: DocumentMemo;
  readonly #states = new WeakMap<SecretData, SecretState>();

  constructor(env: Readonly<Record<string, string | undefined>>, memo: DocumentMemo) {
    this.#env = env;
    this.#memo = memo;
  }

  take(document: ManifestDocument, _object: ObjectName, key: string): readonly Remark[] {
    const { data, remarks } = this.#memo.secret(document, () => readSecret(document.value, this.#env));
    if (remarks.some(({ severity }) => severity === 'error')) this.objects.refuse(key, document);
    else this.objects.accept(key, document, data);
    return remarks;
  }

  /** The same object as long as nothing changes, so that what was compiled with it need not be compiled again. */
  state(key: string): SecretState {
    const data = this.objects.get(key);
    if (data === undefined) return this.objects.isRefused(key) ? INVALID : MISSING;
    const state = this.#states.get(data) ?? { kind: 'Present', data };
    this.#states.set(data, state);
    return state;
  }
}

import { RBAC_GROUP, readBinding, type BindingManifest } from '../../api/validation/rbac/binding.ts';
import type { ManifestDocument } from '../documents.ts';
import { Objects, type ObjectKind } from '../objects.ts';
import { remarksOf, type Remark } from '../remark.ts';
import type { ObjectName } from '../types.ts';
import { STILL_GRANTS } from './still-grants.ts';

export interface AcceptedBinding extends BindingManifest {
  /** Undefined: everywhere. */
  readonly namespace: string | undefined;
}

/** RoleBindings, or ClusterRoleBindings. */
export class Bindings implements ObjectKind {
  readonly apiVersion = `${RBAC_GROUP}/v1`;
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  readonly isNamespaced: boolean;
  readonly objects = new Objects<AcceptedBinding>();

  constructor(kind: 'RoleBinding' | 'ClusterRoleBinding') {
    this.kind = kind;
    this.isNamespaced = kind === 'RoleBinding';
  }

  take(document: ManifestDocument, { namespace }: ObjectName, key: string): readonly Remark[] {
    const { value, errors } = readBinding(document.value, this.kind, this.objects.previous(key));
    const remarks = remarksOf(errors);
    const where = this.isNamespaced ? namespace : undefined;
    if (errors.length === 0) this.objects.accept(key, document, { ...value, namespace: where });
    else if (this.objects.refuse(key, document)) remarks.push(STILL_GRANTS);
    return remarks;
  }
}

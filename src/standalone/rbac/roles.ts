import { RBAC_GROUP } from '../../api/validation/rbac/binding.ts';
import { readRole, type RoleManifest } from '../../api/validation/rbac/role.ts';
import { isObject, type JSONObject } from '../../api/validation/schema.ts';
import type { ManifestDocument } from '../documents.ts';
import { Objects, type ObjectKind } from '../objects.ts';
import { remarksOf, type Remark } from '../remark.ts';
import type { ObjectName } from '../types.ts';
import { STILL_GRANTS } from './still-grants.ts';

export interface AcceptedRole extends RoleManifest {
  readonly labels: ReadonlyMap<string, string>;
}

/** Roles, or ClusterRoles. */
export class Roles implements ObjectKind {
  readonly apiVersion = `${RBAC_GROUP}/v1`;
  readonly kind: 'Role' | 'ClusterRole';
  readonly isNamespaced: boolean;
  readonly objects = new Objects<AcceptedRole>();

  constructor(kind: 'Role' | 'ClusterRole') {
    this.kind = kind;
    this.isNamespaced = kind === 'Role';
  }

  take(document: ManifestDocument, _object: ObjectName, key: string): readonly Remark[] {
    const { value, errors } = readRole(document.value, this.kind);
    const remarks = remarksOf(errors);
    if (errors.length === 0) this.objects.accept(key, document, { ...value, labels: labelsOf(document.value) });
    else if (this.objects.refuse(key, document)) remarks.push(STILL_GRANTS);
    return remarks;
  }
}

/** Of a manifest whose metadata is valid. The API server reads null as an empty text. */
function labelsOf({ metadata }: JSONObject): ReadonlyMap<string, string> {
  const labels = isObject(metadata) && isObject(metadata['labels']) ? metadata['labels'] : {};
  return new Map(Object.entries(labels).map(([key, value]) => [key, typeof value === 'string' ? value : '']));
}

import { fieldError, type FieldError, type FieldPath } from '../field-error.ts';
import { pathSegmentProblems, subdomainProblems } from '../names.ts';
import type { JSONObject, JSONValue } from '../schema.ts';
import { Decoder } from './decoder.ts';
import { metadataErrors, type Reading } from './metadata.ts';

/** API group of roles and bindings, and of users and groups where subjects name one. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** What a RoleBinding or a ClusterRoleBinding says, defaults applied. */
export interface BindingManifest {
  readonly roleRef: RoleRef;
  readonly subjects: readonly SubjectManifest[];
}

export interface RoleRef {
  readonly apiGroup: string;
  /** `Role` or `ClusterRole` in a valid binding. */
  readonly kind: string;
  readonly name: string;
}

export interface SubjectManifest {
  /** `ServiceAccount`, `User` or `Group` in a valid binding. */
  readonly kind: string;
  readonly apiGroup: string;
  readonly name: string;
  /** Empty: none is given. It means something for ServiceAccounts only. */
  readonly namespace: string;
}

/** API group of each kind of subject. */
const SUBJECT_GROUPS: Readonly<Record<string, string>> = { ServiceAccount: '', User: RBAC_GROUP, Group: RBAC_GROUP };

/**
 * Checks a manifest of a RoleBinding or a ClusterRoleBinding as the API server does on create, or on update when `old`
 * (as read before) is given.
 */
export function readBinding(
  manifest: JSONObject,
  kind: 'RoleBinding' | 'ClusterRoleBinding',
  old?: BindingManifest,
): Reading<BindingManifest> {
  const decoder = new Decoder();
  const known = ['apiVersion', 'kind', 'metadata', 'roleRef', 'subjects'];
  const { roleRef, subjects } = decoder.fields(manifest, [], known);
  const value: BindingManifest = {
    roleRef: decodeRoleRef(roleRef, decoder),
    subjects: decoder.list(subjects, ['subjects'], (each, path) => decodeSubject(each, path, decoder)),
  };
  const isNamespaced = kind === 'RoleBinding';
  const errors =
    decoder.errors.length > 0
      ? decoder.errors
      : [
          ...roleRefErrors(value.roleRef, isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']),
          ...value.subjects.flatMap((each, index) => subjectErrors(each, ['subjects', index], isNamespaced)),
          ...changeErrors(value.roleRef, old?.roleRef),
        ];
  return { value, errors: [...metadataErrors(manifest), ...errors] };
}

function decodeRoleRef(value: JSONValue | undefined, decoder: Decoder): RoleRef {
  const { apiGroup, kind, name } = decoder.fields(value, ['roleRef'], ['apiGroup', 'kind', 'name']);
  return {
    apiGroup: decoder.text(apiGroup, ['roleRef', 'apiGroup']) || RBAC_GROUP,
    kind: decoder.text(kind, ['roleRef', 'kind']),
    name: decoder.text(name, ['roleRef', 'name']),
  };
}

function decodeSubject(value: JSONValue, path: FieldPath, decoder: Decoder): SubjectManifest {
  const members = decoder.fields(value, path, ['kind', 'apiGroup', 'name', 'namespace']);
  const text = (field: string): string => decoder.text(members[field], [...path, field]);
  const kind = text('kind');
  const apiGroup = text('apiGroup') || (Object.hasOwn(SUBJECT_GROUPS, kind) ? SUBJECT_GROUPS[kind] : '') || '';
  return { kind, apiGroup, name: text('name'), namespace: text('namespace') };
}

function roleRefErrors({ apiGroup, kind, name }: RoleRef, kinds: readonly string[]): FieldError[] {
  const path = ['roleRef', 'name'];
  return [
    ...notSupported(apiGroup, [RBAC_GROUP], ['roleRef', 'apiGroup']),
    ...notSupported(kind, kinds, ['roleRef', 'kind']),
    ...(name === '' ? [fieldError('Required', path)] : []),
    ...pathSegmentProblems(name).map((detail) => fieldError('Invalid', path, { value: name, detail })),
  ];
}

function subjectErrors({ kind, apiGroup, name, namespace }: SubjectManifest, path: FieldPath, isNamespaced: boolean) {
  const errors = name === '' ? [fieldError('Required', [...path, 'name'])] : [];
  const group = Object.hasOwn(SUBJECT_GROUPS, kind) ? SUBJECT_GROUPS[kind] : undefined;
  if (group === undefined) return [...errors, ...notSupported(kind, Object.keys(SUBJECT_GROUPS), [...path, 'kind'])];
  errors.push(...notSupported(apiGroup, [group], [...path, 'apiGroup']));
  if (kind !== 'ServiceAccount') return errors;
  if (name !== '') {
    const at = [...path, 'name'];
    errors.push(...subdomainProblems(name).map((detail) => fieldError('Invalid', at, { value: name, detail })));
  }
  if (!isNamespaced && namespace === '') errors.push(fieldError('Required', [...path, 'namespace']));
  return errors;
}

/** Whoever may change a binding's subjects may not thereby hand out another role. */
function changeErrors(roleRef: RoleRef, old: RoleRef | undefined): FieldError[] {
  if (old === undefined) return [];
  const { apiGroup, kind, name } = roleRef;
  if (apiGroup === old.apiGroup && kind === old.kind && name === old.name) return [];
  const value = { APIGroup: apiGroup, Kind: kind, Name: name };
  return [fieldError('Invalid', ['roleRef'], { value, detail: 'cannot change roleRef' })];
}

function notSupported(value: string, supported: readonly string[], path: FieldPath): FieldError[] {
  if (supported.includes(value)) return [];
  const detail = `supported values: ${supported.map((each) => `"${each}"`).join(', ')}`;
  return [fieldError('NotSupported', path, { value, detail })];
}

/**
 * RBAC as far as it can grant something on providers: `rbac.authorization.k8s.io/v1` without what no caller of a gateway
 * is checked for (non-resource URLs). Aggregated ClusterRoles are resolved before they come here.
 */

/** What may be done: it grants when each of its lists does. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Empty: every name. */
  readonly resourceNames: readonly string[];
}

export type Subject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly namespace: string; readonly name: string };

export interface Binding {
  /** Where it grants. Undefined: everywhere (a ClusterRoleBinding). */
  readonly namespace: string | undefined;
  readonly subjects: readonly Subject[];
  /** Of the role that it refers to; empty when there is no such role. */
  readonly rules: readonly PolicyRule[];
}

/** Everything that grants. The order means nothing. */
export interface Policy {
  readonly bindings: readonly Binding[];
}

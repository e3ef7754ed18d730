/** Names under which Tidegate's resources are known to a Kubernetes API server. */

export const GROUP = 'tidegate.io';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** How one kind is addressed. */
export interface ResourceKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
}

export const LLM_PROVIDER: ResourceKind = {
  group: GROUP,
  version: VERSION,
  kind: 'LLMProvider',
  plural: 'llmproviders',
  shortName: 'llmp',
};

export const GUARDRAIL: ResourceKind = {
  group: GROUP,
  version: VERSION,
  kind: 'Guardrail',
  plural: 'guardrails',
  shortName: 'guard',
};

/** `kubectl get tidegate` lists all kinds of this category. */
export const CATEGORY = 'tidegate';

import { fieldError, type FieldError, type FieldPath } from '../field-error.ts';
import type { JSONObject, JSONValue } from '../schema.ts';
import { Decoder } from './decoder.ts';
import { decodeLabelSelector, validateLabelSelector, type LabelSelector } from './label-selector.ts';
import { metadataErrors, type Reading } from './metadata.ts';

/** What a Role or a ClusterRole says. */
export interface RoleManifest {
  readonly rules: readonly RuleManifest[];
  /** ClusterRoles whose rules this one takes over in place of its own. Undefined: it has its own. */
  readonly aggregation: readonly LabelSelector[] | undefined;
}

export interface RuleManifest {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

const RULE_FIELDS = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;

/** Checks a manifest of a Role or a ClusterRole as the API server does on create. */
export function readRole(manifest: JSONObject, kind: 'Role' | 'ClusterRole'): Reading<RoleManifest> {
  const decoder = new Decoder();
  const isNamespaced = kind === 'Role';
  const own = isNamespaced ? ['rules'] : ['rules', 'aggregationRule'];
  const { rules, aggregationRule } = decoder.fields(manifest, [], ['apiVersion', 'kind', 'metadata', ...own]);
  const value: RoleManifest = {
    rules: decoder.list(rules, ['rules'], (each, path) => decodeRule(each, path, decoder)),
    aggregation: isNamespaced ? undefined : decodeAggregation(aggregationRule, decoder),
  };
  const errors =
    decoder.errors.length > 0
      ? decoder.errors
      : [
          ...value.rules.flatMap((rule, index) => ruleErrors(rule, ['rules', index], isNamespaced)),
          ...aggregationErrors(value.aggregation),
        ];
  return { value, errors: [...metadataErrors(manifest), ...errors] };
}

function decodeRule(value: JSONValue, path: FieldPath, decoder: Decoder): RuleManifest {
  const members = decoder.fields(value, path, RULE_FIELDS);
  const texts = (field: (typeof RULE_FIELDS)[number]): string[] => decoder.texts(members[field], [...path, field]);
  return {
    verbs: texts('verbs'),
    apiGroups: texts('apiGroups'),
    resources: texts('resources'),
    resourceNames: texts('resourceNames'),
    nonResourceURLs: texts('nonResourceURLs'),
  };
}

function decodeAggregation(value: JSONValue | undefined, decoder: Decoder): LabelSelector[] | undefined {
  if (value === undefined || value === null) return undefined;
  const path = ['aggregationRule'];
  const { clusterRoleSelectors } = decoder.fields(value, path, ['clusterRoleSelectors']);
  return decoder.list(clusterRoleSelectors, [...path, 'clusterRoleSelectors'], (each, at) =>
    decodeLabelSelector(each, at, decoder),
  );
}

function ruleErrors(rule: RuleManifest, path: FieldPath, isNamespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const required = (field: string, detail: string): number =>
    errors.push(fieldError('Required', [...path, field], { detail }));
  if (rule.verbs.length === 0) required('verbs', 'verbs must contain at least one value');
  if (rule.nonResourceURLs.length > 0) {
    const invalid = (detail: string): number =>
      errors.push(fieldError('Invalid', [...path, 'nonResourceURLs'], { value: rule.nonResourceURLs, detail }));
    if (isNamespaced) invalid('namespaced rules cannot apply to non-resource URLs');
    if (rule.apiGroups.length + rule.resources.length + rule.resourceNames.length > 0)
      invalid('rules cannot apply to both regular resources and non-resource URLs');
    return errors;
  }
  if (rule.apiGroups.length === 0) required('apiGroups', 'resource rules must supply at least one api group');
  if (rule.resources.length === 0) required('resources', 'resource rules must supply at least one resource');
  return errors;
}

function aggregationErrors(selectors: readonly LabelSelector[] | undefined): FieldError[] {
  const path = ['aggregationRule', 'clusterRoleSelectors'];
  if (selectors?.length === 0) {
    const detail = 'at least one clusterRoleSelector required if aggregationRule is non-nil';
    return [fieldError('Required', path, { detail })];
  }
  return (selectors ?? []).flatMap((selector, index) => validateLabelSelector(selector, [...path, index]));
}

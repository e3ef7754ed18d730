import type { LabelRequirement, LabelSelector } from '../../api/validation/rbac/label-selector.ts';
import type { RuleManifest } from '../../api/validation/rbac/role.ts';
import type { AcceptedRole } from './roles.ts';

/**
 * Rules of a role as they are in a cluster once its controller has done its work: a role with an `aggregationRule` has
 * the rules of all ClusterRoles that it selects, among them aggregated ones, and none of its own.
 */
export function effectiveRules(role: AcceptedRole, clusterRoles: readonly AcceptedRole[]): readonly RuleManifest[] {
  const reached = new Set([role]);
  // A set goes on over what is added on the way, so that roles that select each other come to an end.
  for (const { aggregation } of reached) {
    for (const selector of aggregation ?? [])
      for (const other of clusterRoles) if (selects(selector, other.labels)) reached.add(other);
  }
  return [...reached].flatMap(({ rules, aggregation }) => (aggregation === undefined ? rules : []));
}

function selects(selector: LabelSelector, labels: ReadonlyMap<string, string>): boolean {
  const { matchLabels, matchExpressions } = selector;
  return (
    [...matchLabels].every(([key, value]) => labels.get(key) === value) &&
    matchExpressions.every((requirement) => isMet(requirement, labels.get(requirement.key)))
  );
}

function isMet({ operator, values }: LabelRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

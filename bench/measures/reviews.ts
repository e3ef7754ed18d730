/** What the API server has been asked about callers. */
import { parseExposition } from '../../test/support/gateway/exposition.ts';
import type { BenchCluster } from '../cluster.ts';

/** Reviews that the API server has answered since it started. */
export interface ReviewCounts {
  readonly subjectAccess: number;
  readonly token: number;
}

/** As the API server itself counts them. */
export async function reviewsSoFar({ controlPlane }: BenchCluster): Promise<ReviewCounts> {
  const metrics = parseExposition(await controlPlane.kubectl('get', '--raw', '/metrics'));
  const count = (resource: string): number => metrics.sum('apiserver_request_total', { resource });
  return { subjectAccess: count('subjectaccessreviews'), token: count('tokenreviews') };
}

/** Tokens of that many ServiceAccounts, all of which may call. */
export async function addCallers({ controlPlane, installation }: BenchCluster, count: number): Promise<string[]> {
  const { namespace } = installation;
  const metadata = { name: 'all-callers', namespace };
  await controlPlane.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'llmprovider-invoker' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `system:serviceaccounts:${namespace}` }],
  });
  const tokens: string[] = [];
  for (let each = 0; each < count; each++) tokens.push(await installation.callerToken(`caller-${each}`));
  return tokens;
}

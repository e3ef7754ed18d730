/**
 * What kube-controller-manager does for aggregated ClusterRoles, which a control plane of tests lacks: the rules of a role
 * with an `aggregationRule` are those of all roles that its selectors find. The API server itself evaluates the selectors.
 */
import type { Connection } from './connection.ts';

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface ClusterRole {
  readonly metadata: { readonly name: string };
  readonly rules?: readonly unknown[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors: readonly LabelSelector[] };
}

/** The ClusterRoles of an API server. */
export interface ClusterRoles {
  /** @param selector as it stands in a URL; empty: all of them */
  list(selector: string): Promise<readonly ClusterRole[]>;
  replaceRules(role: ClusterRole, rules: readonly unknown[]): Promise<unknown>;
}

/** Brings every aggregated ClusterRole up to date, those that are aggregated of aggregated ones, too. */
export async function aggregateClusterRoles(cluster: Connection): Promise<void> {
  await aggregate({
    list: async (selector) =>
      (await cluster.get<{ items: readonly ClusterRole[] }>('clusterroles', '-l', selector)).items,
    replaceRules: async ({ metadata }, rules) =>
      cluster.kubectl('patch', 'clusterrole', metadata.name, '--type=merge', '-p', JSON.stringify({ rules })),
  });
}

/**
 * Until nothing changes.
 *
 * @param counts whether a role is one of those that this is about, to be changed or to be found
 */
export async function aggregate(roles: ClusterRoles, counts = (_name: string) => true): Promise<void> {
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (const role of await roles.list('')) {
      const { metadata, aggregationRule, rules } = role;
      if (aggregationRule === undefined || !counts(metadata.name)) continue;
      const found = new Map<string, unknown>();
      for (const selector of aggregationRule.clusterRoleSelectors) {
        for (const other of await roles.list(queryOf(selector))) {
          if (!counts(other.metadata.name) || other.metadata.name === metadata.name) continue;
          for (const rule of other.rules ?? []) found.set(JSON.stringify(rule), rule);
        }
      }
      if (isSame([...found.keys()], rules ?? [])) continue;
      isChanged = true;
      await roles.replaceRules(role, [...found.values()]);
    }
  }
}

/** In whatever order. */
function isSame(found: readonly string[], rules: readonly unknown[]): boolean {
  return (
    found.toSorted().join() ===
    rules
      .map((rule) => JSON.stringify(rule))
      .toSorted()
      .join()
  );
}

/** The form that selectors take in a URL. */
function queryOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}

/**
 * What kube-controller-manager does for aggregated ClusterRoles, which a control plane of tests lacks: the rules of a role
 * with an `aggregationRule` are those of all roles that its selectors match.
 */
import type { Connection } from '../../support/control-plane/index.ts';

interface ClusterRole {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly rules: readonly object[] | null;
  readonly aggregationRule?: {
    readonly clusterRoleSelectors: readonly { readonly matchLabels?: Readonly<Record<string, string>> }[];
  };
}

/** Brings every aggregated ClusterRole up to date, those that are aggregated of aggregated ones, too. */
export async function aggregateClusterRoles(cluster: Connection): Promise<void> {
  for (;;) {
    const { items } = await cluster.get<{ items: readonly ClusterRole[] }>('clusterroles');
    const stale = items
      .filter((role) => role.aggregationRule !== undefined)
      .map((role) => ({ role, rules: aggregated(role, items) }))
      .filter(({ role, rules }) => JSON.stringify(rules) !== JSON.stringify(role.rules ?? []));
    if (stale.length === 0) return;
    for (const { role, rules } of stale) {
      const patch = JSON.stringify({ rules });
      await cluster.kubectl('patch', 'clusterrole', role.metadata.name, '--type=merge', '-p', patch);
    }
  }
}

function aggregated(role: ClusterRole, all: readonly ClusterRole[]): readonly object[] {
  const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
  const sources = selectors.flatMap(({ matchLabels = {} }) =>
    all
      .filter(({ metadata }) => metadata.name !== role.metadata.name)
      .filter(({ metadata }) => Object.entries(matchLabels).every(([name, value]) => metadata.labels?.[name] === value))
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
  );
  const rules = new Map(sources.flatMap((source) => source.rules ?? []).map((rule) => [JSON.stringify(rule), rule]));
  return [...rules.values()];
}

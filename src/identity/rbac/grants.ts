import type { AccessResource } from '../denial.ts';
import type { AccessVerb } from '../types.ts';
import type { PolicyRule } from './types.ts';

const VERBS: readonly AccessVerb[] = ['invoke', 'get'];

/** Names of objects: all, or these. */
type Names = 'All' | Set<string>;

/** Everything that the rules of a policy grant to one subject. Permissions add up; nothing takes one away. */
export class Grants {
  /** By namespace; undefined: everywhere. */
  readonly #names: Readonly<Record<AccessVerb, Map<string | undefined, Names>>> = { invoke: new Map(), get: new Map() };

  /** `namespace`: where the rule holds; undefined: everywhere. */
  add(rule: PolicyRule, namespace: string | undefined, resource: AccessResource): void {
    if (!covers(rule.apiGroups, resource.group) || !covers(rule.resources, resource.plural)) return;
    for (const verb of VERBS) {
      if (!covers(rule.verbs, verb)) continue;
      const names = this.#names[verb];
      names.set(namespace, union(names.get(namespace), rule.resourceNames));
    }
  }

  allow(verb: AccessVerb, namespace: string, name: string): boolean {
    const names = this.#names[verb];
    return has(names.get(undefined), name) || has(names.get(namespace), name);
  }
}

/**
 * How one list of a rule matches: by the word itself or by `*`. Entries like `llmproviders/status` or `llmproviders/*` speak of
 * subresources, and callers of a gateway are checked for none.
 */
function covers(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted);
}

/** An empty list of names is no limit. */
function union(before: Names | undefined, resourceNames: readonly string[]): Names {
  if (before === 'All' || resourceNames.length === 0) return 'All';
  const names = before ?? new Set();
  for (const name of resourceNames) names.add(name);
  return names;
}

function has(names: Names | undefined, name: string): boolean {
  return names !== undefined && (names === 'All' || names.has(name));
}

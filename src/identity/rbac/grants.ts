import type { AccessResource } from '../denial.ts';
import type { AccessSubresource, AccessVerb } from '../types.ts';
import type { PolicyRule } from './types.ts';

const VERBS: readonly AccessVerb[] = ['invoke', 'get'];
/** The empty one is the object itself. */
const SUBRESOURCES: readonly ('' | AccessSubresource)[] = ['', 'requests'];

/** Names of objects: all, or these. */
type Names = 'All' | Set<string>;

/** By namespace; undefined: everywhere. */
type Places = Map<string | undefined, Names>;

/** Everything that the rules of a policy grant to one subject. Permissions add up; nothing takes one away. */
export class Grants {
  readonly #places: Readonly<Record<'' | AccessSubresource, Readonly<Record<AccessVerb, Places>>>> = {
    '': { invoke: new Map(), get: new Map() },
    requests: { invoke: new Map(), get: new Map() },
  };

  /** `namespace`: where the rule holds; undefined: everywhere. */
  add(rule: PolicyRule, namespace: string | undefined, resource: AccessResource): void {
    if (!covers(rule.apiGroups, resource.group)) return;
    for (const subresource of SUBRESOURCES) {
      if (!coversResource(rule.resources, resource.plural, subresource)) continue;
      for (const verb of VERBS) {
        if (!covers(rule.verbs, verb)) continue;
        const places = this.#places[subresource][verb];
        places.set(namespace, union(places.get(namespace), rule.resourceNames));
      }
    }
  }

  allow(verb: AccessVerb, namespace: string, name: string, subresource: '' | AccessSubresource = ''): boolean {
    const places = this.#places[subresource][verb];
    return has(places.get(undefined), name) || has(places.get(namespace), name);
  }
}

/** How one list of a rule matches: by the word itself or by `*`. */
function covers(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted);
}

/**
 * As the API server matches: `*` is every resource with its subresources, `llmproviders` the object alone, `*` and a slash
 * before a subresource that one of every resource. `llmproviders/*` is no wildcard and matches nothing.
 */
function coversResource(list: readonly string[], plural: string, subresource: '' | AccessSubresource): boolean {
  if (subresource === '') return covers(list, plural);
  return covers(list, `${plural}/${subresource}`) || list.includes(`*/${subresource}`);
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

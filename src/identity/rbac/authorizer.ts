import { GROUP, LLM_PROVIDER } from '../../api/group.ts';
import { denied, type AccessResource } from '../denial.ts';
import type { AccessSubresource, AccessVerb, AuthorizationVerdict, Authorizer, Identity } from '../types.ts';
import { Grants } from './grants.ts';
import type { Policy, Subject } from './types.ts';

const PROVIDERS: AccessResource = { group: GROUP, plural: LLM_PROVIDER.plural };

const allowed: AuthorizationVerdict = { kind: 'Allowed' };

/** What each subject is granted. ServiceAccounts are users by the name that their tokens stand for. */
interface Index {
  readonly users: ReadonlyMap<string, Grants>;
  readonly groups: ReadonlyMap<string, Grants>;
  /** One identity object serves many requests: which grants are its own is looked up once. */
  readonly known: WeakMap<Identity, readonly Grants[]>;
}

/**
 * Authorization by RBAC objects that are at hand: the rules of the API server's own RBAC authorizer, without asking one.
 * It has no group that may do everything (`system:masters` in a cluster): what no binding grants is denied.
 */
export class RBACAuthorizer implements Authorizer {
  #index: Index;

  constructor(policy: Policy) {
    this.#index = indexOf(policy);
  }

  /** In force from the next question on. */
  setPolicy(policy: Policy): void {
    this.#index = indexOf(policy);
  }

  authorize(
    identity: Identity,
    verb: AccessVerb,
    namespace: string,
    name: string,
    subresource?: AccessSubresource,
  ): AuthorizationVerdict {
    for (const grants of this.#grantsOf(identity)) {
      if (grants.allow(verb, namespace, name, subresource)) return allowed;
    }
    return denied(identity, verb, PROVIDERS, namespace, name, subresource);
  }

  #grantsOf(identity: Identity): readonly Grants[] {
    const { users, groups, known } = this.#index;
    let grants = known.get(identity);
    if (grants === undefined) {
      const all = [users.get(identity.username), ...identity.groups.map((group) => groups.get(group))];
      grants = all.filter((each) => each !== undefined);
      known.set(identity, grants);
    }
    return grants;
  }
}

function indexOf({ bindings }: Policy): Index {
  const users = new Map<string, Grants>();
  const groups = new Map<string, Grants>();
  for (const { namespace, subjects, rules } of bindings) {
    for (const subject of subjects) {
      const grants = grantsFor(subject.kind === 'Group' ? groups : users, nameOf(subject));
      for (const rule of rules) grants.add(rule, namespace, PROVIDERS);
    }
  }
  return { users, groups, known: new WeakMap() };
}

function grantsFor(subjects: Map<string, Grants>, name: string): Grants {
  let grants = subjects.get(name);
  if (grants === undefined) subjects.set(name, (grants = new Grants()));
  return grants;
}

function nameOf(subject: Subject): string {
  return subject.kind === 'ServiceAccount'
    ? `system:serviceaccount:${subject.namespace}:${subject.name}`
    : subject.name;
}

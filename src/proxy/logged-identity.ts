import type { Identity } from '../identity/types.ts';

/** Characters of one name in a line. */
const MAX_CHARACTERS = 200;
/** Groups in a line; some identity providers put everybody into hundreds. */
const MAX_GROUPS = 20;

/** A caller as the access log tells of it: bounded, for its issuer chose the names. */
export interface LoggedIdentity {
  readonly user: string;
  readonly agent: string | undefined;
  readonly groups: readonly string[] | undefined;
  /** Groups that are not told. */
  readonly groupsOmitted: number | undefined;
}

/** One identity object serves many requests: what is told of it is made once. */
const made = new WeakMap<Identity, LoggedIdentity>();

export function loggedIdentity(identity: Identity): LoggedIdentity {
  let logged = made.get(identity);
  if (logged === undefined) {
    const { username, agent, groups } = identity;
    logged = {
      user: cut(username),
      agent: agent === undefined ? undefined : cut(agent),
      groups: groups.length === 0 ? undefined : groups.slice(0, MAX_GROUPS).map(cut),
      groupsOmitted: groups.length > MAX_GROUPS ? groups.length - MAX_GROUPS : undefined,
    };
    made.set(identity, logged);
  }
  return logged;
}

function cut(name: string): string {
  return name.length > MAX_CHARACTERS ? `${name.slice(0, MAX_CHARACTERS)}…` : name;
}

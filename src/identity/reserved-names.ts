/** Names that belong to Kubernetes itself: nobody outside of its API server may vouch for them. */

const RESERVED = 'system:';

/** The group of everybody who has shown who they are; the API server adds it as well. */
const AUTHENTICATED = 'system:authenticated';

export function isReserved(name: string): boolean {
  return name.startsWith(RESERVED);
}

/** Drops empty and reserved names, and adds the group of everybody who is authenticated. */
export function callersGroups(names: readonly string[]): readonly string[] {
  return [...names.filter((name) => name !== '' && !isReserved(name)), AUTHENTICATED];
}

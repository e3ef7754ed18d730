/** Names that nobody outside of Kubernetes' API server may vouch for: its own, and those that could be taken for others. */

const RESERVED = 'system:';

/** The group of everybody who has shown who they are; the API server adds it as well. */
const AUTHENTICATED = 'system:authenticated';

export function isReserved(name: string): boolean {
  return name.startsWith(RESERVED);
}

/**
 * Control characters, halves of characters, and what replaces bytes that are no UTF-8: names with these could be taken for
 * other names, by a person who reads a log or by a program that compares. The API server reads every half as U+FFFD.
 */
const UNREADABLE = /[\p{Cc}\p{Cs}\uFFFD]/u;

export function isUnreadable(name: string): boolean {
  return UNREADABLE.test(name);
}

/** Drops empty, unreadable and reserved names, and adds the group of everybody who is authenticated. */
export function callersGroups(names: readonly string[]): readonly string[] {
  return [...names.filter((name) => name !== '' && !isReserved(name) && !isUnreadable(name)), AUTHENTICATED];
}

/** Content hashes: of one entry, and of a table. The only reader of secrets besides the codec, which shares `entryText`. */
import { createHash } from 'node:crypto';

import { canonicalJSON } from './canonical.ts';
import { credentialInTheClear } from './credential-shape.ts';
import type { ProviderEntry, RoutingTable } from './types.ts';

/** Entries are immutable, so the hash of an object never changes. Only hashes are kept, never texts. */
const hashes = new WeakMap<ProviderEntry, string>();

/** The entry as one line of canonical JSON, its credential in the clear. For this room only. */
export function entryText(entry: ProviderEntry): string {
  return canonicalJSON({ ...entry, credential: credentialInTheClear(entry.credential) });
}

/** SHA-256 of an entry's whole content, credential included, in lower-case hex. Equal entries have equal hashes. */
export function entryHash(entry: ProviderEntry): string {
  const known = hashes.get(entry);
  if (known !== undefined) return known;
  const hash = sha256(entryText(entry));
  hashes.set(entry, hash);
  return hash;
}

/** Notes the hash of an entry that was just made from the text that has this hash. For the codec. */
export function noteEntryHash(entry: ProviderEntry, hash: string): void {
  hashes.set(entry, hash);
}

/** The revision of a table with these entries, which must be in table order. */
export function revisionOf(providers: readonly ProviderEntry[]): string {
  return revisionOfHashes(providers.map((entry) => entryHash(entry)));
}

/** The revision of a table whose entries have these hashes, in table order. */
export function revisionOfHashes(entryHashes: readonly string[]): string {
  return sha256(['tidegate-table-1', ...entryHashes].join('\n'));
}

/**
 * A routing table of entries in any order. Of two entries with the same namespace and name the one with the lesser hash
 * is kept, whichever came first.
 */
export function makeTable(entries: Iterable<ProviderEntry>): RoutingTable {
  const byKey = new Map<string, ProviderEntry>();
  for (const entry of entries) {
    const key = `${entry.namespace}/${entry.name}`;
    const other = byKey.get(key);
    if (other === undefined || entryHash(entry) < entryHash(other)) byKey.set(key, entry);
  }
  const providers = [...byKey.values()].sort(tableOrder);
  return { revision: revisionOf(providers), providers };
}

/** By namespace, then name, in code-unit order. */
export function tableOrder(a: ProviderEntry, b: ProviderEntry): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** SHA-256 in lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

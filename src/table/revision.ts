/** Content hashes: of one entry, and of a table. The only reader of secrets besides the codec, which shares `entryText`. */
import { createHash } from 'node:crypto';

import { canonicalJSON } from './canonical.ts';
import { credentialInTheClear, inTheClear } from './credential-shape.ts';
import type { GuardrailEntry, ProviderEntry, RoutingTable } from './types.ts';

/** Entries are immutable, so the hash of an object never changes. Only hashes are kept, never texts. */
const hashes = new WeakMap<ProviderEntry | GuardrailEntry, string>();

/** The entry as one line of canonical JSON, its credential in the clear. For this room only. */
export function entryText(entry: ProviderEntry): string {
  return canonicalJSON({ ...entry, credential: credentialInTheClear(entry.credential) });
}

/** A Guardrail as one line of canonical JSON, its secrets in the clear. For this room only. */
export function guardrailText(entry: GuardrailEntry): string {
  return canonicalJSON(inTheClear(entry));
}

/** SHA-256 of an entry's whole content, credential included, in lower-case hex. Equal entries have equal hashes. */
export function entryHash(entry: ProviderEntry): string {
  return hashOf(entry, entryText);
}

/** SHA-256 of a Guardrail's whole content, secrets included, in lower-case hex. Equal entries have equal hashes. */
export function guardrailHash(entry: GuardrailEntry): string {
  return hashOf(entry, guardrailText);
}

function hashOf<T extends ProviderEntry | GuardrailEntry>(entry: T, textOf: (entry: T) => string): string {
  const known = hashes.get(entry);
  if (known !== undefined) return known;
  const hash = sha256(textOf(entry));
  hashes.set(entry, hash);
  return hash;
}

/** Notes the hash of an entry that was just made from the text that has this hash. For the codec. */
export function noteEntryHash(entry: ProviderEntry | GuardrailEntry, hash: string): void {
  hashes.set(entry, hash);
}

/** The revision of a table with these entries, which must be in table order. */
export function revisionOf(providers: readonly ProviderEntry[], guardrails: readonly GuardrailEntry[]): string {
  return revisionOfHashes([...providers.map((entry) => entryHash(entry)), ...guardrails.map(guardrailHash)]);
}

/** The revision of a table whose entries have these hashes, in table order. */
export function revisionOfHashes(entryHashes: readonly string[]): string {
  return sha256(['tidegate-table-1', ...entryHashes].join('\n'));
}

/**
 * A routing table of entries in any order. Of two entries with the same namespace and name the one with the lesser hash
 * is kept, whichever came first. Of the Guardrails those are taken that a provider refers to; throws when one is not there.
 */
export function makeTable(entries: Iterable<ProviderEntry>, guardrails: Iterable<GuardrailEntry> = []): RoutingTable {
  const byKey = new Map<string, ProviderEntry>();
  for (const entry of entries) {
    const key = `${entry.namespace}/${entry.name}`;
    const other = byKey.get(key);
    if (other === undefined || entryHash(entry) < entryHash(other)) byKey.set(key, entry);
  }
  const providers = [...byKey.values()].sort(tableOrder);
  const referred = referredTo(providers, guardrails);
  return { revision: revisionOf(providers, referred), providers, guardrails: referred };
}

/** The Guardrails that these providers refer to, in table order. Throws when one of them is not in `guardrails`. */
export function referredTo(
  providers: readonly ProviderEntry[],
  guardrails: Iterable<GuardrailEntry>,
): readonly GuardrailEntry[] {
  const byHash = new Map(Array.from(guardrails, (entry) => [guardrailHash(entry), entry]));
  const referred = new Map<string, GuardrailEntry>();
  for (const provider of providers) {
    for (const { name, hash } of provider.guardrails) {
      const entry = byHash.get(hash);
      if (entry?.name !== name || entry.namespace !== provider.namespace) {
        throw new TypeError(`the provider "${provider.name}" refers to a guardrail "${name}" that is not in the table`);
      }
      referred.set(hash, entry);
    }
  }
  return [...referred.values()].sort(guardrailOrder);
}

/** By namespace, name and content hash, in code-unit order. */
export function guardrailOrder(a: GuardrailEntry, b: GuardrailEntry): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(guardrailHash(a), guardrailHash(b));
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

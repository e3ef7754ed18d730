/** A table with constant-time lookup, which keeps the objects of entries that did not change. */
import { entryHash, guardrailHash } from './revision.ts';
import type { GuardrailEntry, ProviderEntry, RoutingTable } from './types.ts';

/**
 * Lookup over one table. Built from the index before it, it takes over the entry objects whose content is the same, so
 * that what hangs on an entry object (a connection pool, an allowlist's set) can be kept across a swap.
 */
export class TableIndex {
  readonly table: RoutingTable;
  readonly #byNamespace = new Map<string, Map<string, ProviderEntry>>();
  readonly #byHash = new Map<string, ProviderEntry>();
  readonly #guardrails: ReadonlyMap<string, GuardrailEntry>;

  constructor(table: RoutingTable, previous?: TableIndex) {
    const providers = table.providers.map((entry) => previous?.entryWithHash(entryHash(entry)) ?? entry);
    const guardrails = table.guardrails.map((entry) => previous?.guardrailWithHash(guardrailHash(entry)) ?? entry);
    this.table = { revision: table.revision, providers, guardrails };
    this.#guardrails = new Map(guardrails.map((entry) => [guardrailHash(entry), entry]));
    for (const entry of providers) {
      let names = this.#byNamespace.get(entry.namespace);
      if (names === undefined) {
        names = new Map<string, ProviderEntry>();
        this.#byNamespace.set(entry.namespace, names);
      }
      names.set(entry.name, entry);
      this.#byHash.set(entryHash(entry), entry);
    }
  }

  get revision(): string {
    return this.table.revision;
  }

  /** The provider of this name, or undefined. */
  lookup(namespace: string, name: string): ProviderEntry | undefined {
    return this.#byNamespace.get(namespace)?.get(name);
  }

  /** The Guardrail of this content hash: what a {@link ProviderEntry.guardrails} reference means. */
  guardrailWithHash(hash: string): GuardrailEntry | undefined {
    return this.#guardrails.get(hash);
  }

  /** The entry of this content hash; hand it to `decodeTable` as `reuse` to skip the parsing of unchanged entries. */
  entryWithHash(hash: string): ProviderEntry | undefined {
    return this.#byHash.get(hash);
  }
}

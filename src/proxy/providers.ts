/** The providers of the table in force, each with what is built once for it and kept as long as it can be. */
import { wireFor } from '../providers/registry.ts';
import type { Wire } from '../providers/wire.ts';
import { TableIndex } from '../table/index.ts';
import type { ProviderEntry, RoutingTable } from '../table/types.ts';
import type { ProviderSeries, ProxyMetrics } from './metrics.ts';
import { isAlwaysDropped, without } from './request-head.ts';
import type { UnservedProvider } from './types.ts';
import { Upstream } from './upstream/upstream.ts';
import type { UpstreamLimits } from './upstream/upstream.ts';

/** One entry of the table, ready to serve. Requests in flight keep theirs. */
export class ProviderState {
  readonly entry: ProviderEntry;
  readonly wire: Wire;
  readonly upstream: Upstream;
  readonly series: ProviderSeries;
  /** Lower-case names of client headers that give way to the provider's. */
  readonly #reserved: ReadonlySet<string>;
  /** Names and values in turn. Private, so that nothing that prints this object prints a credential. */
  readonly #added: readonly string[];

  constructor(entry: ProviderEntry, upstream: Upstream, series: ProviderSeries) {
    this.entry = entry;
    this.wire = wireFor(entry.type);
    this.upstream = upstream;
    this.series = series;
    const added: string[] = [];
    const reserved = new Set(this.wire.credentialHeaderNames);
    for (const { name, value } of entry.headers) {
      added.push(name, value);
      reserved.add(name.toLowerCase());
    }
    for (const [name, value] of this.wire.credentialHeaders(entry)) added.push(name, value);
    for (const name of reserved) if (isAlwaysDropped(name)) reserved.delete(name);
    this.#added = added;
    this.#reserved = reserved;
  }

  /** Puts the provider's own headers in place of the client's. May change `headers`. */
  withOwnHeaders(headers: string[]): string[] {
    const result = this.#reserved.size === 0 ? headers : without(headers, this.#reserved);
    for (const text of this.#added) result.push(text);
    return result;
  }
}

export class Providers {
  readonly #limits: UpstreamLimits;
  readonly #metrics: ProxyMetrics;
  #index: TableIndex | undefined;
  #states = new Map<ProviderEntry, ProviderState>();
  #unserved: readonly UnservedProvider[] = [];

  constructor(limits: UpstreamLimits, metrics: ProxyMetrics) {
    this.#limits = limits;
    this.#metrics = metrics;
  }

  /** Undefined before the first table. */
  get revision(): string | undefined {
    return this.#index?.revision;
  }

  lookup(namespace: string, name: string): ProviderState | undefined {
    const entry = this.#index?.lookup(namespace, name);
    return entry === undefined ? undefined : this.#states.get(entry);
  }

  /** By name. */
  inNamespace(namespace: string): ProviderEntry[] {
    return this.#index?.table.providers.filter((entry) => entry.namespace === namespace) ?? [];
  }

  unservedInNamespace(namespace: string): UnservedProvider[] {
    return this.#unserved.filter((provider) => provider.namespace === namespace);
  }

  setTable(table: RoutingTable, unserved: readonly UnservedProvider[] = []): void {
    this.#unserved = unserved;
    const before = this.#index;
    const index = new TableIndex(table, before);
    const states = new Map<ProviderEntry, ProviderState>();
    const keptUpstreams = new Set<Upstream>();
    const keptSeries = new Set<ProviderSeries>();
    for (const entry of index.table.providers) {
      const old = before?.lookup(entry.namespace, entry.name);
      const oldState = old === undefined ? undefined : this.#states.get(old);
      const state = old === entry && oldState !== undefined ? oldState : this.#build(entry, oldState);
      states.set(entry, state);
      keptUpstreams.add(state.upstream);
      keptSeries.add(state.series);
    }
    const gone = [...this.#states.values()];
    this.#index = index;
    this.#states = states;
    for (const { upstream, series } of gone) {
      if (!keptUpstreams.has(upstream)) upstream.retire();
      if (!keptSeries.has(series)) this.#metrics.removeProvider(series);
    }
  }

  /** Cuts every connection. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#states.values()].map(({ upstream }) => upstream.destroy()));
  }

  #build(entry: ProviderEntry, old: ProviderState | undefined): ProviderState {
    const upstream = old?.upstream.serves(entry) === true ? old.upstream : new Upstream(entry, this.#limits);
    const series = old?.entry.type === entry.type ? old.series : this.#metrics.addProvider(entry);
    return new ProviderState(entry, upstream, series);
  }
}

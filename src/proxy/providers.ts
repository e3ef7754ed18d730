/** The providers of the table in force, each with what is built once for it and kept as long as it can be. */
import { REASON_GUARDRAIL_NOT_READY } from '../api/conditions.ts';
import { createCredentialSource } from '../aws/credential-source.ts';
import type { CredentialSource } from '../aws/credential-source.ts';
import { wireFor } from '../providers/registry.ts';
import type { APIFamily, Operation, Wire } from '../providers/wire.ts';
import { canonicalJSON } from '../table/index.ts';
import { TableIndex } from '../table/index.ts';
import type { ProviderEntry, RoutingTable } from '../table/types.ts';
import { ProviderGuardrails, UnusableGuardrailError } from './guardrails/provider-guardrails.ts';
import { Evaluators } from './guardrails/remote/evaluators.ts';
import type { FailureListener } from './guardrails/remote/failure-log.ts';
import type { ProviderSeries, ProxyMetrics } from './metrics.ts';
import { isAlwaysDropped, without } from './request-head.ts';
import type { UnservedProvider } from './types.ts';
import { Upstream } from './upstream/upstream.ts';
import type { UpstreamLimits } from './upstream/upstream.ts';

/** One entry of the table, ready to serve. Requests in flight keep theirs. */
export class ProviderState {
  readonly entry: ProviderEntry;
  readonly wire: Wire;
  readonly series: ProviderSeries;
  readonly upstreams: Upstreams;
  /** Present when the provider's requests are signed. */
  readonly credentials: CredentialSource | undefined;
  /** The client's own credential travels on. */
  readonly passesCredential: boolean;
  /** Undefined: calls are not checked. */
  readonly guardrails: ProviderGuardrails | undefined;
  /** Connection tests under way. */
  connectionTests = 0;
  /** Lower-case names of client headers that give way to the provider's. */
  readonly #reserved: ReadonlySet<string>;
  /** Names and values in turn, by API. Private, so that nothing that prints this object prints a credential. */
  readonly #added = new Map<APIFamily, readonly string[]>();

  constructor(
    entry: ProviderEntry,
    upstreams: Upstreams,
    series: ProviderSeries,
    credentials: CredentialSource | undefined,
    guardrails: ProviderGuardrails | undefined,
  ) {
    this.guardrails = guardrails;
    this.entry = entry;
    this.wire = wireFor(entry.type);
    this.upstreams = upstreams;
    this.series = series;
    this.credentials = credentials;
    this.passesCredential = entry.credential.kind === 'Passthrough';
    const reserved = new Set(this.wire.credentialHeaderNames);
    for (const { name } of entry.headers) reserved.add(name.toLowerCase());
    for (const name of reserved) if (isAlwaysDropped(name)) reserved.delete(name);
    this.#reserved = reserved;
  }

  /** The provider's connections to the host of `url`; undefined when it is none of the provider's. */
  upstreamAt(url: string): Upstream | undefined {
    const { origin } = new URL(url);
    const { primary, controlPlane } = this.upstreams;
    return [primary, controlPlane].find((upstream) => upstream.origin === origin);
  }

  /** Where the calls of an operation go. */
  upstreamOf(operation: Operation): Upstream {
    return operation.controlPlane === true ? this.upstreams.controlPlane : this.upstreams.primary;
  }

  /** Puts the provider's own headers in place of the client's. May change `headers`. */
  withOwnHeaders(headers: string[], api: APIFamily): string[] {
    const result = this.#reserved.size === 0 ? headers : without(headers, this.#reserved);
    for (const text of this.#addedFor(api)) result.push(text);
    return result;
  }

  #addedFor(api: APIFamily): readonly string[] {
    let added = this.#added.get(api);
    if (added === undefined) {
      added = [
        ...this.entry.headers.flatMap(({ name, value }) => [name, value]),
        ...this.wire.credentialHeaders(this.entry, api).flat(),
      ];
      this.#added.set(api, added);
    }
    return added;
  }
}

/** Connections to the hosts of one provider. */
export interface Upstreams {
  readonly primary: Upstream;
  /** The primary one where the provider has no other. */
  readonly controlPlane: Upstream;
}

export class Providers {
  readonly #limits: UpstreamLimits;
  readonly #metrics: ProxyMetrics;
  readonly #onCredentialFailure: ((message: string) => void) | undefined;
  readonly #evaluators: Evaluators;
  #index: TableIndex | undefined;
  #states = new Map<ProviderEntry, ProviderState>();
  #unserved: readonly UnservedProvider[] = [];

  /**
   * `onCredentialFailure` hears of each fetch of credentials that failed, in words that hold no secret; `onJudgeFailure` of judges
   * elsewhere that gave no verdict.
   */
  constructor(
    limits: UpstreamLimits,
    metrics: ProxyMetrics,
    onCredentialFailure?: (message: string) => void,
    onJudgeFailure?: FailureListener,
  ) {
    this.#limits = limits;
    this.#metrics = metrics;
    this.#onCredentialFailure = onCredentialFailure;
    const provider = (namespace: string, name: string): ProviderState | undefined => this.lookup(namespace, name);
    this.#evaluators = new Evaluators({ limits, provider, onCredentialFailure, onJudgeFailure });
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
      const state = old === entry && oldState !== undefined ? oldState : this.#build(entry, oldState, index);
      states.set(entry, state);
      keptUpstreams.add(state.upstreams.primary).add(state.upstreams.controlPlane);
      keptSeries.add(state.series);
    }
    this.#metrics.guardrails.keep(index.table.guardrails);
    this.#evaluators.keep(index.table.guardrails);
    const gone = [...this.#states.values()];
    this.#index = index;
    this.#states = states;
    for (const { upstreams, series } of gone) {
      for (const upstream of new Set([upstreams.primary, upstreams.controlPlane])) {
        if (!keptUpstreams.has(upstream)) upstream.retire();
      }
      if (!keptSeries.has(series)) this.#metrics.removeProvider(series);
    }
  }

  /** Connections of their own to a further host of a provider's, under the same limits. Whoever asks retires them. */
  connect(entry: ProviderEntry, url: string): Upstream {
    return new Upstream(entry, url, this.#limits);
  }

  /** Cuts every connection. */
  async destroy(): Promise<void> {
    const upstreams = [...this.#states.values()].flatMap(({ upstreams: { primary, controlPlane } }) => [
      primary,
      controlPlane,
    ]);
    this.#evaluators.keep([]);
    await Promise.all([...new Set(upstreams)].map((upstream) => upstream.destroy()));
  }

  #build(entry: ProviderEntry, old: ProviderState | undefined, index: TableIndex): ProviderState {
    const series = old?.entry.type === entry.type ? old.series : this.#metrics.addProvider(entry);
    const guardrails = this.#guardrailsFor(entry, index);
    return new ProviderState(
      guardrails instanceof UnusableGuardrailError ? withoutGuardrail(entry, guardrails) : entry,
      this.#upstreamsFor(entry, old?.upstreams),
      series,
      this.#credentialsFor(entry, old),
      guardrails instanceof UnusableGuardrailError ? undefined : guardrails,
    );
  }

  /** An error: no call may pass. It takes no other provider with it. */
  #guardrailsFor(entry: ProviderEntry, index: TableIndex): ProviderGuardrails | undefined | UnusableGuardrailError {
    try {
      return ProviderGuardrails.of(entry, index, (guardrail) => this.#evaluators.of(guardrail));
    } catch (error) {
      if (error instanceof UnusableGuardrailError) return error;
      throw error;
    }
  }

  /** Credentials that have been fetched are kept as long as the entry says the same of where they come from. */
  #credentialsFor(entry: ProviderEntry, old: ProviderState | undefined): CredentialSource | undefined {
    const { credential, region = '', name, namespace } = entry;
    if (credential.kind !== 'AWS') return undefined;
    if (old?.credentials !== undefined && isSameSource(entry, old.entry)) return old.credentials;
    const onFailure = this.#onCredentialFailure;
    return createCredentialSource(credential.source, { name: `${namespace}-${name}`, region, onFailure });
  }

  #upstreamsFor(entry: ProviderEntry, old: Upstreams | undefined): Upstreams {
    const upstream = (baseURL: string, known: Upstream | undefined): Upstream =>
      known?.serves(entry, baseURL) === true ? known : new Upstream(entry, baseURL, this.#limits);
    const primary = upstream(entry.baseURL, old?.primary);
    const controlPlaneURL = wireFor(entry.type).controlPlaneURL?.(entry);
    const controlPlane = controlPlaneURL === undefined ? primary : upstream(controlPlaneURL, old?.controlPlane);
    return { primary, controlPlane };
  }
}

/** The provider as it is without a guardrail that it must not be without. */
function withoutGuardrail(entry: ProviderEntry, { message }: UnusableGuardrailError): ProviderEntry {
  return { ...entry, availability: { state: 'Unavailable', reason: REASON_GUARDRAIL_NOT_READY, message } };
}

/** Static keys cost nothing to read again. */
function isSameSource(entry: ProviderEntry, other: ProviderEntry): boolean {
  const [own, its] = [entry.credential, other.credential];
  if (own.kind !== 'AWS' || its.kind !== 'AWS' || own.source.type === 'StaticKeys') return false;
  return entry.region === other.region && canonicalJSON(own.source) === canonicalJSON(its.source);
}

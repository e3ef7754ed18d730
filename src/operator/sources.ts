/** What the operator watches: one reflector per watched namespace and kind, seen as one cache. */
import type { Guardrail } from '../api/generated/guardrail.ts';
import { GUARDRAIL, LLM_PROVIDER, type ResourceKind } from '../api/group.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import type { WatchNamespaces } from '../config/types.ts';
import { systemClock } from '../kube/clock.ts';
import { isKubeError } from '../kube/errors.ts';
import { Reflector, type ReflectorOptions } from '../kube/reflector.ts';
import { SECRETS } from '../kube/resources.ts';
import { stripForCache } from '../kube/strip.ts';
import type { Clock, KubeObject, PartialObjectMetadata, Resource } from '../kube/types.ts';

/** The kinds as `src/kube` addresses them. */
export const LLM_PROVIDERS = resourceOf(LLM_PROVIDER);
export const GUARDRAILS = resourceOf(GUARDRAIL);

function resourceOf({ group, version, plural, kind }: ResourceKind): Resource {
  return { group, version, plural, kind, namespaced: true };
}

/** Namespaces to watch; `undefined` stands for all of them. */
export function watchedNamespaces(watch: WatchNamespaces, own: string): readonly (string | undefined)[] {
  if (watch.kind === 'All') return [undefined];
  return watch.kind === 'Own' ? [own] : [...new Set(watch.names)].sort();
}

type Basics = Pick<ReflectorOptions<never>, 'transport' | 'metrics' | 'log' | 'clock'>;

/**
 * What is known of a namespace: its objects, that they can't be listed, nothing yet, or that nobody wants to know it.
 * `Refused` also stands for a first list that has failed for long: the others must not wait for it.
 */
export type Knowledge = 'Synced' | 'Refused' | 'Pending' | 'Unwatched';

/** Milliseconds that a failing first list holds up everything else. */
const PATIENCE_MS = 10_000;

/** One kind over some namespaces. */
export class Watched<T extends KubeObject> {
  readonly #reflectors: ReadonlyMap<string | undefined, Reflector<T>>;
  readonly #clock: Clock;
  #startedAt = Infinity;

  constructor(namespaces: readonly (string | undefined)[], options: ReflectorOptions<T>) {
    this.#clock = options.clock ?? systemClock;
    // An answer from a server that lags behind would take away what another process has published.
    const all = { ...options, firstList: 'Latest' } as const;
    this.#reflectors = new Map(namespaces.map((namespace) => [namespace, new Reflector<T>({ ...all, namespace })]));
  }

  start(): void {
    this.#startedAt = this.#clock.monotonic();
    for (const reflector of this.#reflectors.values()) reflector.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#reflectors.values()].map((reflector) => reflector.stop()));
  }

  list(): T[] {
    return [...this.#reflectors.values()].flatMap((reflector) => reflector.list());
  }

  get(key: string): T | undefined {
    return this.#of(key)?.get(key);
  }

  /** Whether every namespace has been listed or is known to be out of reach for now. */
  get isSettled(): boolean {
    return this.namespaces('Pending').length === 0;
  }

  /** Names of the namespaces of which so much is known; `*` stands for all. */
  namespaces(knowledge: Knowledge): readonly string[] {
    return [...this.#reflectors].flatMap(([namespace = '*', reflector]) =>
      this.#knowledgeIn(reflector) === knowledge ? [namespace] : [],
    );
  }

  /** What is known of the namespace of this key. */
  knowledgeOf(key: string): Knowledge {
    const reflector = this.#of(key);
    return reflector === undefined ? 'Unwatched' : this.#knowledgeIn(reflector);
  }

  #knowledgeIn(reflector: Reflector<T>): Knowledge {
    if (reflector.isSynced) return 'Synced';
    return isRefused(reflector.lastError) || this.#isGivenUp(reflector) ? 'Refused' : 'Pending';
  }

  /** When every list fails, it is the API server that is ill, not one namespace. */
  #isGivenUp(reflector: Reflector<T>): boolean {
    if (reflector.lastError === undefined || this.#clock.monotonic() - this.#startedAt < PATIENCE_MS) return false;
    return [...this.#reflectors.values()].some((other) => other.isSynced || isRefused(other.lastError));
  }

  #of(key: string): Reflector<T> | undefined {
    return this.#reflectors.get(key.slice(0, key.indexOf('/'))) ?? this.#reflectors.get(undefined);
  }
}

/** Every LLMProvider in the watched namespaces. */
export function watchProviders(
  namespaces: readonly (string | undefined)[],
  options: Basics & { readonly onChange: (key: string) => void },
): Watched<LLMProvider> {
  return new Watched<LLMProvider>(namespaces, { ...options, resource: LLM_PROVIDERS });
}

/** Every Guardrail in the watched namespaces. */
export function watchGuardrails(
  namespaces: readonly (string | undefined)[],
  options: Basics & { readonly onChange: (key: string) => void },
): Watched<Guardrail> {
  return new Watched<Guardrail>(namespaces, { ...options, resource: GUARDRAILS });
}

/** Names and versions of every Secret in the watched namespaces: contents never cross the wire. */
export function watchSecretVersions(
  namespaces: readonly (string | undefined)[],
  options: Basics & { readonly onChange: (key: string) => void },
): Watched<PartialObjectMetadata> {
  return new Watched<PartialObjectMetadata>(namespaces, {
    ...options,
    resource: SECRETS,
    metadataOnly: true,
    transform: (secret) => {
      const { name, namespace, resourceVersion } = stripForCache(secret).metadata;
      return {
        metadata: {
          ...(name !== undefined && { name }),
          ...(namespace !== undefined && { namespace }),
          ...(resourceVersion !== undefined && { resourceVersion }),
        },
      };
    },
  });
}

/** Refusals that last: no permission, or no such kind. */
function isRefused(error: unknown): boolean {
  return isKubeError(error, 'Forbidden', 'NotFound');
}

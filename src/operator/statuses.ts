/** What a pass decides, once everything is compiled: which status each provider should have. Pure. */
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { providerURL, statusDueAt, type ServedBy, type Verdict } from '../compile/index.ts';
import { entryHash, type RoutingTable } from '../table/index.ts';
import type { ProxySummary } from './proxies.ts';
import type { RecentRevisions } from './revisions.ts';
import type { Wanted } from './status-writer.ts';

/** Milliseconds that proxies have to take a new entry before its provider counts as not served. */
const TAKING_MS = 2_000;

export interface StatusesInput {
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly table: RoutingTable;
  readonly proxies: ProxySummary;
  /** Why the newest table could not be published; undefined when it is. */
  readonly publishError: string | undefined;
  readonly revisions: RecentRevisions;
  readonly provider: (key: string) => LLMProvider | undefined;
  readonly brokenSince: BrokenSince;
  readonly urls: { readonly publicURL: string | undefined; readonly defaultNamespace: string };
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Statuses {
  readonly wanted: ReadonlyMap<string, Wanted>;
  /** When the answer will be another although nothing changes, in milliseconds since the epoch. */
  readonly dueAt: number | undefined;
}

/**
 * The statuses to be had. A provider that proxies are just taking is left out: its status stays until one has taken it,
 * so that a rotated key or an edited spec does not make `Active` flap.
 */
export function decideStatuses(input: StatusesInput): Statuses {
  const { verdicts, table, revisions, urls, now, brokenSince } = input;
  const hashes = new Map(table.providers.map((entry) => [`${entry.namespace}/${entry.name}`, entryHash(entry)]));
  const wanted = new Map<string, Wanted>();
  let dueAt = Infinity;
  for (const [key, verdict] of verdicts) {
    const hash = hashes.get(key);
    const proxies = servedBy(input, hash);
    if (verdict.outcome.kind === 'Servable' && proxies.serving === 0 && proxies.live > 0 && hash !== undefined) {
      const takenBy = (revisions.since(hash) ?? -Infinity) + TAKING_MS;
      if (takenBy > now) {
        dueAt = Math.min(dueAt, takenBy);
        continue;
      }
    }
    const since = brokenSince.observe(key, verdict, input.provider(key), now);
    const item = { verdict, proxies, url: providerURL(verdict, urls), now, brokenSince: since };
    dueAt = Math.min(dueAt, statusDueAt({ ...item, previous: undefined }) ?? Infinity);
    wanted.set(key, item);
  }
  brokenSince.keepOnly(verdicts);
  return { wanted, dueAt: dueAt === Infinity ? undefined : dueAt };
}

function servedBy({ proxies, revisions, publishError }: StatusesInput, hash: string | undefined): ServedBy {
  let serving = 0;
  if (hash !== undefined) {
    for (const [revision, count] of proxies.byRevision) if (revisions.holds(revision, hash)) serving += count;
  }
  return { live: proxies.live, serving, obstacle: publishError ?? refused(proxies.refusal) };
}

function refused(by: string | undefined): string | undefined {
  return by === undefined ? undefined : `a proxy refuses the newest routing table: ${by}`;
}

/** Since when each provider has been broken for the same reason. */
export class BrokenSince {
  readonly #since = new Map<string, { readonly reason: string; readonly at: number }>();

  /** After a restart the status tells how long it has been so; otherwise it counts from when it is first seen here. */
  observe(key: string, { outcome }: Verdict, provider: LLMProvider | undefined, now: number): number {
    if (outcome.kind !== 'Broken') {
      this.#since.delete(key);
      return now;
    }
    const known = this.#since.get(key);
    if (known?.reason === outcome.reason) return known.at;
    const at = known === undefined ? (toldSince(provider, outcome.reason) ?? now) : now;
    this.#since.set(key, { reason: outcome.reason, at });
    return at;
  }

  keepOnly(keys: { has(key: string): boolean }): void {
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key);
  }
}

function toldSince(provider: LLMProvider | undefined, reason: string): number | undefined {
  const ready = provider?.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status !== 'False' || ready.reason !== reason) return undefined;
  const at = Date.parse(ready.lastTransitionTime);
  return Number.isNaN(at) ? undefined : at;
}

/** What a pass decides, once everything is compiled: which status each provider should have. Pure. */
import { REASON_ACTIVE, REASON_DISABLED } from '../api/conditions.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { providerURL, statusDueAt, type ServedBy, type Verdict } from '../compile/index.ts';
import { entryHash, type RoutingTable } from '../table/index.ts';
import type { BrokenSince } from './broken-since.ts';
import type { WantedProvider } from './provider-status.ts';
import type { ProxySummary } from './proxies.ts';
import type { RecentRevisions } from './revisions.ts';
import { conditionOf } from './status-kind.ts';

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
  readonly wanted: ReadonlyMap<string, WantedProvider>;
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
  const wanted = new Map<string, WantedProvider>();
  let dueAt = Infinity;
  for (const [key, verdict] of verdicts) {
    const hash = hashes.get(key);
    const proxies = servedBy(input, hash);
    if (hash !== undefined && isBehind(verdict, proxies)) {
      const takenBy = (revisions.since(hash) ?? -Infinity) + TAKING_MS;
      if (takenBy > now) {
        dueAt = Math.min(dueAt, takenBy);
        continue;
      }
      // What they serve can't be told, and nothing says that it is not this.
      if (proxies.unknown > 0 && isTold(verdict, input.provider(key))) continue;
    }
    const since = brokenSince.observe(key, verdict, input.provider(key), now);
    const item = { verdict, proxies, url: providerURL(verdict, urls), now, brokenSince: since };
    dueAt = Math.min(dueAt, statusDueAt({ ...item, previous: undefined }) ?? Infinity);
    wanted.set(key, item);
  }
  brokenSince.keepOnly(verdicts);
  return { wanted, dueAt: dueAt === Infinity ? undefined : dueAt };
}

interface Served extends ServedBy {
  /** Of those that are outdated, proxies that serve a table which nobody remembers. */
  readonly unknown: number;
}

function servedBy({ proxies, revisions, publishError }: StatusesInput, hash: string | undefined): Served {
  let serving = 0;
  let outdated = 0;
  let unknown = 0;
  for (const [revision, count] of proxies.byRevision) {
    if (hash !== undefined && revisions.holds(revision, hash)) serving += count;
    else outdated += count;
    if (!revisions.knows(revision)) unknown += count;
  }
  return { live: proxies.live, serving, outdated, unknown, obstacle: publishError ?? refused(proxies.refusal) };
}

/** Whether the proxies have yet to take what was compiled before its status can be good. */
function isBehind({ outcome }: Verdict, { live, serving, outdated }: Served): boolean {
  if (outcome.kind === 'Disabled') return outdated > 0;
  return outcome.kind === 'Servable' && serving === 0 && live > 0;
}

/** Whether the status has said already that this generation is in force. */
function isTold({ outcome, generation }: Verdict, provider: LLMProvider | undefined): boolean {
  const ready = conditionOf(provider?.status, 'Ready');
  const reason = outcome.kind === 'Disabled' ? REASON_DISABLED : REASON_ACTIVE;
  return ready?.status === 'True' && ready.reason === reason && ready.observedGeneration === generation;
}

function refused(by: string | undefined): string | undefined {
  return by === undefined ? undefined : `a proxy refuses the newest routing table: ${by}`;
}

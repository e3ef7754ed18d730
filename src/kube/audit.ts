/**
 * Proves now and then that a watch is sound: lists, waits for the watch to catch up, and counts what it never delivered.
 */
import { sleep } from './clock.ts';
import type { Clock, ObjectKey, Random } from './types.ts';

type Versions = ReadonlyMap<ObjectKey, string | undefined>;

export interface CacheAuditOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly intervalMs: number;
  /** How long the watch may take to deliver what the list shows. */
  readonly graceMs: number;
  /** Names the open watch, and aborts when it ends; undefined while there is none. */
  readonly watching: () => AbortSignal | undefined;
  /** Of the cache. */
  readonly versions: () => Versions;
  /** Of the server, not older than the cache; undefined when it could not be had. */
  readonly list: (signal: AbortSignal) => Promise<Versions | undefined>;
  readonly onMisses: (keys: readonly ObjectKey[]) => void;
}

export class CacheAudit {
  readonly #options: CacheAuditOptions;

  constructor(options: CacheAuditOptions) {
    this.#options = options;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, intervalMs } = this.#options;
    while (!signal.aborted) {
      await sleep(clock, intervalMs * (0.9 + random() / 5), signal);
      if (!signal.aborted) await this.#audit(signal);
    }
  }

  async #audit(signal: AbortSignal): Promise<void> {
    const { clock, graceMs, watching, versions, list, onMisses } = this.#options;
    const watch = watching();
    if (watch === undefined) return;
    const before = versions();
    const listed = await list(signal);
    if (listed === undefined) return;
    let suspects = differences(before, listed);
    if (suspects.length === 0) return;
    await sleep(clock, graceMs, signal);
    // A watch that was renewed meanwhile is not to blame for its gap.
    if (signal.aborted || watch.aborted || watching() !== watch) return;
    // Versions can't be ordered; but what has not moved since before the list is older than the list.
    const after = versions();
    suspects = suspects.filter((key) => after.get(key) === before.get(key) && after.has(key) === before.has(key));
    if (suspects.length > 0) onMisses(suspects);
  }
}

function differences(cached: Versions, listed: Versions): ObjectKey[] {
  const keys = new Set([...cached.keys(), ...listed.keys()]);
  return [...keys].filter((key) => cached.get(key) !== listed.get(key));
}

/**
 * Which entries the recent revisions of the table hold: what a proxy serves follows from the revision that it names. An
 * entry that stays through a thousand revisions takes the memory of one.
 */
import { entryHash, type RoutingTable } from '../table/index.ts';

/** Milliseconds that a revision is remembered after it was the newest, or named by a live proxy. */
const REMEMBERED_MS = 5 * 60_000;
/** Milliseconds between clearances. */
const SWEEP_MS = 10_000;

/** An entry was in every revision from the first number to the last; no last number: it still is. */
interface Span {
  readonly first: number;
  last?: number;
}

export class RecentRevisions {
  readonly #revisions = new Map<string, { readonly number: number; usedAt: number }>();
  readonly #spans = new Map<string, Span[]>();
  /** Since when the newest revision's entries have been in it, without a gap. */
  readonly #since = new Map<string, number>();
  #newest: { readonly revision: string; readonly number: number } = { revision: '', number: 0 };
  #sweptAt = -Infinity;

  /**
   * A table was compiled or found published. `now` in milliseconds; `named` are the revisions that live proxies name,
   * which are not forgotten.
   */
  note({ revision, providers }: RoutingTable, now: number, named: Iterable<string> = []): void {
    if (revision !== this.#newest.revision) {
      this.#newest = { revision, number: this.#newest.number + 1 };
      this.#take(new Set(providers.map((entry) => entryHash(entry))), now);
    }
    this.#revisions.set(revision, { number: this.#newest.number, usedAt: now });
    for (const name of named) {
      const known = this.#revisions.get(name);
      if (known !== undefined) known.usedAt = now;
    }
    if (now - this.#sweptAt >= SWEEP_MS) this.#sweep(now);
  }

  /** Whether it is known what this revision holds. */
  knows(revision: string): boolean {
    return this.#revisions.has(revision);
  }

  /** Whether that revision holds this very entry. False for a revision that is not remembered. */
  holds(revision: string, hash: string): boolean {
    const known = this.#revisions.get(revision);
    return known !== undefined && this.#spans.get(hash)?.some((span) => isWithin(known.number, span)) === true;
  }

  /** Since when the newest revision has held this entry; undefined when it does not. */
  since(hash: string): number | undefined {
    return this.#since.get(hash);
  }

  #take(hashes: ReadonlySet<string>, now: number): void {
    const { number } = this.#newest;
    for (const hash of this.#since.keys()) {
      if (hashes.has(hash)) continue;
      this.#since.delete(hash);
      const open = this.#spans.get(hash)?.at(-1);
      if (open !== undefined) open.last = number - 1;
    }
    for (const hash of hashes) {
      if (this.#since.has(hash)) continue;
      this.#since.set(hash, now);
      this.#spans.set(hash, [...(this.#spans.get(hash) ?? []), { first: number }]);
    }
  }

  /** Forgets old revisions, and the spans of entries that no remembered one falls into. */
  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [revision, { usedAt }] of this.#revisions) {
      if (now - usedAt > REMEMBERED_MS && revision !== this.#newest.revision) this.#revisions.delete(revision);
    }
    const numbers = [...this.#revisions.values()].map(({ number }) => number);
    for (const [hash, spans] of this.#spans) {
      if (spans.length === 1 && spans[0]?.last === undefined) continue;
      const kept = spans.filter((span) => span.last === undefined || numbers.some((number) => isWithin(number, span)));
      if (kept.length > 0) this.#spans.set(hash, kept);
      else this.#spans.delete(hash);
    }
  }
}

function isWithin(number: number, { first, last = Infinity }: Span): boolean {
  return first <= number && number <= last;
}

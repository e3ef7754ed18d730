/** Which entries the recent revisions of the table hold: what a proxy serves follows from the revision that it names. */
import { entryHash, type RoutingTable } from '../table/index.ts';

const REMEMBERED = 32;

export class RecentRevisions {
  /** In order of last use. */
  readonly #hashes = new Map<string, ReadonlySet<string>>();
  /** Since when the newest revision's entries have been in it, without a gap. */
  #since = new Map<string, number>();

  /** A table was compiled or found published. `now` in milliseconds. */
  note(table: RoutingTable, now: number): void {
    const known = this.#hashes.get(table.revision);
    this.#hashes.delete(table.revision);
    const hashes = known ?? new Set(table.providers.map((entry) => entryHash(entry)));
    this.#hashes.set(table.revision, hashes);
    for (const oldest of this.#hashes.keys()) {
      if (this.#hashes.size <= REMEMBERED) break;
      this.#hashes.delete(oldest);
    }
    this.#since = new Map([...hashes].map((hash) => [hash, this.#since.get(hash) ?? now]));
  }

  /** Whether that revision holds this very entry. False for a revision that is not remembered. */
  holds(revision: string, hash: string): boolean {
    return this.#hashes.get(revision)?.has(hash) === true;
  }

  /** Since when the newest revision has held this entry; undefined when it does not. */
  since(hash: string): number | undefined {
    return this.#since.get(hash);
  }
}

/** What an OpenID provider keeps: sessions, grants, codes. Outlives the `Provider` objects that use it one after another. */

interface Entry {
  readonly uid?: string;
  readonly userCode?: string;
  readonly grantId?: string;
  consumed?: number;
}

/** A shelf for one kind of entry, as `oidc-provider` wants its adapter to be. */
class Shelf {
  readonly #entries = new Map<string, Entry>();

  async upsert(id: string, entry: Entry): Promise<void> {
    this.#entries.set(id, entry);
  }

  async find(id: string): Promise<Entry | undefined> {
    return this.#entries.get(id);
  }

  async findByUid(uid: string): Promise<Entry | undefined> {
    return [...this.#entries.values()].find((entry) => entry.uid === uid);
  }

  async findByUserCode(code: string): Promise<Entry | undefined> {
    return [...this.#entries.values()].find((entry) => entry.userCode === code);
  }

  async consume(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry) entry.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    this.#entries.delete(id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, entry] of this.#entries) if (entry.grantId === grantId) this.#entries.delete(id);
  }
}

export class ProviderState {
  readonly #shelves = new Map<string, Shelf>();

  /** @param kind for example `Session` */
  shelf(kind: string): Shelf {
    const shelf = this.#shelves.get(kind) ?? new Shelf();
    this.#shelves.set(kind, shelf);
    return shelf;
  }
}

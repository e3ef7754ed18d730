/**
 * Bounded cache of verdicts that somebody else gives (TokenReview, SubjectAccessReview): single flight per key, a time to
 * live per verdict, and a grace during which an old verdict is still used while the authority cannot be asked.
 */

/** What the authority answered; `Unavailable` when it could not be asked. Times in milliseconds. */
export type Answer<V> =
  | { readonly kind: 'Verdict'; readonly value: V; readonly ttl: number; readonly graceTTL: number }
  | { readonly kind: 'Unavailable'; readonly value: V };

interface Entry<V> {
  value: V;
  freshUntil: number;
  /** Until when the value may stand in while the authority is unavailable. */
  usableUntil: number;
}

export interface VerdictCacheOptions {
  /** Verdicts kept at the most; the oldest go first. */
  readonly maxEntries: number;
  /** Questions under way at the most; one more is answered by `overloaded`. */
  readonly maxInFlight: number;
  /** Milliseconds before an unavailable authority is asked again for a key whose old verdict is still usable. */
  readonly retryAfter: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class VerdictCache<V> {
  readonly #options: VerdictCacheOptions;
  readonly #entries = new Map<string, Entry<V>>();
  readonly #inFlight = new Map<string, Promise<V>>();

  constructor(options: VerdictCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** A fresh verdict, or undefined. */
  peek(key: string): V | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.freshUntil > this.#options.now() ? entry.value : undefined;
  }

  /** Asks the authority unless that is under way already; `ask` must not reject. */
  refresh(key: string, ask: () => Promise<Answer<V>>, overloaded: V): V | Promise<V> {
    const pending = this.#inFlight.get(key);
    if (pending !== undefined) return pending;
    if (this.#inFlight.size >= this.#options.maxInFlight) return this.#standIn(key) ?? overloaded;
    const question = ask().then(
      (answer) => {
        this.#inFlight.delete(key);
        return this.#settle(key, answer);
      },
      (error: unknown) => {
        this.#inFlight.delete(key);
        throw error;
      },
    );
    this.#inFlight.set(key, question);
    return question;
  }

  #settle(key: string, answer: Answer<V>): V {
    if (answer.kind === 'Unavailable') return this.#standIn(key) ?? answer.value;
    const now = this.#options.now();
    this.#entries.delete(key);
    if (answer.ttl > 0) {
      this.#entries.set(key, {
        value: answer.value,
        freshUntil: now + answer.ttl,
        usableUntil: now + Math.max(answer.ttl, answer.graceTTL),
      });
      this.#evict();
    }
    return answer.value;
  }

  #standIn(key: string): V | undefined {
    const entry = this.#entries.get(key);
    const now = this.#options.now();
    if (entry === undefined || entry.usableUntil <= now) return undefined;
    entry.freshUntil = Math.min(now + this.#options.retryAfter, entry.usableUntil);
    return entry.value;
  }

  #evict(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#options.maxEntries) return;
      this.#entries.delete(key);
    }
  }
}

/**
 * Bounded cache of verdicts that are costly to have (TokenReview, SubjectAccessReview, a signature): single flight per key, a time to
 * live per verdict, and a grace during which an old verdict is still used while the authority cannot be asked.
 */

/** What the authority answered; `Unavailable` when it could not be asked. Times in milliseconds. */
export type Answer<V> =
  | {
      readonly kind: 'Verdict';
      /** Whether it lets somebody in. Refusals have room of their own: a flood of them costs no good verdict its place. */
      readonly accepted: boolean;
      readonly value: V;
      readonly ttl: number;
      readonly graceTTL: number;
      /** What the verdict rests on: it ends when that is active no more. */
      readonly ground?: Ground;
    }
  | { readonly kind: 'Unavailable'; readonly value: V };

interface Ground {
  readonly active: boolean;
}

const SOLID: Ground = { active: true };

interface Entry<V> {
  value: V;
  /** When the authority said it. Before that the clock has been set back, and no end can be relied on. */
  readonly saidAt: number;
  freshUntil: number;
  /** Until when the value may stand in while the authority is unavailable. */
  usableUntil: number;
  ground: Ground;
}

export interface VerdictCacheOptions {
  /** Verdicts that let in, kept at the most; the oldest go first. */
  readonly maxAccepted: number;
  /** Verdicts that refuse, kept at the most; the oldest go first. */
  readonly maxRefused: number;
  /** Questions under way at the most; one more is answered by `overloaded`. */
  readonly maxInFlight: number;
  /** Milliseconds before an unavailable authority is asked again for a key whose old verdict is still usable. */
  readonly retryAfter: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class VerdictCache<V> {
  readonly #options: VerdictCacheOptions;
  readonly #accepted = new Map<string, Entry<V>>();
  readonly #refused = new Map<string, Entry<V>>();
  readonly #inFlight = new Map<string, Promise<V>>();

  constructor(options: VerdictCacheOptions) {
    this.#options = options;
  }

  get accepted(): number {
    return this.#accepted.size;
  }

  get refused(): number {
    return this.#refused.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** A fresh verdict, or undefined. */
  peek(key: string): V | undefined {
    const entry = this.#accepted.get(key) ?? this.#refused.get(key);
    if (entry === undefined || !entry.ground.active) return undefined;
    const now = this.#options.now();
    return entry.freshUntil > now && entry.saidAt <= now ? entry.value : undefined;
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
    this.#accepted.delete(key);
    this.#refused.delete(key);
    if (answer.ttl > 0) {
      const { maxAccepted, maxRefused } = this.#options;
      const entries = answer.accepted ? this.#accepted : this.#refused;
      entries.set(key, {
        value: answer.value,
        saidAt: now,
        freshUntil: now + answer.ttl,
        usableUntil: now + Math.max(answer.ttl, answer.graceTTL),
        ground: answer.ground ?? SOLID,
      });
      evict(entries, answer.accepted ? maxAccepted : maxRefused, now);
    }
    return answer.value;
  }

  #standIn(key: string): V | undefined {
    const entry = this.#accepted.get(key) ?? this.#refused.get(key);
    const now = this.#options.now();
    if (entry === undefined || entry.usableUntil <= now || entry.saidAt > now || !entry.ground.active) return undefined;
    entry.freshUntil = Math.min(now + this.#options.retryAfter, entry.usableUntil);
    return entry.value;
  }
}

/** The oldest go: those that are too many, and before them those that are of no use any more. */
function evict<V>(entries: Map<string, Entry<V>>, max: number, now: number): void {
  for (const [key, entry] of entries) {
    if (entries.size <= max && entry.usableUntil > now) return;
    entries.delete(key);
  }
}

/**
 * The keys of one issuer, kept fresh: fetched at the start and then regularly, out of turn when a token names a key that
 * is not there, and kept while the issuer is away.
 */
import type { JWTConfiguration } from '../../config/types.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Clock } from '../clock.ts';
import type { IdentityMetrics } from '../metrics.ts';
import { IssuerError } from './errors.ts';
import { FETCH_LIMITS, fetchJSON } from './fetch-json.ts';
import type { Fetched } from './fetch-json.ts';
import type { GrantType } from '../grant-types.ts';
import { parseKeySet } from './key-set.ts';
import type { KeySet } from './key-set.ts';
import { metadataURL, parseMetadata } from './metadata.ts';

/** Keys are good for as long as the issuer says (`max-age`), within these bounds. */
const MIN_LIFE_MS = 5 * 60_000;
const MAX_LIFE_MS = 60 * 60_000;
const DEFAULT_LIFE_MS = 10 * 60_000;

/** The next regular fetch comes between 80 and 90 % of their life: before its end, and replicas spread out. */
const EARLIEST = 0.8;
const SPREAD = 0.1;

/** After a failed fetch the next one waits so long, twice as long after each further one. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

/** Fetches out of turn are so far apart, whatever tokens ask for. */
export const COOLDOWN_MS = 10_000;

/** Callers that wait for a fetch at the most; further ones are told to come back. */
export const MAX_WAITING = 128;

export interface IssuerKeysOptions {
  readonly issuer: JWTConfiguration['issuer'];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<IdentityMetrics, 'fetches' | 'lastSuccess'>;
}

export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  readonly #closed = new AbortController();
  #keys: KeySet | undefined;
  #grantTypes: readonly GrantType[] | undefined;
  /** By when the keys should have been fetched again. */
  #dueAt = -Infinity;
  /** When the last fetch ended. */
  #triedAt = -Infinity;
  #failures = 0;
  #problem: string | undefined;
  #fetching: Promise<void> | undefined;
  #cancelTimer: () => void = () => undefined;
  #waiting = 0;
  /** When the keys have been fetched, or could not be, once. */
  readonly warmed: Promise<void>;

  /** Begins to fetch at once. */
  constructor(options: IssuerKeysOptions) {
    this.#options = options;
    const { metrics, issuer } = options;
    for (const result of ['success', 'failure']) metrics.fetches.inc({ issuer: issuer.url, result }, 0);
    metrics.lastSuccess.set({ issuer: issuer.url }, 0);
    this.warmed = this.#fetch();
  }

  /**
   * The keys that hold at this moment, also past their life by `graceMs`. Undefined: none were had yet, or for too long.
   */
  current(graceMs: number): KeySet | undefined {
    return this.#options.clock.now() < this.holdUntil(graceMs) ? this.#keys : undefined;
  }

  /** Until when the present keys hold if no others come, in milliseconds since the epoch. */
  holdUntil(graceMs: number): number {
    return this.#dueAt + graceMs;
  }

  /** Whether the last fetch failed, or none will come: what is missing may only be missing here. */
  get isBehind(): boolean {
    return this.#failures > 0 || this.#closed.signal.aborted;
  }

  /** Why the last fetch failed, for whoever looks after the process; undefined when it did not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The ways to a token that it announces; undefined while its metadata has never been had. */
  get grantTypes(): readonly GrantType[] | undefined {
    return this.#grantTypes;
  }

  /** When the issuer may be asked out of turn again, in milliseconds since the epoch. */
  get cooledAt(): number {
    return this.#triedAt + COOLDOWN_MS;
  }

  /** Waits for a fetch that is under way. False: too many wait already. */
  async settled(): Promise<boolean> {
    if (this.#fetching === undefined) return true;
    if (this.#waiting >= MAX_WAITING) return false;
    this.#waiting += 1;
    try {
      await this.#fetching;
    } finally {
      this.#waiting -= 1;
    }
    return true;
  }

  /** Fetches out of turn, unless that was done a moment ago, and waits for it. False: too many wait already. */
  async refresh(): Promise<boolean> {
    const now = this.#options.clock.now();
    // A last fetch that lies ahead says only that the clock has been set back.
    if (this.#fetching === undefined && (now >= this.cooledAt || now < this.#triedAt)) void this.#fetch();
    return this.settled();
  }

  /** Ends timers and fetches. What holds goes on holding. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#cancelTimer();
    await this.#fetching;
  }

  /** Never rejects. One at a time. */
  #fetch(): Promise<void> {
    this.#cancelTimer();
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #load(): Promise<void> {
    const { clock, log, metrics, issuer } = this.#options;
    let wait: number;
    try {
      const { keys, maxAge, grantTypes } = await this.#ask();
      this.#closed.signal.throwIfAborted();
      const now = clock.now();
      const life = lifeOf(maxAge);
      this.#keys?.retire(keys);
      this.#keys = keys;
      this.#grantTypes = grantTypes;
      this.#dueAt = now + life;
      if (this.#failures > 0)
        log.info({ issuer: issuer.url, keys: keys.keys.length }, 'the keys of an issuer are back');
      if (keys.keys.length === 0)
        log.warn({ issuer: issuer.url }, 'the issuer publishes no key that tokens may be signed with');
      this.#failures = 0;
      this.#problem = undefined;
      metrics.fetches.inc({ issuer: issuer.url, result: 'success' });
      metrics.lastSuccess.set({ issuer: issuer.url }, now / 1000);
      wait = life * (EARLIEST + SPREAD * Math.random());
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      wait = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LAST_RETRY_MS) * (0.5 + Math.random() / 2);
      this.#failures += 1;
      this.#problem = error instanceof Error ? error.message : String(error);
      metrics.fetches.inc({ issuer: issuer.url, result: 'failure' });
      log.warn(
        {
          issuer: issuer.url,
          // Of a defect of ours the log needs more than its message.
          ...(error instanceof IssuerError ? { problem: error.message } : { error }),
          retrySeconds: Math.ceil(wait / 1000),
          haveKeys: this.#keys !== undefined,
        },
        "an issuer's keys could not be fetched",
      );
    }
    this.#triedAt = clock.now();
    this.#cancelTimer = clock.schedule(wait, () => void this.#fetch());
  }

  async #ask(): Promise<{
    readonly keys: KeySet;
    readonly maxAge: number | undefined;
    readonly grantTypes: readonly GrantType[];
  }> {
    const { issuer } = this.#options;
    const options = { ca: issuer.certificateAuthority, limits: FETCH_LIMITS, signal: this.#closed.signal };
    const url = metadataURL(issuer);
    const metadata = parseMetadata((await fetchJSON(url, options)).value, url, issuer.url);
    const { keysURL, algorithms, grantTypes } = metadata;
    const { value, maxAge }: Fetched = await fetchJSON(keysURL, options);
    return { keys: parseKeySet(value, keysURL, algorithms, this.#keys), maxAge, grantTypes };
  }
}

function lifeOf(maxAge: number | undefined): number {
  return maxAge === undefined ? DEFAULT_LIFE_MS : Math.min(Math.max(maxAge * 1000, MIN_LIFE_MS), MAX_LIFE_MS);
}

/**
 * Credentials that expire, kept and renewed: one fetch at a time, ahead of the expiry and behind the back of requests, so
 * that a request waits only when there is nothing that it could be signed with.
 */
import type { SigningCredentials } from '../providers/wire.ts';
import { CredentialError } from './types.ts';
import type { CredentialSource } from './types.ts';

/** What a fetch gave. */
export interface FetchedCredentials {
  readonly credentials: SigningCredentials;
  /** Absent: they do not expire. */
  readonly expiration?: Date | undefined;
}

/** Fetches credentials anew. Rejects with a {@link CredentialError}. */
export type FetchCredentials = () => Promise<FetchedCredentials>;

export interface RenewalOptions {
  /** Milliseconds since the epoch. Default: the clock. */
  readonly now?: () => number;
  /** Default 15 seconds. */
  readonly deadlineMilliseconds?: number;
  readonly onFailure?: ((message: string) => void) | undefined;
}

/** Renewal begins so long before the expiry, or when a third of the lifetime is left, whichever is later. */
const RENEW_BEFORE_MILLISECONDS = 10 * 60_000;

/** So long before the expiry, or a tenth of the lifetime, requests wait for the renewal: clocks differ, and requests take time. */
const WAIT_BEFORE_MILLISECONDS = 60_000;

/** Credentials without an expiry are looked for again after so long: files are rotated, too. */
const RECHECK_MILLISECONDS = 10 * 60_000;

/** After a failure nothing is fetched for so long: with nothing at hand, and with credentials that still serve. */
const RETRY_MILLISECONDS = 5_000;
const RETRY_AT_LEISURE_MILLISECONDS = 30_000;

/** A fetch that takes longer has failed; what it gives later is still taken. */
const DEADLINE_MILLISECONDS = 15_000;

interface Held {
  readonly credentials: SigningCredentials;
  readonly since: number;
  /** Milliseconds since the epoch, in this order. */
  readonly renewAt: number;
  readonly waitAt: number;
  readonly expiresAt: number;
}

export class RenewingSource implements CredentialSource {
  readonly #name: string;
  readonly #fetch: FetchCredentials;
  readonly #now: () => number;
  readonly #deadline: number;
  readonly #onFailure: ((message: string) => void) | undefined;
  #held: Held | undefined;
  #failure: { readonly error: CredentialError; readonly until: number } | undefined;
  #renewal: Promise<SigningCredentials> | undefined;
  /** Fetches begun, and the one of them that gave what is held: one that comes late must not undo a later one. */
  #begun = 0;
  #heldFrom = 0;

  /** `name` is for messages. */
  constructor(name: string, fetch: FetchCredentials, options: RenewalOptions = {}) {
    this.#name = name;
    this.#fetch = fetch;
    this.#now = options.now ?? Date.now;
    this.#deadline = options.deadlineMilliseconds ?? DEADLINE_MILLISECONDS;
    this.#onFailure = options.onFailure;
  }

  current(): SigningCredentials | Promise<SigningCredentials> {
    const now = this.#now();
    const held = this.#held;
    if (held !== undefined && now < held.renewAt) return held.credentials;
    const failure = this.#failure;
    // A clock that was set back must not make a failure last.
    const mayFetch =
      failure === undefined || now >= failure.until || now < failure.until - RETRY_AT_LEISURE_MILLISECONDS;
    if (held !== undefined && now < (mayFetch ? held.waitAt : held.expiresAt)) {
      if (mayFetch) this.#renew().catch(() => undefined); // kept as the failure
      return held.credentials;
    }
    return mayFetch ? this.#renew() : Promise.reject(failure.error);
  }

  rejected(credentials: SigningCredentials): void {
    const held = this.#held;
    // Just fetched, they would be the same again; and an answer may be to a request of before the last renewal.
    if (held?.credentials !== credentials || this.#now() < held.since + RETRY_MILLISECONDS) return;
    this.#held = { ...held, renewAt: 0, waitAt: 0 };
  }

  /** One fetch at a time, for everyone who asks meanwhile. */
  #renew(): Promise<SigningCredentials> {
    this.#renewal ??= this.#fetchInTime().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #fetchInTime(): Promise<SigningCredentials> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const seconds = this.#deadline / 1000;
      timer = setTimeout(() => {
        reject(new CredentialError(`${this.#name} gave no credentials of AWS within ${seconds} seconds`));
      }, this.#deadline);
      timer.unref();
    });
    try {
      return await Promise.race([this.#fetchAndHold(), late]);
    } catch (error) {
      return this.#failed(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetchAndHold(): Promise<SigningCredentials> {
    this.#begun += 1;
    const fetch = this.#begun;
    const { credentials, expiration } = await this.#fetch();
    const now = this.#now();
    if (fetch < this.#heldFrom) return credentials;
    if (expiration === undefined) {
      this.#hold(fetch, {
        credentials,
        since: now,
        renewAt: now + RECHECK_MILLISECONDS,
        waitAt: Infinity,
        expiresAt: Infinity,
      });
      return credentials;
    }
    const expiresAt = expiration.getTime();
    const lifetime = expiresAt - now;
    if (!(lifetime > 0)) throw new CredentialError(`${this.#name} gave credentials of AWS that had expired`);
    this.#hold(fetch, {
      credentials,
      since: now,
      renewAt: expiresAt - Math.min(RENEW_BEFORE_MILLISECONDS, lifetime / 3),
      waitAt: expiresAt - Math.min(WAIT_BEFORE_MILLISECONDS, lifetime / 10),
      expiresAt,
    });
    return credentials;
  }

  #hold(fetch: number, held: Held): void {
    this.#heldFrom = fetch;
    this.#held = held;
    this.#failure = undefined;
  }

  /** At leisure only as long as there is something to serve with. */
  #retryAt(now: number, atLeisure: boolean): number {
    const soon = now + RETRY_MILLISECONDS;
    if (!atLeisure) return soon;
    return Math.min(now + RETRY_AT_LEISURE_MILLISECONDS, Math.max(soon, this.#held?.expiresAt ?? 0));
  }

  /** What is left to serve with, if anything is. */
  #failed(cause: unknown): SigningCredentials {
    const error = cause instanceof CredentialError ? cause : new CredentialError(`${this.#name} failed`);
    const now = this.#now();
    const left = this.#held !== undefined && now < this.#held.expiresAt ? this.#held.credentials : undefined;
    this.#failure = { error, until: this.#retryAt(now, left !== undefined) };
    this.#onFailure?.(error.message);
    if (left === undefined) throw error;
    return left;
  }
}

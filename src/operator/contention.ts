/**
 * Statuses that somebody else keeps changing back, as another release does that watches the same namespace: neither can
 * win, so each return is answered later than the one before.
 */
import type { Clock, Log } from '../kube/types.ts';
import { canonicalJSON } from '../table/index.ts';
import type { ObjectStatus } from './status-kind.ts';

export interface ContentionOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What the log calls an object: `provider`. */
  readonly noun: string;
}

interface Contest {
  returns: number;
  /** Version of the object that was last counted as a return. */
  version: string | undefined;
  /** `monotonic` time until which it is left to the other. */
  until: number;
}

/** A single return is answered at once, as anybody may have erred. */
const FREE_RETURNS = 1;
const FIRST_WAIT_MS = 2_000;
const LAST_WAIT_MS = 300_000;
/** After so many returns it is no error any more. */
const SAID_AFTER = 3;
/** After so long without a return it is over. */
const OVER_MS = 2 * LAST_WAIT_MS;
const SAY_AGAIN_MS = 10 * 60_000;

export class Contention {
  readonly #options: ContentionOptions;
  readonly #contests = new Map<string, Contest>();
  #saidAt = -Infinity;

  constructor(options: ContentionOptions) {
    this.#options = options;
  }

  /** The status that was written here has given way to another, in this version of the object. */
  noteReturn(key: string, version: string | undefined): void {
    const { clock } = this.#options;
    const now = clock.monotonic();
    let contest = this.#contests.get(key);
    if (contest === undefined || now - contest.until > OVER_MS) {
      contest = { returns: 0, version: undefined, until: now };
      this.#contests.set(key, contest);
    }
    if (contest.version === version) return;
    contest.version = version;
    contest.returns++;
    if (contest.returns <= FREE_RETURNS) return;
    contest.until = now + Math.min(FIRST_WAIT_MS * 2 ** (contest.returns - FREE_RETURNS - 1), LAST_WAIT_MS);
    if (contest.returns >= SAID_AFTER) this.#say(key, now);
  }

  /** Milliseconds for which the status is still left to the other. */
  waitMs(key: string): number {
    return Math.max(0, (this.#contests.get(key)?.until ?? 0) - this.#options.clock.monotonic());
  }

  /** The object has been changed, or is gone: what was is of no account. */
  forget(key: string): void {
    this.#contests.delete(key);
  }

  #say(key: string, now: number): void {
    if (now - this.#saidAt < SAY_AGAIN_MS) return;
    this.#saidAt = now;
    this.#options.log.warn(
      { [this.#options.noun]: key },
      'another release writes this status: no two releases may watch the same namespace',
    );
  }
}

/** Whether both say the same, whenever they began to and of whichever generation. */
export function saysTheSame(a: ObjectStatus, b: ObjectStatus | undefined): boolean {
  return b !== undefined && essence(a) === essence(b);
}

function essence(status: ObjectStatus): string {
  const { observedGeneration: _, conditions = [], ...rest } = status;
  const said = conditions.map(({ type, status, reason, message }) => [type, status, reason, message].join(' '));
  return canonicalJSON({ ...rest, conditions: said.sort() });
}

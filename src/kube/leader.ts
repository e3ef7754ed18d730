/**
 * Leader election by client-go's rules (tools/leaderelection): at most one of the candidates believes that it leads, as
 * long as clocks run about equally fast. It is not fencing: a leader that was frozen may act once more after waking up.
 */
import { sleep, systemClock } from './clock.ts';
import { isKubeError } from './errors.ts';
import { LeaderRecord } from './leader-record.ts';
import type { KubeMetrics } from './metrics.ts';
import type { Clock, Log, Random, Transport } from './types.ts';

export interface LeaderElectorOptions {
  readonly transport: Transport;
  readonly metrics: KubeMetrics;
  readonly log: Log;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Differs between any two processes that may run at the same time. */
  readonly identity: string;
  /** What only the leader does: begin when called, end when the signal aborts, return when all of it has ended. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  /** Leadership is lost while this process still works: usually ends the process, before `lead` has wound down. */
  readonly onLost?: () => void;
  /** How long others wait after a leader's last sign of life. Default 15 s. */
  readonly leaseMs?: number;
  /** After so long without a successful renewal the leader gives up. Default 10 s. */
  readonly renewDeadlineMs?: number;
  /** Between tries. Default 2 s. */
  readonly retryMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

const jitter = 1.2;

/** `Stopped`: the signal aborted or `lead` returned, and the Lease was released. */
export type LeadershipOutcome = 'Stopped' | 'Lost';

export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #leaseMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryMs: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #record: LeaderRecord;
  #isLeader = false;
  #renewedAt = 0;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryMs = options.retryMs ?? 2_000;
    if (this.#leaseMs <= this.#renewDeadlineMs) throw new RangeError('leaseMs must be greater than renewDeadlineMs');
    if (this.#renewDeadlineMs <= this.#retryMs * jitter) {
      throw new RangeError(`renewDeadlineMs must be greater than retryMs * ${jitter}`);
    }
    if (options.identity === '') throw new RangeError('identity must not be empty');
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#record = new LeaderRecord({ ...options, leaseMs: this.#leaseMs, clock: this.#clock });
    options.metrics.leader.set({ name: options.name }, 0);
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** For health checks: an Error when this process leads although its Lease ran out longer than `toleranceMs` ago. */
  check(toleranceMs: number): Error | undefined {
    if (!this.#isLeader) return undefined;
    const overdueMs = this.#clock.monotonic() - this.#renewedAt - this.#leaseMs;
    if (overdueMs <= toleranceMs) return undefined;
    return new Error(
      `the Lease ${this.#options.name} could not be renewed and ran out ${Math.round(overdueMs)} ms ago`,
    );
  }

  /** Waits to lead, leads, and returns when that is over. Rejects with what `lead` rejects with, after releasing. */
  async run(signal: AbortSignal): Promise<LeadershipOutcome> {
    if (!(await this.#acquire(signal))) return 'Stopped';
    this.#setLeader(true);
    const ending = new AbortController();
    const onAbort = (): void => ending.abort();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const finished = new AbortController();
    const work = this.#lead(ending.signal).finally(() => finished.abort());
    // Seen below; until then it must not count as unhandled.
    work.catch(() => {});
    try {
      // Renewed until all work has ended, so that nobody takes over while this process still writes.
      const isLost = !(await this.#renewUntil(finished.signal));
      if (isLost) {
        this.#setLeader(false);
        this.#options.onLost?.();
        ending.abort();
        await work;
        return 'Lost';
      }
      await work;
      return 'Stopped';
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (this.#isLeader) await this.#release();
      this.#setLeader(false);
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    await this.#options.lead(signal);
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const triedAt = this.#clock.monotonic();
      if (await this.#try(this.#renewDeadlineMs, signal)) {
        this.#renewedAt = triedAt;
        return true;
      }
      await sleep(this.#clock, this.#retryMs * (1 + this.#random() * jitter), signal);
    }
    return false;
  }

  /** False when leadership is lost. */
  async #renewUntil(finished: AbortSignal): Promise<boolean> {
    const leftMs = (): number => this.#renewedAt + this.#renewDeadlineMs - this.#clock.monotonic();
    for (;;) {
      await sleep(this.#clock, Math.min(this.#retryMs, Math.max(0, leftMs())), finished);
      if (finished.aborted) return true;
      // After a freeze, before anything else: another may lead by now.
      if (leftMs() <= 0) return false;
      const triedAt = this.#clock.monotonic();
      if (await this.#try(leftMs(), finished)) this.#renewedAt = triedAt;
      else if (this.#record.isHeldByAnother) return false;
    }
  }

  /** Never throws: what goes wrong is a failed try. */
  async #try(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#record.claim(timeoutMs, signal);
    } catch (error) {
      const { log, name } = this.#options;
      const fields = { lease: name, err: error };
      if (isKubeError(error, 'Conflict', 'AlreadyExists', 'Aborted')) log.debug(fields, 'another was faster');
      else log.warn(fields, 'the leader Lease could not be read or written');
      return false;
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#record.release(this.#retryMs);
    } catch (error) {
      this.#options.log.warn({ lease: this.#options.name, err: error }, 'the leader Lease could not be released');
    }
  }

  #setLeader(isLeader: boolean): void {
    const { metrics, name, identity, log } = this.#options;
    if (isLeader !== this.#isLeader) log.info({ lease: name, identity }, isLeader ? 'leading' : 'no longer leading');
    this.#isLeader = isLeader;
    metrics.leader.set({ name }, isLeader ? 1 : 0);
  }
}

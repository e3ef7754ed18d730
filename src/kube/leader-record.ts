/** The Lease that candidates contend for, as one candidate sees it. */
import { isKubeError } from './errors.ts';
import { microTime } from './micro-time.ts';
import { createObject, getObject, updateObject } from './objects.ts';
import { LEASES } from './resources.ts';
import type { Clock, Lease, LeaseSpec, Transport } from './types.ts';

export interface LeaderRecordOptions {
  readonly transport: Transport;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
  readonly clock: Clock;
}

export class LeaderRecord {
  readonly #options: LeaderRecordOptions;
  #lease: Lease | undefined;
  /** When the Lease was last seen to differ, by this process's clock. */
  #observedAt = 0;

  constructor(options: LeaderRecordOptions) {
    this.#options = options;
  }

  get #isOwn(): boolean {
    return this.#lease?.spec?.holderIdentity === this.#options.identity;
  }

  /** As of the last look. */
  get isHeldByAnother(): boolean {
    const holder = this.#lease?.spec?.holderIdentity ?? '';
    return holder !== '' && holder !== this.#options.identity;
  }

  /** Takes or renews the Lease; false when another holds it. Throws when it can't be read or written. */
  async claim(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    const call = (): Call => ({ timeoutMs: Math.max(1, deadline - clock.monotonic()), signal, retries: 0 });
    if (this.#isOwn) {
      // Usually nobody has touched it: one request instead of two.
      try {
        await this.#write(call());
        return true;
      } catch (error) {
        if (!isKubeError(error, 'Conflict', 'NotFound')) throw error;
      }
    }
    const found = await this.#read(call());
    if (found === undefined) {
      this.#observe(undefined);
      await this.#write(call());
      return true;
    }
    this.#observe(found);
    if (this.isHeldByAnother && !this.#hasExpired()) return false;
    await this.#write(call());
    return true;
  }

  /** Leaves the Lease without a holder, so that the next candidate need not wait for it to expire. */
  async release(timeoutMs: number): Promise<void> {
    if (!this.#isOwn) return;
    const call = { timeoutMs, retries: 0 };
    try {
      await this.#put(this.#releasedSpec(), call);
    } catch (error) {
      // A renewal that was given up may have reached the server all the same.
      if (!isKubeError(error, 'Conflict')) throw error;
      this.#observe(await this.#read(call));
      if (this.#isOwn) await this.#put(this.#releasedSpec(), call);
    }
  }

  #releasedSpec(): LeaseSpec {
    const now = microTime(this.#options.clock.now());
    return { ...this.#lease?.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
  }

  #hasExpired(): boolean {
    const seconds = this.#lease?.spec?.leaseDurationSeconds ?? 0;
    return this.#options.clock.monotonic() >= this.#observedAt + seconds * 1000;
  }

  async #read(call: Call): Promise<Lease | undefined> {
    const { transport, namespace, name } = this.#options;
    try {
      return await getObject<Lease>(transport, LEASES, { namespace, name, ...call });
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  #observe(lease: Lease | undefined): void {
    if (lease === undefined || lease.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion) {
      this.#observedAt = this.#options.clock.monotonic();
    }
    this.#lease = lease;
  }

  async #write(call: Call): Promise<void> {
    const { identity, leaseMs, clock } = this.#options;
    const now = microTime(clock.now());
    const before = this.#lease?.spec;
    const isRenewal = this.#isOwn;
    const transitions = before?.leaseTransitions ?? 0;
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: isRenewal ? (before?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: isRenewal || before === undefined ? transitions : transitions + 1,
    };
    await this.#put(spec, call);
  }

  async #put(spec: LeaseSpec, call: Call): Promise<void> {
    const { transport, namespace, name } = this.#options;
    const before = this.#lease;
    if (before === undefined) {
      const body: Lease = { metadata: { name, namespace }, spec };
      this.#observe(await createObject<Lease>(transport, LEASES, { namespace, body, ...call }));
      return;
    }
    const body: Lease = { ...before, spec };
    this.#observe(await updateObject<Lease>(transport, LEASES, { namespace, name, body, ...call }));
  }
}

interface Call {
  readonly timeoutMs: number;
  readonly retries: number;
  readonly signal?: AbortSignal;
}

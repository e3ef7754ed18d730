/** Leases as signs of life: a process keeps its own, and another sees who is alive. */
import { systemClock } from './clock.ts';
import { isKubeError } from './errors.ts';
import { microTime } from './micro-time.ts';
import { createObject, getObject, updateObject } from './objects.ts';
import { LEASES, keyOf } from './resources.ts';
import type { Clock, Lease, ObjectKey, ObjectMeta, OwnerReference, Transport } from './types.ts';

export interface OwnLeaseOptions {
  readonly transport: Transport;
  readonly namespace: string;
  readonly name: string;
  /** Who holds it; usually the pod's name. */
  readonly identity: string;
  readonly durationSeconds: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Usually the pod, so that the Lease goes with it. */
  readonly ownerReferences?: readonly OwnerReference[];
  /** Per call. Default 10 s. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/** One call at a time: its owner awaits each before the next. RBAC: `create`, `get`, `update`. */
export class OwnLease {
  readonly #options: OwnLeaseOptions;
  readonly #clock: Clock;
  #current: Lease | undefined;

  constructor(options: OwnLeaseOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Creates the Lease or renews it, with these annotations. Usually one request. */
  async renew({
    annotations = {},
    signal,
  }: { annotations?: Readonly<Record<string, string>>; signal?: AbortSignal } = {}): Promise<void> {
    const { identity, durationSeconds } = this.#options;
    const now = microTime(this.#clock.now());
    await this.#write(annotations, signal, (before) => ({
      holderIdentity: identity,
      leaseDurationSeconds: durationSeconds,
      acquireTime: before?.holderIdentity === identity ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions:
        before === undefined || before.holderIdentity === identity
          ? (before?.leaseTransitions ?? 0)
          : (before.leaseTransitions ?? 0) + 1,
    }));
  }

  /** Keeps the Lease, without a holder: whoever looks sees at once that nobody is there. */
  async release(signal?: AbortSignal): Promise<void> {
    if (this.#current === undefined) return;
    const now = microTime(this.#clock.now());
    await this.#write(this.#current.metadata.annotations ?? {}, signal, (before) => ({
      ...before,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: now,
    }));
  }

  async #write(
    annotations: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
    specOf: (before: Lease['spec']) => NonNullable<Lease['spec']>,
  ): Promise<void> {
    const { transport, namespace, name, labels, ownerReferences } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const before = this.#current;
      const metadata: ObjectMeta = {
        name,
        namespace,
        annotations,
        ...(labels !== undefined && { labels }),
        ...(ownerReferences !== undefined && { ownerReferences }),
        ...(before?.metadata.resourceVersion !== undefined && { resourceVersion: before.metadata.resourceVersion }),
      };
      const body: Lease = { metadata, spec: specOf(before?.spec) };
      const target = { namespace, ...this.#call(signal) };
      try {
        this.#current =
          before === undefined
            ? await createObject<Lease>(transport, LEASES, { ...target, body })
            : await updateObject<Lease>(transport, LEASES, { ...target, name, body });
        return;
      } catch (error) {
        if (attempt === 3) throw error;
        if (isKubeError(error, 'NotFound') && before !== undefined) this.#current = undefined;
        else if (isKubeError(error, 'Conflict', 'AlreadyExists')) {
          this.#current = await getObject<Lease>(transport, LEASES, { ...target, name });
        } else throw error;
      }
    }
  }

  #call(signal: AbortSignal | undefined): { timeoutMs: number; signal?: AbortSignal } {
    return { timeoutMs: this.#options.timeoutMs ?? 10_000, ...(signal !== undefined && { signal }) };
  }
}

/** Whoever may write a Lease must not count as alive for years after its end. */
const longestLifeSeconds = 60;

interface Observation {
  readonly resourceVersion: string | undefined;
  readonly isHeld: boolean;
  readonly expiresAt: number;
}

/**
 * Who is alive, judged as client-go does: a Lease lives for its duration after its last change *was seen here*. Clocks of
 * different machines are never compared, so a Lease seen for the first time counts as fresh. None lives longer than a
 * minute.
 */
export class LeaseObserver {
  readonly #clock: Clock;
  readonly #observations = new Map<ObjectKey, Observation>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** At every change, and as often as one likes without: only a change counts. */
  observe(lease: Lease): void {
    const key = keyOf(lease);
    const { resourceVersion } = lease.metadata;
    if (this.#observations.get(key)?.resourceVersion === resourceVersion) return;
    const { holderIdentity = '', leaseDurationSeconds = 0 } = lease.spec ?? {};
    const lifeSeconds = Math.min(leaseDurationSeconds, longestLifeSeconds);
    const expiresAt = this.#clock.monotonic() + lifeSeconds * 1000;
    this.#observations.set(key, { resourceVersion, isHeld: holderIdentity !== '', expiresAt });
  }

  /** The Lease was deleted. */
  forget(key: ObjectKey): void {
    this.#observations.delete(key);
  }

  isLive(key: ObjectKey): boolean {
    return this.expiresInMs(key) > 0;
  }

  /** Until the Lease expires if it does not change; 0 when it has, has no holder, or was never seen. */
  expiresInMs(key: ObjectKey): number {
    const observation = this.#observations.get(key);
    return observation?.isHeld === true ? Math.max(0, observation.expiresAt - this.#clock.monotonic()) : 0;
  }
}

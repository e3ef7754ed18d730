/** Writes the statuses that differ from what they should be, a few at a time, and tells the events that this is worth. */
import { REASON_ACTIVE, REASON_DISABLED, REASON_NOT_SERVED, type Reason } from '../api/conditions.ts';
import type { LLMProvider, LLMProviderStatus } from '../api/generated/llmprovider.ts';
import { sameStatus, wantedStatus, type StatusInput } from '../compile/index.ts';
import { apply } from '../kube/apply.ts';
import { systemClock } from '../kube/clock.ts';
import { isKubeError } from '../kube/errors.ts';
import type { EventText } from '../kube/events.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import type { Clock, KubeObject, Log, Transport } from '../kube/types.ts';
import { WorkQueue } from '../kube/workqueue.ts';
import { Contention, saysTheSame } from './contention.ts';
import type { OperatorMetrics } from './metrics.ts';
import { LLM_PROVIDERS } from './sources.ts';
import { FIELD_MANAGER } from './table-store.ts';
import { transitions } from './transitions.ts';
import { within } from './within.ts';

export interface StatusWriterOptions {
  readonly transport: Transport;
  readonly kubeMetrics: KubeMetrics;
  readonly metrics: OperatorMetrics;
  readonly log: Log;
  /** The provider as it is cached now. */
  readonly provider: (key: string) => LLMProvider | undefined;
  readonly tell: (regarding: KubeObject, text: EventText) => void;
  readonly clock?: Clock;
}

/** What the status of one provider follows from. */
export type Wanted = Omit<StatusInput, 'previous'>;

/** Writes at the same time. */
const WORKERS = 16;
/** Milliseconds for which a change of the count of proxies may wait: when proxies roll, every provider's count changes. */
const COUNT_DELAY_MS = 1_000;
/** Milliseconds that writes under way have to end when the writer stops. */
const STOP_MS = 3_000;

interface Written {
  readonly basedOn: string | undefined;
  readonly version: string | undefined;
  /** Of the spec that was compiled; one that came in between has another. */
  readonly generation: number | undefined;
  readonly status: LLMProviderStatus;
}

export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #queue: WorkQueue;
  readonly #wanted = new Map<string, Wanted>();
  /** What was last written, and the versions of the object before and after. */
  readonly #written = new Map<string, Written>();
  readonly #contention: Contention;
  readonly #clock: Clock;
  readonly #givingUp = new AbortController();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#contention = new Contention({ clock: this.#clock, log: options.log });
    this.#queue = new WorkQueue({
      name: 'status',
      metrics: options.kubeMetrics,
      clock: this.#clock,
      maxRetryMs: 60_000,
    });
  }

  /** Begins to write. */
  start(): void {
    for (let i = 0; i < WORKERS; i++) void this.#work();
  }

  /** Ends when the writes under way have ended; those that take long are given up. */
  async stop(): Promise<void> {
    await within(this.#clock, STOP_MS, (limit) => {
      limit.addEventListener('abort', () => this.#givingUp.abort(), { once: true });
      return this.#queue.shutDown();
    });
  }

  /** Says what is wanted now, by key of provider; whatever was wanted before and is not in it no longer is. */
  want(all: ReadonlyMap<string, Wanted>): void {
    for (const key of this.#wanted.keys()) if (!all.has(key)) this.#wanted.delete(key);
    for (const key of this.#written.keys())
      if (!all.has(key) && this.#options.provider(key) === undefined) this.#forget(key);
    for (const [key, wanted] of all) {
      const provider = this.#options.provider(key);
      if (provider === undefined) continue;
      const present = this.#present(key, provider);
      const next = wantedStatus({ ...wanted, previous: present });
      this.#noteReturn(key, provider, next);
      if (sameStatus(next, present)) {
        this.#wanted.delete(key);
        continue;
      }
      this.#wanted.set(key, wanted);
      const onlyCount = present !== undefined && sameStatus({ ...next, ...counted(present) }, present);
      // One that fails is the queue's to try again.
      if (this.#queue.retries(key) > 0) continue;
      this.#queue.addAfter(key, Math.max(onlyCount ? COUNT_DELAY_MS : 0, this.#contention.waitMs(key)));
    }
  }

  /** Whether the cached provider is as the own last write has made it: then its change says nothing new. */
  isEcho(key: string): boolean {
    const written = this.#written.get(key);
    const metadata = this.#options.provider(key)?.metadata;
    if (written === undefined || metadata === undefined) return false;
    return (
      metadata.resourceVersion === written.version &&
      metadata.generation === written.generation &&
      metadata.deletionTimestamp === undefined
    );
  }

  /** The status as it is, counting what was just written and has not come back yet. */
  #present(key: string, provider: LLMProvider): LLMProviderStatus | undefined {
    const written = this.#written.get(key);
    if (written === undefined) return provider.status;
    return written.basedOn === provider.metadata.resourceVersion ? written.status : provider.status;
  }

  /** Somebody has put another status in the place of the last one that was written, and that is still the right one. */
  #noteReturn(key: string, { metadata, status }: LLMProvider, next: LLMProviderStatus): void {
    const written = this.#written.get(key);
    if (written === undefined) return;
    if (metadata.generation !== written.generation || !saysTheSame(next, written.status)) {
      this.#contention.forget(key);
      return;
    }
    const { resourceVersion } = metadata;
    if (resourceVersion === written.basedOn || resourceVersion === written.version) return;
    if (!saysTheSame(written.status, status)) this.#contention.noteReturn(key, resourceVersion);
  }

  #forget(key: string): void {
    this.#written.delete(key);
    this.#contention.forget(key);
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.get(); key !== undefined; key = await this.#queue.get()) {
      try {
        await this.#write(key);
        this.#queue.forget(key);
        // Something else has come to be wanted while it was written, or while it was tried again.
        if (this.#wanted.has(key)) this.#queue.addAfter(key, this.#contention.waitMs(key));
      } catch (error) {
        this.#failed(key, error);
      } finally {
        this.#queue.done(key);
      }
    }
  }

  async #write(key: string): Promise<void> {
    const wanted = this.#wanted.get(key);
    const provider = this.#options.provider(key);
    if (wanted === undefined) return;
    if (provider === undefined || (provider.metadata.uid ?? '') !== wanted.verdict.uid) {
      this.#wanted.delete(key);
      return;
    }
    const present = this.#present(key, provider);
    const status = wantedStatus({ ...wanted, previous: present });
    if (!sameStatus(status, present)) {
      const { namespace, name, uid, resourceVersion } = provider.metadata;
      const result = await apply<KubeObject & { readonly status?: LLMProviderStatus }>(
        this.#options.transport,
        LLM_PROVIDERS,
        {
          namespace,
          name,
          subresource: 'status',
          fieldManager: FIELD_MANAGER,
          force: true,
          signal: this.#givingUp.signal,
          // The uid keeps it off an object that was made anew under the same name.
          body: { metadata: { ...(uid !== undefined && { uid }) }, status },
        },
      );
      this.#options.metrics.statusWrites.inc({ result: 'success' });
      this.#written.set(key, {
        basedOn: resourceVersion,
        version: result.metadata.resourceVersion,
        generation: provider.metadata.generation,
        status: result.status ?? status,
      });
      this.#tell(provider, present, status);
    }
    if (this.#wanted.get(key) === wanted) this.#wanted.delete(key);
  }

  #tell(provider: LLMProvider, before: LLMProviderStatus | undefined, after: LLMProviderStatus): void {
    const regarding = { apiVersion: 'tidegate.io/v1alpha1', kind: 'LLMProvider', metadata: provider.metadata };
    for (const text of transitions(before, after)) this.#options.tell(regarding, text);
  }

  #failed(key: string, error: unknown): void {
    // Gone, or made anew: the cache will say so.
    if (isKubeError(error, 'NotFound', 'Conflict')) {
      this.#wanted.delete(key);
      this.#queue.forget(key);
      return;
    }
    if (this.#givingUp.signal.aborted) return;
    this.#options.metrics.statusWrites.inc({ result: 'error' });
    const level = this.#queue.retries(key) === 0 ? 'warn' : 'debug';
    this.#options.log[level]({ provider: key, err: error }, 'a status could not be written');
    this.#queue.addRateLimited(key);
  }
}

/** The reason that a person reads as STATUS. */
export function shownReason({ verdict, proxies }: Wanted): Reason {
  const { outcome } = verdict;
  if (outcome.kind === 'Broken') return outcome.reason;
  if (outcome.kind === 'Disabled') return proxies.outdated > 0 ? REASON_NOT_SERVED : REASON_DISABLED;
  return proxies.serving > 0 ? REASON_ACTIVE : REASON_NOT_SERVED;
}

function counted({ proxies }: LLMProviderStatus): Pick<LLMProviderStatus, 'proxies'> {
  return proxies === undefined ? {} : { proxies };
}

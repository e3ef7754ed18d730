/** Writes the statuses that differ from what they should be, a few at a time, and tells the events that this is worth. */
import { apply } from '../kube/apply.ts';
import { systemClock } from '../kube/clock.ts';
import { isKubeError } from '../kube/errors.ts';
import type { EventText } from '../kube/events.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import type { Clock, KubeObject, Log, Transport } from '../kube/types.ts';
import { WorkQueue } from '../kube/workqueue.ts';
import { Contention, saysTheSame } from './contention.ts';
import type { OperatorMetrics } from './metrics.ts';
import type { ObjectStatus, Reported, StatusKind, WantedStatus } from './status-kind.ts';
import { FIELD_MANAGER } from './table-store.ts';
import { within } from './within.ts';

export interface StatusWriterOptions<S extends ObjectStatus, W extends WantedStatus> {
  readonly kind: StatusKind<S, W>;
  readonly transport: Transport;
  readonly kubeMetrics: KubeMetrics;
  readonly metrics: OperatorMetrics;
  readonly log: Log;
  /** The object as it is cached now. */
  readonly object: (key: string) => Reported<S> | undefined;
  readonly tell: (regarding: KubeObject, text: EventText) => void;
  readonly clock?: Clock;
}

/** Writes at the same time. */
const WORKERS = 16;
/** Milliseconds that writes under way have to end when the writer stops. */
const STOP_MS = 3_000;

interface Written<S> {
  readonly basedOn: string | undefined;
  readonly version: string | undefined;
  /** Of the spec that was compiled; one that came in between has another. */
  readonly generation: number | undefined;
  readonly status: S;
}

/** Of one kind. */
export class StatusWriter<S extends ObjectStatus, W extends WantedStatus> {
  readonly #options: StatusWriterOptions<S, W>;
  readonly #queue: WorkQueue;
  readonly #wanted = new Map<string, W>();
  /** What was last written, and the versions of the object before and after. */
  readonly #written = new Map<string, Written<S>>();
  readonly #contention: Contention;
  readonly #clock: Clock;
  readonly #givingUp = new AbortController();

  constructor(options: StatusWriterOptions<S, W>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { noun } = options.kind;
    this.#contention = new Contention({ clock: this.#clock, log: options.log, noun });
    this.#queue = new WorkQueue({
      name: `${noun}_status`,
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

  /** Says what is wanted now, by key of object; whatever was wanted before and is not in it no longer is. */
  want(all: ReadonlyMap<string, W>): void {
    const { kind, object: cached } = this.#options;
    for (const key of this.#wanted.keys()) if (!all.has(key)) this.#wanted.delete(key);
    for (const key of this.#written.keys()) if (!all.has(key) && cached(key) === undefined) this.#forget(key);
    for (const [key, wanted] of all) {
      const object = cached(key);
      if (object === undefined) continue;
      const present = this.#present(key, object);
      const next = kind.status(wanted, present);
      this.#noteReturn(key, object, next);
      if (kind.isSame(next, present)) {
        this.#wanted.delete(key);
        continue;
      }
      this.#wanted.set(key, wanted);
      const onlyCount = present !== undefined && kind.isSame(kind.withCountOf(next, present), present);
      // One that fails is the queue's to try again.
      if (this.#queue.retries(key) > 0) continue;
      this.#queue.addAfter(key, Math.max(onlyCount ? kind.countDelayMs : 0, this.#contention.waitMs(key)));
    }
  }

  /** Whether the cached object is as the own last write has made it: then its change says nothing new. */
  isEcho(key: string): boolean {
    const written = this.#written.get(key);
    const metadata = this.#options.object(key)?.metadata;
    if (written === undefined || metadata === undefined) return false;
    return (
      metadata.resourceVersion === written.version &&
      metadata.generation === written.generation &&
      metadata.deletionTimestamp === undefined
    );
  }

  /** The status as it is, counting what was just written and has not come back yet. */
  #present(key: string, { metadata, status }: Reported<S>): S | undefined {
    const written = this.#written.get(key);
    return written !== undefined && written.basedOn === metadata.resourceVersion ? written.status : status;
  }

  /** Somebody has put another status in the place of the last one that was written, and that is still the right one. */
  #noteReturn(key: string, { metadata, status }: Reported<S>, next: S): void {
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
    const { kind, transport, metrics } = this.#options;
    const wanted = this.#wanted.get(key);
    const object = this.#options.object(key);
    if (wanted === undefined) return;
    if (object === undefined || (object.metadata.uid ?? '') !== wanted.verdict.uid) {
      this.#wanted.delete(key);
      return;
    }
    const present = this.#present(key, object);
    const status = kind.status(wanted, present);
    if (!kind.isSame(status, present)) {
      const { namespace, name, uid, resourceVersion } = object.metadata;
      const result = await apply<KubeObject & { readonly status?: S }>(transport, kind.resource, {
        namespace,
        name,
        subresource: 'status',
        fieldManager: FIELD_MANAGER,
        force: true,
        signal: this.#givingUp.signal,
        // The uid keeps it off an object that was made anew under the same name.
        body: { metadata: { ...(uid !== undefined && { uid }) }, status },
      });
      metrics.statusWrites.inc({ result: 'success' });
      this.#written.set(key, {
        basedOn: resourceVersion,
        version: result.metadata.resourceVersion,
        generation: object.metadata.generation,
        status: result.status ?? status,
      });
      this.#tell(object.metadata, present, status);
    }
    if (this.#wanted.get(key) === wanted) this.#wanted.delete(key);
  }

  #tell(metadata: Reported['metadata'], before: S | undefined, after: S): void {
    const { kind, tell } = this.#options;
    const { group, version, kind: name } = kind.resource;
    const regarding = { apiVersion: `${group}/${version}`, kind: name, metadata };
    for (const text of kind.transitions(before, after)) tell(regarding, text);
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
    this.#options.log[level]({ [this.#options.kind.noun]: key, err: error }, 'a status could not be written');
    this.#queue.addRateLimited(key);
  }
}

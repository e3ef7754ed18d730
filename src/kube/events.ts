/**
 * Events of `events.k8s.io/v1`: what `kubectl describe` shows under an object. A repeat does not make a new event but
 * raises the count of the first one's series; an object that changes its mind all the time is cut short.
 */
import { randomBytes } from 'node:crypto';
import { systemClock } from './clock.ts';
import { isKubeError, KubeError } from './errors.ts';
import type { KubeMetrics } from './metrics.ts';
import { microTime } from './micro-time.ts';
import { createObject } from './objects.ts';
import { TokenBucket } from './rate-limit.ts';
import { EVENTS, pathOf } from './resources.ts';
import type { Clock, KubeObject, Log, Transport } from './types.ts';

export interface EventRecorderOptions {
  readonly transport: Transport;
  readonly metrics: KubeMetrics;
  readonly log: Log;
  /** `reportingController`, such as `tidegate.io/operator`. */
  readonly controller: string;
  /** `reportingInstance`, usually the pod's name. */
  readonly instance: string;
  readonly clock?: Clock;
  /** Repeats within it raise a count, which is written at most this often. Default 60 s. */
  readonly seriesMs?: number;
}

export interface EventText {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, for programs. */
  readonly reason: string;
  /** What was done or tried, CamelCase. */
  readonly action: string;
  /** For people; cut at 1024 bytes. */
  readonly note: string;
}

/** What the API allows. */
const maxNoteBytes = 1024;
const maxNameBytes = 128;
/** Remembered series and remembered objects; the oldest make room. */
const maxRemembered = 1000;
/** Per object: at once, and then one in five minutes, as client-go has it. */
const burst = 25;
const perSecond = 1 / 300;
const maxPending = 200;
/** Sent at the same time. */
const lanes = 4;
const timeoutMs = 10_000;

interface Series {
  readonly namespace: string;
  readonly namePrefix: string;
  /** Of the Event; undefined until the API server has it. */
  name: string | undefined;
  count: number;
  writtenCount: number;
  lastSeenAt: number;
  writtenAt: number;
  isQueued: boolean;
  readonly lane: number;
  readonly create: (name: string, count: number) => object;
}

export class EventRecorder implements AsyncDisposable {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #seriesMs: number;
  /** In order of last use. */
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, TokenBucket>();
  /** Each ends when its last event is sent; a series always goes down the same lane, so that its counts keep their order. */
  readonly #lanes: Promise<void>[] = Array.from({ length: lanes }, () => Promise.resolve());
  #nextLane = 0;
  #pending = 0;
  readonly #givingUp = new AbortController();
  #isClosed = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#seriesMs = options.seriesMs ?? 60_000;
    for (const result of ['sent', 'dropped', 'failed']) options.metrics.events.inc({ result }, 0);
  }

  /** Tells what happened to an object, which needs `apiVersion` and `kind`. Sent in the background; never throws. */
  record(regarding: KubeObject, text: EventText): void {
    if (this.#isClosed) return;
    const object = [regarding.kind, regarding.metadata.namespace, regarding.metadata.name, regarding.metadata.uid].join(
      '/',
    );
    const key = JSON.stringify([object, text.type, text.reason, text.action, text.note]);
    const now = this.#clock.monotonic();
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastSeenAt <= this.#seriesMs) {
      touch(this.#series, key, known);
      known.count += 1;
      known.lastSeenAt = now;
      if (now - known.writtenAt >= this.#seriesMs) this.#enqueue(known);
      return;
    }
    if (!this.#admit(object)) {
      this.#options.metrics.events.inc({ result: 'dropped' });
      return;
    }
    const series = this.#newSeries(regarding, text, now);
    touch(this.#series, key, series);
    this.#enqueue(series);
  }

  /** Resolves when everything recorded so far is sent or given up. */
  async flush(): Promise<void> {
    for (const series of this.#series.values()) {
      if (series.count > series.writtenCount) this.#enqueue(series);
    }
    await Promise.all(this.#lanes);
  }

  /** Takes nothing more and sends what is left, until the signal aborts: what is left then is given up. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#isClosed = true;
    const giveUp = (): void => this.#givingUp.abort();
    if (signal?.aborted === true) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    await this.flush();
    signal?.removeEventListener('abort', giveUp);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #admit(object: string): boolean {
    const bucket = this.#buckets.get(object) ?? new TokenBucket({ clock: this.#clock, perSecond, burst });
    touch(this.#buckets, object, bucket);
    return this.#pending < maxPending && bucket.take();
  }

  #newSeries({ apiVersion, kind, metadata }: KubeObject, text: EventText, now: number): Series {
    const namespace = metadata.namespace ?? 'default';
    const { controller, instance } = this.#options;
    const body = {
      eventTime: microTime(this.#clock.now()),
      reportingController: cut(controller, maxNameBytes),
      reportingInstance: cut(instance, maxNameBytes),
      action: cut(text.action, maxNameBytes),
      reason: cut(text.reason, maxNameBytes),
      type: text.type,
      note: cut(text.note, maxNoteBytes),
      regarding: { apiVersion, kind, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid },
    };
    const create = (name: string, count: number): object => ({
      metadata: { name, namespace },
      ...body,
      ...(count > 1 && { series: this.#seriesBody(count) }),
    });
    return {
      namespace,
      namePrefix: (metadata.name ?? 'unknown').slice(0, 200).replace(/[-.]+$/, ''),
      name: undefined,
      count: 1,
      writtenCount: 0,
      lastSeenAt: now,
      writtenAt: now,
      isQueued: false,
      lane: this.#nextLane++ % lanes,
      create,
    };
  }

  #seriesBody(count: number): object {
    return { count, lastObservedTime: microTime(this.#clock.now()) };
  }

  #enqueue(series: Series): void {
    if (series.isQueued) return;
    series.isQueued = true;
    this.#pending += 1;
    const { lane } = series;
    this.#lanes[lane] = (this.#lanes[lane] ?? Promise.resolve()).then(async () => {
      series.isQueued = false;
      this.#pending -= 1;
      await this.#send(series);
    });
  }

  /** A few at a time, so that a storm of events is not one of requests. */
  async #send(series: Series): Promise<void> {
    const { metrics, log } = this.#options;
    const { count } = series;
    if (count === series.writtenCount) return;
    try {
      await this.#write(series, count);
      series.writtenCount = count;
      series.writtenAt = this.#clock.monotonic();
      metrics.events.inc({ result: 'sent' });
    } catch (error) {
      metrics.events.inc({ result: 'failed' });
      log.debug({ err: error }, 'an event could not be sent');
    }
  }

  async #write(series: Series, count: number): Promise<void> {
    const { transport } = this.#options;
    const { namespace } = series;
    const { signal } = this.#givingUp;
    if (signal.aborted) throw new KubeError({ code: 'Aborted', message: 'given up at the end' });
    if (series.name !== undefined) {
      try {
        await transport.request({
          method: 'PATCH',
          path: pathOf(EVENTS, { namespace, name: series.name }),
          contentType: 'application/merge-patch+json',
          body: { series: this.#seriesBody(count) },
          timeoutMs,
          signal,
        });
        return;
      } catch (error) {
        // Events expire; the series goes on with a new one.
        if (!isKubeError(error, 'NotFound')) throw error;
      }
    }
    const name = `${series.namePrefix}.${randomBytes(8).toString('hex')}`;
    await createObject(transport, EVENTS, { namespace, body: series.create(name, count), timeoutMs, signal });
    series.name = name;
  }
}

/** Puts an entry last and drops the first ones beyond the bound. */
function touch<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= maxRemembered) return;
    map.delete(oldest);
  }
}

/** At most so many bytes of UTF-8, without half a character at the end. */
function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= maxBytes) return text;
  const ellipsis = '…';
  let end = maxBytes - Buffer.byteLength(ellipsis);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8') + ellipsis;
}

/** One watch: a request whose answer is a line of JSON per change. */
import { KubeError } from './errors.ts';
import { LineSplitter, LineTooLongError } from './lines.ts';
import { acceptMetadata } from './objects.ts';
import { pathOf } from './resources.ts';
import type { Clock, KubeObject, KubeStatus, Resource, Transport } from './types.ts';

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Nothing changed, and from here on one can watch again. */
  | { readonly type: 'BOOKMARK'; readonly object: KubeObject };

export interface WatchOptions {
  readonly transport: Transport;
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly metadataOnly: boolean;
  readonly resourceVersion: string;
  /** After which the server closes. */
  readonly timeoutSeconds: number;
  /** Silence after which the connection counts as dead. */
  readonly idleMs: number;
  readonly maxLineBytes: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once, when the server has accepted the watch. */
  readonly onOpen?: () => void;
}

/** The watch was given up because nothing came, not even a bookmark. */
export class WatchStalledError extends Error {
  override readonly name = 'WatchStalledError';
}

/**
 * Events until the server closes. Throws a `KubeError` when the connection breaks or the server says ERROR (410 is
 * `Gone`), with code `Malformed` when something comes that is not an event, and `WatchStalledError` after silence.
 */
export async function* watch<T extends KubeObject>(options: WatchOptions): AsyncGenerator<WatchEvent<T>[]> {
  const { transport, resource, namespace, clock, signal } = options;
  const path = pathOf(resource, { namespace });
  const watchdog = new Watchdog(clock, options.idleMs, signal);
  try {
    const { body } = await transport.stream({
      path,
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: options.resourceVersion,
        timeoutSeconds: options.timeoutSeconds,
        fieldSelector: options.fieldSelector,
        labelSelector: options.labelSelector,
      },
      signal: watchdog.signal,
      ...(options.metadataOnly && { accept: acceptMetadata('PartialObjectMetadata') }),
    });
    options.onOpen?.();
    const lines = new LineSplitter(options.maxLineBytes);
    for await (const chunk of body) {
      watchdog.feed();
      const events = lines.push(chunk).map((line) => parseEvent<T>(line, path));
      // What came before an ERROR in the same chunk still counts.
      const bad = events.findIndex((event) => event instanceof KubeError);
      const good = (bad === -1 ? events : events.slice(0, bad)) as WatchEvent<T>[];
      if (good.length > 0) yield good;
      const failure = events[bad];
      if (failure instanceof KubeError) throw failure;
    }
    if (lines.pendingBytes > 0) throw malformed(path, 'it ended in the middle of an event');
  } catch (error) {
    if (watchdog.hasBitten) throw new WatchStalledError(`WATCH ${path}: nothing came for ${options.idleMs} ms`);
    if (error instanceof LineTooLongError) throw malformed(path, error.message);
    throw error;
  } finally {
    watchdog.stop();
  }
}

function parseEvent<T extends KubeObject>(line: string, path: string): WatchEvent<T> | KubeError {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return malformed(path, 'a line that is not JSON');
  }
  if (typeof event !== 'object' || event === null || !('type' in event) || !('object' in event)) {
    return malformed(path, 'a line that is not an event');
  }
  const { type, object } = event;
  if (type === 'ERROR') {
    const status = (object ?? {}) as KubeStatus;
    return KubeError.fromStatus(status.code ?? 500, status, `WATCH ${path}`);
  }
  const isKnown = type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK';
  if (!isKnown || !hasVersion(object)) return malformed(path, 'an event of no known shape');
  return { type, object } as WatchEvent<T>;
}

function hasVersion(object: unknown): object is KubeObject {
  const { metadata } = (object ?? {}) as Partial<KubeObject>;
  return typeof metadata?.resourceVersion === 'string' && metadata.resourceVersion !== '';
}

/** The line is not quoted: it may hold a Secret. */
function malformed(path: string, what: string): KubeError {
  return new KubeError({ code: 'Malformed', message: `WATCH ${path}: ${what}` });
}

/** Aborts its signal after silence, or with another signal. */
class Watchdog {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #outer: AbortSignal;
  readonly #onAbort = (): void => this.#controller.abort();
  #cancel: () => void;
  #fedAt: number;
  hasBitten = false;

  constructor(clock: Clock, idleMs: number, outer: AbortSignal) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#outer = outer;
    this.#fedAt = clock.monotonic();
    if (outer.aborted) this.#onAbort();
    outer.addEventListener('abort', this.#onAbort, { once: true });
    this.#cancel = clock.schedule(idleMs, () => this.#look());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  feed(): void {
    this.#fedAt = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancel();
    this.#outer.removeEventListener('abort', this.#onAbort);
  }

  /** One timer per silence, not one per chunk. */
  #look(): void {
    const rest = this.#fedAt + this.#idleMs - this.#clock.monotonic();
    if (rest > 0) {
      this.#cancel = this.#clock.schedule(rest, () => this.#look());
      return;
    }
    this.hasBitten = true;
    this.#controller.abort();
  }
}

/** HTTP to one API server: pooled connections, fresh credentials, bounded retries, and one kind of error. */
import type { Dispatcher } from 'undici';
import { parseJson, readBody } from './body.ts';
import { sleep, systemClock, untilAborted } from './clock.ts';
import { Connections } from './connections.ts';
import type { ConnectionPair } from './connections.ts';
import { Deadline } from './deadline.ts';
import { KubeError } from './errors.ts';
import type { KubeMetrics } from './metrics.ts';
import { codeOf, isTlsFailure } from './network-errors.ts';
import { parseRetryAfter, waitBeforeRetry } from './retry.ts';
import type {
  ClusterCredentials,
  Clock,
  KubeRequest,
  KubeResponse,
  KubeStatus,
  Query,
  Random,
  StreamRequest,
  StreamResponse,
  Transport,
} from './types.ts';

export interface TransportOptions {
  readonly credentials: ClusterCredentials;
  readonly metrics: KubeMetrics;
  /** Such as `tidegate-proxy/0.1.0`. */
  readonly userAgent: string;
  /** How long CA and client certificate are used before they are read again. Default 60 s. */
  readonly recheckMs?: number;
  /** Calls open at the same time, watches not counted; further ones wait. Default 32. */
  readonly maxCalls?: number;
  /** Default 10 s. */
  readonly connectTimeoutMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Connects at the first request. */
export function createTransport(options: TransportOptions): HttpTransport {
  return new HttpTransport(options);
}

const defaultTimeoutMs = 30_000;
const defaultMaxResponseBytes = 64 * 1024 * 1024;
const maxErrorBytes = 1024 * 1024;
const defaultRetries = 4;
interface Outgoing extends Pick<
  KubeRequest,
  'method' | 'path' | 'query' | 'accept' | 'contentType' | 'signal' | 'timeoutMs'
> {
  readonly payload?: string;
  readonly kind: 'calls' | 'streams';
}

interface Incoming {
  readonly response: Dispatcher.ResponseData;
  readonly what: string;
}

export class HttpTransport implements Transport, AsyncDisposable {
  /** Host and port, as in metrics. */
  readonly host: string;
  readonly #options: TransportOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #connections: Connections;
  readonly #closing = new AbortController();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#connections = new Connections({
      credentials: options.credentials,
      clock: this.#clock,
      recheckMs: options.recheckMs ?? 60_000,
      maxCalls: options.maxCalls ?? 32,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    });
    this.host = new URL(this.#connections.origin).host;
  }

  async request<T = unknown>(request: KubeRequest): Promise<KubeResponse<T>> {
    const { timeoutMs = defaultTimeoutMs, retries = defaultRetries } = request;
    const deadline = new Deadline(this.#clock, timeoutMs, [request.signal]);
    const endsAt = this.#clock.monotonic() + timeoutMs;
    try {
      for (let left = retries; ; left -= 1) {
        try {
          return await this.#call<T>(request, deadline);
        } catch (error) {
          const waitMs =
            left > 0 && error instanceof KubeError ? waitBeforeRetry(request, error, this.#random) : undefined;
          if (waitMs === undefined || this.#clock.monotonic() + waitMs >= endsAt) throw error;
          await sleep(this.#clock, waitMs, deadline.signal);
          if (deadline.reason !== undefined) throw error;
        }
      }
    } finally {
      deadline.release();
    }
  }

  async stream(request: StreamRequest): Promise<StreamResponse> {
    const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
    const deadline = new Deadline(this.#clock, timeoutMs, [request.signal, this.#closing.signal]);
    try {
      const { response, what } = await this.#send({ ...request, method: 'GET', kind: 'streams' }, deadline);
      if (response.statusCode >= 400) throw await this.#failure(response, what, deadline);
      deadline.lift();
      const body = this.#streamBody(response.body, what, deadline);
      return { status: response.statusCode, headers: response.headers, body };
    } catch (error) {
      deadline.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connections.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #call<T>(request: KubeRequest, deadline: Deadline): Promise<KubeResponse<T>> {
    const { body: object, ...rest } = request;
    const outgoing: Outgoing = {
      ...rest,
      kind: 'calls',
      ...(object !== undefined && { payload: JSON.stringify(object) }),
    };
    const { response, what } = await this.#send(outgoing, deadline);
    if (response.statusCode >= 400) throw await this.#failure(response, what, deadline);
    const bytes = await this.#read(response, request.maxResponseBytes ?? defaultMaxResponseBytes, what, deadline);
    return { status: response.statusCode, headers: response.headers, body: parseJson(bytes, what) as T };
  }

  /** Sends once; once more with fresh credentials after a 401, and with fresh TLS material after a failed handshake. */
  async #send(outgoing: Outgoing, deadline: Deadline): Promise<Incoming> {
    const what = `${outgoing.method ?? 'GET'} ${outgoing.path}`;
    let refreshed = false;
    let rechecked = false;
    for (;;) {
      let response: Dispatcher.ResponseData;
      let pair: ConnectionPair | undefined;
      try {
        // A plugin that hangs must not outlive the call.
        const credentials = this.#options.credentials.headers({ refresh: refreshed });
        const headers = await untilAborted(credentials, deadline.signal);
        pair = await untilAborted(this.#connections.get(), deadline.signal);
        response = await this.#dispatch(pair, outgoing, headers, deadline.signal);
      } catch (error) {
        if (error instanceof KubeError) throw error;
        this.#count(outgoing, '<error>');
        if (deadline.reason !== undefined) throw this.#ended(what, deadline.reason);
        if (!rechecked && isTlsFailure(error)) {
          rechecked = true;
          if ((await this.#connections.recheck()) !== pair) continue;
        }
        throw this.#unreachable(what, error);
      }
      this.#count(outgoing, String(response.statusCode));
      // Errors that come while nobody reads must not end the process; readers see them all the same.
      response.body.on('error', () => {});
      if (response.statusCode !== 401 || refreshed) return { response, what };
      refreshed = true;
      await response.body.dump({ limit: maxErrorBytes }).catch(() => {});
      await this.#connections.recheck();
    }
  }

  #dispatch(
    pair: ConnectionPair,
    outgoing: Outgoing,
    credentials: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    if (this.#closing.signal.aborted) throw new KubeError({ code: 'Aborted', message: 'the transport is closed' });
    return pair[outgoing.kind].request({
      method: outgoing.method ?? 'GET',
      path: `${this.#connections.basePath}${outgoing.path}${queryOf(outgoing.query)}`,
      headers: {
        ...credentials,
        accept: outgoing.accept ?? 'application/json',
        'user-agent': this.#options.userAgent,
        ...(outgoing.payload !== undefined && { 'content-type': outgoing.contentType ?? 'application/json' }),
      },
      signal,
      ...(outgoing.payload !== undefined && { body: outgoing.payload }),
    });
  }

  async #read(response: Dispatcher.ResponseData, maxBytes: number, what: string, deadline: Deadline): Promise<Buffer> {
    try {
      return await readBody(response.body, maxBytes, what);
    } catch (error) {
      response.body.destroy();
      if (error instanceof KubeError) throw error;
      throw this.#broken(what, deadline, error);
    }
  }

  async #failure(response: Dispatcher.ResponseData, what: string, deadline: Deadline): Promise<KubeError> {
    let object: KubeStatus | undefined;
    const bytes = await this.#read(response, maxErrorBytes, what, deadline);
    try {
      object = asStatus(parseJson(bytes, what));
    } catch {
      // A load balancer's page, for example: the status code says enough.
    }
    const retryAfter = parseRetryAfter(response.headers['retry-after'], this.#clock.now());
    return KubeError.fromStatus(response.statusCode, object, what, retryAfter);
  }

  async *#streamBody(
    body: Dispatcher.ResponseData['body'],
    what: string,
    deadline: Deadline,
  ): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body) yield chunk as Uint8Array;
      if (deadline.reason !== undefined) throw this.#ended(what, deadline.reason);
    } catch (error) {
      if (error instanceof KubeError) throw error;
      throw this.#broken(what, deadline, error);
    } finally {
      deadline.release();
      body.destroy();
    }
  }

  #broken(what: string, { reason }: Deadline, cause: unknown): KubeError {
    return reason === undefined ? this.#unreachable(what, cause) : this.#ended(what, reason);
  }

  #ended(what: string, why: 'Timeout' | 'Aborted'): KubeError {
    const text = why === 'Timeout' ? 'no answer in time' : 'given up by the caller';
    return new KubeError({ code: why, message: `${what}: ${text}` });
  }

  #unreachable(what: string, cause: unknown): KubeError {
    const detail = codeOf(cause) ?? 'the connection failed';
    const message = `${what}: can't reach the API server at ${this.host}: ${detail}`;
    return new KubeError({ code: 'Unreachable', message, cause });
  }

  #count({ method = 'GET' }: Outgoing, code: string): void {
    this.#options.metrics.requests.inc({ code, method, host: this.host });
  }
}

function queryOf(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

function asStatus(value: unknown): KubeStatus | undefined {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status'
    ? (value as KubeStatus)
    : undefined;
}

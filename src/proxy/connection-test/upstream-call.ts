/**
 * The one call of a connection test: sent as any other call of its provider, answered into memory. It ends by itself, for
 * there is a time for the whole of it.
 */
import type { Dispatcher } from 'undici';
import type { ConnectionTestAnswer, ConnectionTestCall, Meter, SigningCredentials } from '../../providers/wire.ts';
import { decodingFor } from '../../usage/decoding.ts';
import type { Decoding } from '../../usage/decoding.ts';
import type { MeteredUsage } from '../../usage/record.ts';
import { sha256Of } from '../held-body.ts';
import type { ProviderState } from '../providers.ts';
import { without } from '../request-head.ts';
import { ResponseHead } from '../response-head.ts';
import type { ResponseHeaders } from '../response-head.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** Bytes of an answer that are looked at, decoded. */
const ANSWER_BYTES = 64 * 1024;
/** Bytes of an answer that are read at most: a list of models may be long, and its end shows that it is whole. */
const READ_BYTES = 4 * 1024 * 1024;

/** A call as it is to be sent. */
export interface UpstreamCallOptions {
  readonly provider: ProviderState;
  readonly upstream: Upstream;
  readonly call: ConnectionTestCall;
  /** The upstream is the provider's own, and not another host that only gets a signature. */
  readonly isOwnHost: boolean;
  /** The client's own credential for the provider, names and values in turn. */
  readonly passed: readonly string[];
  readonly signing: SigningCredentials | undefined;
  readonly timeoutMilliseconds: number;
}

/** The time for the whole call is over. */
export class TestTimeout extends Error {
  readonly code = 'TIDEGATE_TEST_TIMEOUT';

  constructor(seconds: number) {
    super(`no whole answer within ${seconds} seconds`);
    this.name = 'TestTimeout';
  }
}

/** What became of the call. */
export type UpstreamOutcome =
  | { readonly kind: 'Answered'; readonly answer: ConnectionTestAnswer }
  | { readonly kind: 'Failed'; readonly error: unknown };

export class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly #options: UpstreamCallOptions;
  readonly #done = Promise.withResolvers<UpstreamOutcome>();
  readonly #parts: Buffer[] = [];
  #kept = 0;
  #read = 0;
  #timer: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #response: ResponseHead | undefined;
  #meter: Meter | undefined;
  #decoding: Decoding | undefined;
  #isWhole = false;
  #isOver = false;
  /** The request has been written, or begun to be: whoever bills may bill it. */
  wasSent = false;
  /** Monotonic milliseconds; 0: not yet. */
  sentAt = 0;
  firstByteAt = 0;
  endedAt = 0;
  /** Of the answer; nothing of it goes to the client as it is. */
  readonly responseBytes = 0;
  readonly streamed = false;
  readonly counted = undefined;

  constructor(options: UpstreamCallOptions) {
    this.#options = options;
  }

  /** Sends it. Never rejects. Call once. */
  async run(): Promise<UpstreamOutcome> {
    const { timeoutMilliseconds } = this.#options;
    this.#timer = setTimeout(() => this.abort(new TestTimeout(timeoutMilliseconds / 1000)), timeoutMilliseconds);
    this.sentAt = performance.now();
    try {
      this.#options.upstream.dispatch(this.#request(), this);
    } catch (error) {
      this.#end({ kind: 'Failed', error });
    }
    return this.#done.promise;
  }

  /** What the answer, so far as it has come, consumed. Call once, after {@link UpstreamCall.run}. */
  usage(how: 'Complete' | 'UpstreamFailed'): MeteredUsage | Promise<MeteredUsage> {
    if (this.#meter !== undefined) return this.#meter.finish(how);
    const { operation } = this.#options.call;
    if (!operation.metered || this.#response !== undefined) return { kind: 'NotMetered' };
    return { kind: 'Missing', reason: 'upstream_failed' };
  }

  /** Ends it for a reason of the gateway's own. */
  abort(error: Error): void {
    if (this.#isOver) return;
    this.#end({ kind: 'Failed', error });
    this.#controller?.abort(error);
  }

  #request(): Dispatcher.DispatchOptions & { headers: string[] } {
    const { provider, upstream, call, isOwnHost, passed, signing } = this.#options;
    const body = call.body === undefined ? null : Buffer.from(call.body);
    // Static headers and keys are for the provider's own hosts.
    const own = call.headers.flat();
    const headers = isOwnHost ? provider.withOwnHeaders(own, call.operation.api) : own;
    headers.push(...passed, 'accept-encoding', 'identity', 'user-agent', 'tidegate');
    if (body !== null) headers.push('content-length', String(body.length));
    const path = pathOf(call);
    const options = { path, method: call.method, headers, body, headersTimeout: 0, bodyTimeout: 0 };
    if (signing === undefined) return options;
    const signature =
      provider.wire.sign?.(
        provider.entry,
        {
          method: call.method,
          host: new URL(upstream.origin).host,
          path,
          headers,
          bodySHA256: sha256Of(body === null ? [] : [body]),
        },
        signing,
        new Date(),
      ) ?? [];
    const names = signature.map(([name]) => name.toLowerCase());
    return { ...options, headers: [...without(headers, names), ...signature.flat()] };
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('the test is over'));
    else this.wasSent = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status < 200 || this.#isOver) return;
    const { provider, call } = this.#options;
    const response = new ResponseHead(status, headers);
    this.#response = response;
    this.#meter = provider.wire.meter(call.operation, response);
    this.#decoding = decodingFor(response.header('content-encoding'), (chunk) => this.#keep(chunk));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver || this.#isWhole) return;
    if (this.firstByteAt === 0) this.firstByteAt = performance.now();
    this.#meter?.push(chunk);
    this.#decoding?.push(chunk);
    this.#read += chunk.length;
    if (this.#read > READ_BYTES) this.#takeEnd();
  }

  onResponseEnd(): void {
    if (!this.#isOver && !this.#isWhole) this.#takeEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#end({ kind: 'Failed', error });
  }

  #takeEnd(): void {
    this.#isWhole = true;
    const response = this.#response;
    const decoded = this.#decoding?.end();
    const answered = (): void => {
      const body = Buffer.concat(this.#parts).toString('utf8');
      const header = (name: string): string | undefined => response?.header(name);
      this.#end({ kind: 'Answered', answer: { status: response?.status ?? 0, header, body } });
      if (this.#read > READ_BYTES) this.#controller?.abort(new Error('the test is over'));
    };
    if (decoded === undefined) answered();
    else void decoded.then(answered);
  }

  #keep(chunk: Buffer): void {
    const part = chunk.subarray(0, ANSWER_BYTES - this.#kept);
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#kept += part.length;
  }

  #end(outcome: UpstreamOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.endedAt = performance.now();
    clearTimeout(this.#timer);
    this.#done.resolve(outcome);
  }
}

/** Path and query as the wire wrote them: `URL` would change their encoding. */
export function pathOf({ url }: ConnectionTestCall): string {
  const path = url.replace(/^[a-z]+:\/\/[^/?]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

/** One POST of the gateway's own, answered into memory. */
import type { Dispatcher } from 'undici';
import { ResponseHead } from '../../response-head.ts';
import type { ResponseHeaders } from '../../response-head.ts';
import type { Upstream } from '../../upstream/upstream.ts';

/** Bytes of an answer at most. */
const MAX_BYTES = 1024 * 1024;

export interface PostRequest {
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export interface PostAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** Undefined: it is too long, or encoded. */
  readonly body: string | undefined;
}

/** Sends a request. Rejects with what broke the connection, or with the signal's reason. */
export function post(upstream: Upstream, request: PostRequest, signal: AbortSignal): Promise<PostAnswer> {
  return new Post(signal).send(upstream, request);
}

class Post implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #done = Promise.withResolvers<PostAnswer>();
  readonly #parts: Buffer[] = [];
  readonly #abort = (): void => this.#give(this.#signal.reason as Error);
  #length = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #head: ResponseHead | undefined;
  #isOver = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  send(upstream: Upstream, { path, headers, body }: PostRequest): Promise<PostAnswer> {
    this.#signal.throwIfAborted();
    this.#signal.addEventListener('abort', this.#abort, { once: true });
    const own = ['content-type', 'application/json', 'accept', 'application/json', 'accept-encoding', 'identity'];
    const all = [...headers, ...own, 'user-agent', 'tidegate', 'content-length', String(body.length)];
    try {
      upstream.dispatch({ path, method: 'POST', headers: all, body, headersTimeout: 0, bodyTimeout: 0 }, this);
    } catch (error) {
      this.#give(error as Error);
    }
    return this.#done.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('nobody waits for the answer'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status >= 200) this.#head = new ResponseHead(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    this.#length += chunk.length;
    if (this.#length > MAX_BYTES) this.#answer(undefined);
    else this.#parts.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.#isOver) this.#answer(this.#head?.isEncoded === true ? undefined : Buffer.concat(this.#parts).toString());
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#give(error);
  }

  #answer(body: string | undefined): void {
    const head = this.#head;
    this.#end();
    this.#done.resolve({ status: head?.status ?? 0, header: (name) => head?.header(name), body });
    if (this.#length > MAX_BYTES) this.#controller?.abort(new Error('the answer is too long'));
  }

  #give(error: Error): void {
    if (this.#isOver) return;
    this.#end();
    this.#done.reject(error);
    this.#controller?.abort(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#signal.removeEventListener('abort', this.#abort);
  }
}

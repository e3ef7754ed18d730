/** An exchange over HTTP/1.1, on `node:http`. Listeners are shared functions: nothing is bound or closed over per request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, ExchangeListener } from './exchange.ts';

/** How long the rest of a body that nobody wants is read, so that the client gets to see the answer instead of a reset. */
const LINGER_MILLISECONDS = 10_000;

const kExchange = Symbol('exchange');

interface Linked {
  [kExchange]: HTTP1Exchange;
}

function onData(this: unknown, chunk: Buffer): void {
  (this as Linked)[kExchange].listener?.onBodyChunk(chunk);
}

function onEnd(this: unknown): void {
  (this as Linked)[kExchange].listener?.onBodyEnd();
}

function onDrain(this: unknown): void {
  (this as Linked)[kExchange].listener?.onWritable();
}

function onClose(this: unknown): void {
  (this as Linked)[kExchange].closed();
}

/** Write errors are followed by `close`, which tells the listener. */
function onError(): void {
  /* see above */
}

export class HTTP1Exchange implements Exchange {
  readonly protocol = 'HTTP/1.1';
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly hasBody: boolean;
  listener: ExchangeListener | undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #expectsContinue: boolean;
  /** The head is written, but not sent: a chunk of the same tick takes it along. */
  #headWaits = false;

  constructor(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) {
    this.#request = request;
    this.#response = response;
    this.#expectsContinue = expectsContinue;
    this.method = request.method ?? '';
    this.target = request.url ?? '';
    this.rawHeaders = request.rawHeaders;
    this.hasBody = announcesBody(request.rawHeaders);
    (request as unknown as Linked)[kExchange] = this;
    (response as unknown as Linked)[kExchange] = this;
  }

  attach(listener: ExchangeListener): void {
    this.listener = listener;
    this.#response.on('close', onClose);
    this.#response.on('drain', onDrain);
    this.#response.on('error', onError);
  }

  receive(): void {
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      this.#response.writeContinue();
    }
    this.#request.on('data', onData);
    this.#request.on('end', onEnd);
    this.#request.on('error', onError);
  }

  pause(): void {
    this.#request.pause();
  }

  resume(): void {
    this.#request.resume();
  }

  discard(): void {
    this.#request.off('data', onData);
    this.#request.off('end', onEnd);
    this.#request.resume();
  }

  head(status: number, headers: string[]): void {
    // RFC 9110 §10.1.1: a client that was never told to continue may send its body or not, so the connection can't be kept.
    if (this.#expectsContinue) this.#response.shouldKeepAlive = false;
    this.#response.writeHead(status, headers);
  }

  flushHead(): void {
    this.#headWaits = true;
    process.nextTick(flush, this);
  }

  write(chunk: Buffer): boolean {
    this.#headWaits = false;
    return this.#response.write(chunk);
  }

  end(chunk?: Buffer): void {
    this.#headWaits = false;
    if (chunk === undefined) this.#response.end();
    else this.#response.end(chunk);
    if (this.hasBody && !this.#request.complete && !this.#expectsContinue) this.#linger();
  }

  endAndClose(chunk?: Buffer): void {
    this.#headWaits = false;
    const { socket } = this.#response;
    this.#response.end(chunk, () => socket?.destroySoon());
  }

  abort(): void {
    this.#response.destroy();
  }

  closeAfter(): void {
    this.#response.shouldKeepAlive = false;
  }

  /** @internal For {@link flush}. */
  flushWaitingHead(): void {
    if (!this.#headWaits) return;
    this.#headWaits = false;
    this.#response.flushHeaders();
  }

  /** @internal For the shared listeners. */
  closed(): void {
    const { listener } = this;
    this.listener = undefined;
    if (this.#response.writableFinished) listener?.onSent();
    else listener?.onHangUp();
  }

  #linger(): void {
    const request = this.#request;
    this.discard();
    const timer = setTimeout(() => request.socket.destroy(), LINGER_MILLISECONDS);
    timer.unref();
    request.once('close', () => clearTimeout(timer));
    request.once('end', () => clearTimeout(timer));
  }
}

function flush(exchange: HTTP1Exchange): void {
  exchange.flushWaitingHead();
}

function announcesBody(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === 14 && name.toLowerCase() === 'content-length') return rawHeaders[i + 1] !== '0';
    if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true;
  }
  return false;
}

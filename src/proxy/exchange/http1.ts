/** An exchange over HTTP/1.1, on `node:http`. Listeners are shared functions: nothing is bound or closed over per request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClientCertificate } from '../../identity/types.ts';
import type { Exchange, ExchangeListener } from './exchange.ts';
import type { HTTP1Connection } from './http1-connection.ts';
import { UnsentMark } from './unsent.ts';
import type { UnsentAnswer } from './unsent.ts';

/** How long the rest of a body that nobody wants is read, so that the client gets to see the answer instead of a reset. */
const LINGER_MILLISECONDS = 10_000;

/**
 * Chunks up to this are copied into one buffer with their frame: one small copy costs less than the four writes, gathered
 * into one, that node:http makes of each chunk. Larger ones are never copied.
 */
const COPIED_BYTES = 4096;

const CRLF = Buffer.from('\r\n', 'latin1');
const LAST_CHUNK = Buffer.from('0\r\n\r\n', 'latin1');

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

function tellClosed(exchange: HTTP1Exchange): void {
  exchange.closed();
}

const NO_HEADERS: readonly string[] = [];

export class HTTP1Exchange implements Exchange, UnsentAnswer {
  readonly protocol = 'HTTP/1.1';
  readonly webSocket = false;
  readonly method: string;
  readonly target: string;
  rawHeaders: readonly string[];
  readonly hasBody: boolean;
  listener: ExchangeListener | undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #connection: HTTP1Connection;
  readonly unsent = new UnsentMark();
  #expectsContinue: boolean;
  /** The client counts as gone though its socket is open: nothing is written to it any more. */
  #isLost = false;
  /** The head is written, but not sent: a chunk of the same tick takes it along. */
  #headWaits = false;
  /** The body goes out in chunks (RFC 9112 §7.1) that are framed here. */
  #chunked = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
    connection: HTTP1Connection,
  ) {
    this.#request = request;
    this.#response = response;
    this.#connection = connection;
    this.#expectsContinue = expectsContinue;
    this.method = request.method ?? '';
    this.target = request.url ?? '';
    this.rawHeaders = request.rawHeaders;
    this.hasBody = announcesBody(request.rawHeaders);
    (request as unknown as Linked)[kExchange] = this;
    (response as unknown as Linked)[kExchange] = this;
  }

  get clientCertificate(): ClientCertificate | undefined {
    return this.#connection.clientCertificate;
  }

  get certificateProblem(): string | undefined {
    return this.#connection.certificateProblem;
  }

  attach(listener: ExchangeListener): void {
    this.listener = listener;
    this.#connection.open += 1;
    this.#connection.latest = this;
    this.#connection.exchanges.add(this);
    this.#response.on('close', onClose);
    this.#response.on('drain', onDrain);
    this.#response.on('error', onError);
  }

  receive(): void {
    if (this.#isLost) return;
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
    if (this.#isLost) return;
    // RFC 9110 §10.1.1: a client that was never told to continue may send its body or not, so the connection can't be kept.
    if (this.#expectsContinue || this.#connection.isOutdated) this.#response.shouldKeepAlive = false;
    const response = this.#response;
    response.writeHead(status, headers);
    // A stream may be open for an hour, and nobody asks any more.
    this.rawHeaders = NO_HEADERS;
    this.#request.rawHeaders = [];
    this.#request.headers = {};
    if (response.chunkedEncoding && this.method !== 'HEAD') {
      response.chunkedEncoding = false;
      this.#chunked = true;
    }
  }

  flushHead(): void {
    if (this.#isLost) return;
    this.#headWaits = true;
    process.nextTick(flush, this);
  }

  write(chunk: Buffer): boolean {
    if (this.#isLost) return true;
    this.#headWaits = false;
    if (!this.#chunked) return this.#response.write(chunk);
    if (chunk.length <= COPIED_BYTES) return chunk.length === 0 || this.#response.write(framed(chunk));
    this.#response.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    this.#response.write(chunk);
    return this.#response.write(CRLF);
  }

  end(chunk?: Buffer): void {
    if (this.#isLost) return;
    if (this.listener !== undefined) this.#connection.unsent.add(this);
    const last = this.#last(chunk);
    if (last === undefined) this.#response.end();
    else this.#response.end(last);
    if (this.hasBody && !this.#request.complete && !this.#expectsContinue) this.#linger();
  }

  endAndClose(chunk?: Buffer): void {
    if (this.#isLost) return;
    if (this.listener !== undefined) this.#connection.unsent.add(this);
    const { socket } = this.#response;
    this.#response.end(this.#last(chunk), () => socket?.destroySoon());
  }

  abort(): void {
    this.#response.destroy();
  }

  closeAfter(): void {
    this.#response.shouldKeepAlive = false;
  }

  get unsentBytes(): number | undefined {
    return this.#response.socket === null ? undefined : this.#response.writableLength;
  }

  /** @internal For {@link HTTP1Connection}. */
  get awaitsBody(): boolean {
    return !this.#request.complete && !this.#response.headersSent;
  }

  /** @internal For {@link HTTP1Connection}. */
  lose(): void {
    this.#isLost = true;
    process.nextTick(tellClosed, this);
  }

  /** @internal For {@link flush}. */
  flushWaitingHead(): void {
    if (!this.#headWaits) return;
    this.#headWaits = false;
    this.#response.flushHeaders();
  }

  /** @internal For the shared listeners and {@link HTTP1Connection}. */
  closed(): void {
    const { listener } = this;
    if (listener === undefined) return;
    this.listener = undefined;
    const connection = this.#connection;
    connection.open -= 1;
    if (connection.latest === this) connection.latest = undefined;
    connection.exchanges.delete(this);
    connection.unsent.delete(this);
    if (this.#response.writableFinished) listener.onSent();
    else listener.onHangUp();
  }

  /** What is still to be sent after `chunk`, the last one, came. */
  #last(chunk: Buffer | undefined): Buffer | undefined {
    if (!this.#chunked) {
      this.#headWaits = false;
      return chunk;
    }
    if (chunk !== undefined) this.write(chunk);
    this.#headWaits = false;
    return LAST_CHUNK;
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

/** `chunk` with its size before it and a line end after it. */
function framed(chunk: Buffer): Buffer {
  const { length } = chunk;
  const digits = length < 0x10 ? 1 : length < 0x100 ? 2 : length < 0x1000 ? 3 : 4;
  const frame = Buffer.allocUnsafe(digits + length + 4);
  for (let i = digits - 1, rest = length; i >= 0; i -= 1, rest >>= 4) {
    const digit = rest & 0xf;
    frame[i] = digit < 10 ? 0x30 + digit : 0x57 + digit;
  }
  frame[digits] = 0x0d;
  frame[digits + 1] = 0x0a;
  frame.set(chunk, digits + 2);
  frame[digits + 2 + length] = 0x0d;
  frame[digits + 3 + length] = 0x0a;
  return frame;
}

function announcesBody(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === 14 && name.toLowerCase() === 'content-length') return rawHeaders[i + 1] !== '0';
    if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true;
  }
  return false;
}

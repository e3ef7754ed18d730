/**
 * An exchange over HTTP/1.1 whose request is a WebSocket handshake (RFC 6455 §4.1). node:http lets go of the socket, so
 * that the answer is written here: a refusal as one HTTP answer that ends the connection, or the head of a 101, after
 * which both bodies are the bytes of the WebSocket.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES, validateHeaderName, validateHeaderValue } from '../../node-http.ts';
import type { ClientCertificate } from '../../identity/types.ts';
import type { Exchange, ExchangeListener } from './exchange.ts';
import type { HTTP1Connection } from './http1-connection.ts';

/** How long a client may take to take the rest of what it is sent, and to close its end. */
const CLOSING_MILLISECONDS = 10_000;

/** Bytes that a client may send before it has an answer, which no WebSocket client does (RFC 6455 §4.1). */
const EARLY_BYTES = 64 * 1024;

const NO_HEADERS: readonly string[] = [];

/** Whether a request asks for a WebSocket in the one form that is served: GET, HTTP/1.1, without a body. */
export function asksForWebSocket({ method, httpVersion, rawHeaders }: IncomingMessage): boolean {
  let asks = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (name === 'upgrade') asks ||= rawHeaders[i + 1]?.toLowerCase() === 'websocket';
    else if (name === 'content-length' || name === 'transfer-encoding') return false;
  }
  return asks && method === 'GET' && httpVersion === '1.1';
}

export class HTTP1UpgradeExchange implements Exchange {
  readonly protocol = 'HTTP/1.1';
  readonly webSocket = true;
  readonly method: string;
  readonly target: string;
  rawHeaders: readonly string[];
  readonly hasBody = false;
  #listener: ExchangeListener | undefined;
  readonly #socket: Duplex;
  readonly #connection: HTTP1Connection;
  /** What came before there is an answer; undefined from {@link HTTP1UpgradeExchange.receive} on. */
  #early: Buffer[] | undefined = [];
  #earlyBytes = 0;
  /** What the client still sends is thrown away. */
  #isUnwanted = false;
  #closing: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, socket: Duplex, early: Buffer, connection: HTTP1Connection) {
    this.method = request.method ?? '';
    this.target = request.url ?? '';
    this.rawHeaders = request.rawHeaders;
    this.#socket = socket;
    this.#connection = connection;
    if (early.length > 0) socket.unshift(early);
    socket.on('error', () => socket.destroy());
  }

  get clientCertificate(): ClientCertificate | undefined {
    return this.#connection.clientCertificate;
  }

  get certificateProblem(): string | undefined {
    return this.#connection.certificateProblem;
  }

  attach(listener: ExchangeListener): void {
    const socket = this.#socket;
    this.#listener = listener;
    this.#connection.open += 1;
    socket.on('close', () => this.#closed());
    socket.on('drain', () => this.#listener?.onWritable());
    socket.on('end', () => this.#ended());
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    // It may have been closed before it came here.
    if (socket.destroyed) process.nextTick(() => this.#closed());
  }

  receive(): void {
    const early = this.#early ?? [];
    const socket = this.#socket;
    this.#early = undefined;
    socket.pause();
    if (early.length > 0) socket.unshift(Buffer.concat(early));
    socket.resume();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  discard(): void {
    this.#isUnwanted = true;
    this.#early = undefined;
    this.#socket.resume();
  }

  head(status: number, headers: string[]): void {
    this.rawHeaders = NO_HEADERS;
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    for (let i = 0; i < headers.length; i += 2) {
      text += headerLine(headers[i] ?? '', headers[i + 1] ?? '');
    }
    // The end of any other answer is the end of the connection (RFC 9112 §6.3).
    text += status === 101 ? 'connection: upgrade\r\nupgrade: websocket\r\n\r\n' : 'connection: close\r\n\r\n';
    this.#write(Buffer.from(text, 'latin1'));
  }

  /** Heads of handshakes are sent at once. */
  flushHead(): void {
    /* see above */
  }

  write(chunk: Buffer): boolean {
    return this.#write(chunk);
  }

  end(chunk?: Buffer): void {
    const socket = this.#socket;
    if (socket.destroyed || this.#closing !== undefined) return;
    // Closed with unread bytes, the socket would be reset and the answer lost.
    this.discard();
    socket.end(chunk);
    this.#closing = setTimeout(() => socket.destroy(), CLOSING_MILLISECONDS);
    this.#closing.unref();
    if (socket.readableEnded) socket.once('finish', () => socket.destroy());
  }

  endAndClose(chunk?: Buffer): void {
    this.end(chunk);
  }

  abort(): void {
    this.#socket.destroy();
  }

  closeAfter(): void {
    /* The connection ends after every answer. */
  }

  #write(bytes: Buffer): boolean {
    return !this.#socket.writable || this.#socket.write(bytes);
  }

  #received(chunk: Buffer): void {
    const early = this.#early;
    if (this.#isUnwanted) return;
    if (early === undefined) this.#listener?.onBodyChunk(chunk);
    else {
      early.push(chunk);
      this.#earlyBytes += chunk.length;
      if (this.#earlyBytes > EARLY_BYTES) this.#socket.pause();
    }
  }

  /** The client has closed its end: it waits for no answer any more. */
  #ended(): void {
    if (this.#early === undefined && !this.#isUnwanted) this.#listener?.onBodyEnd();
    else if (this.#closing === undefined || this.#socket.writableFinished) this.#socket.destroy();
    else this.#socket.once('finish', () => this.#socket.destroy());
  }

  #closed(): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    this.#connection.open -= 1;
    clearTimeout(this.#closing);
    if (this.#socket.writableFinished) listener.onSent();
    else listener.onHangUp();
  }
}

/** @throws when the header cannot be sent. */
function headerLine(name: string, value: string): string {
  validateHeaderName(name);
  validateHeaderValue(name, value);
  return `${name}: ${value}\r\n`;
}

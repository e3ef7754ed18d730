/** An exchange over HTTP/2: one stream of a session, on `node:http2`. */
import { constants } from 'node:http2';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Exchange, ExchangeListener } from './exchange.ts';

const kExchange = Symbol('exchange');

interface Linked {
  [kExchange]: HTTP2Exchange;
}

function onData(this: unknown, chunk: Buffer): void {
  (this as Linked)[kExchange].listener?.onBodyChunk(chunk);
}

function onEnd(this: unknown): void {
  (this as Linked)[kExchange].bodyEnded();
}

function onDrain(this: unknown): void {
  (this as Linked)[kExchange].listener?.onWritable();
}

function onClose(this: unknown): void {
  (this as Linked)[kExchange].closed();
}

/** Stream errors are followed by `close`, which tells the listener. */
function onError(): void {
  /* see above */
}

/** Statuses whose answers have no body (RFC 9110 §6.4.1). */
const BODILESS = new Set([204, 205, 304]);

export class HTTP2Exchange implements Exchange {
  readonly protocol = 'HTTP/2';
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly hasBody: boolean;
  listener: ExchangeListener | undefined;
  readonly #stream: ServerHttp2Stream;
  #bodyEnded: boolean;
  #sent = false;
  #close = false;

  constructor(stream: ServerHttp2Stream, rawHeaders: readonly string[], endOfStream: boolean) {
    this.#stream = stream;
    this.#bodyEnded = endOfStream;
    this.hasBody = !endOfStream;
    const head = separate(rawHeaders);
    this.method = head.method;
    this.target = head.path;
    this.rawHeaders = head.headers;
    (stream as unknown as Linked)[kExchange] = this;
  }

  attach(listener: ExchangeListener): void {
    this.listener = listener;
    this.#stream.on('close', onClose);
    this.#stream.on('drain', onDrain);
    this.#stream.on('error', onError);
  }

  receive(): void {
    if (this.#stream.destroyed) return;
    if (hasExpectation(this.rawHeaders)) this.#stream.additionalHeaders({ ':status': 100 });
    this.#stream.on('data', onData);
    this.#stream.on('end', onEnd);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  discard(): void {
    this.#stream.off('data', onData);
    this.#stream.resume();
  }

  head(status: number, headers: string[]): void {
    if (this.#stream.destroyed) return;
    const fields: OutgoingHttpHeaders = { ':status': status };
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] ?? '').toLowerCase();
      const value = headers[i + 1] ?? '';
      const present = fields[name];
      if (present === undefined) fields[name] = value;
      else fields[name] = Array.isArray(present) ? [...present, value] : [String(present), value];
    }
    this.#stream.respond(fields, { endStream: this.method === 'HEAD' || BODILESS.has(status) });
  }

  flushHead(): void {
    // `head` has sent it.
  }

  write(chunk: Buffer): boolean {
    if (!this.#stream.writable) return true;
    return this.#stream.write(chunk);
  }

  end(chunk?: Buffer): void {
    if (this.#stream.destroyed) return;
    if (this.#stream.writable) {
      if (chunk === undefined) this.#stream.end();
      else this.#stream.end(chunk);
    }
    // RFC 9113 §8.1: a whole answer to an unfinished request is followed by RST_STREAM with NO_ERROR.
    if (!this.#bodyEnded) {
      this.discard();
      this.#stream.once('finish', () => this.#stream.close(constants.NGHTTP2_NO_ERROR));
    }
    if (this.#close) this.#stream.session?.close();
  }

  endAndClose(chunk?: Buffer): void {
    this.end(chunk);
  }

  abort(): void {
    if (!this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  closeAfter(): void {
    this.#close = true;
  }

  /** @internal For the shared listeners. */
  bodyEnded(): void {
    this.#bodyEnded = true;
    this.listener?.onBodyEnd();
  }

  /** @internal For the shared listeners. */
  closed(): void {
    const { listener } = this;
    if (this.#sent) return;
    this.#sent = true;
    this.listener = undefined;
    if (this.#stream.writableFinished && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR) listener?.onSent();
    else listener?.onHangUp();
  }
}

/** Pseudo-headers apart; `cookie` crumbs joined again (RFC 9113 §8.2.3). */
function separate(raw: readonly string[]): { method: string; path: string; headers: string[] } {
  let method = '';
  let path = '';
  let cookie: string | undefined;
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    if (name === ':method') method = value;
    else if (name === ':path') path = value;
    else if (name === 'cookie') cookie = cookie === undefined ? value : `${cookie}; ${value}`;
    else if (!name.startsWith(':')) headers.push(name, value);
  }
  if (cookie !== undefined) headers.push('cookie', cookie);
  return { method, path, headers };
}

function hasExpectation(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === 'expect') return headers[i + 1]?.toLowerCase() === '100-continue';
  }
  return false;
}

/** An exchange over HTTP/2: one stream of a session, on `node:http2`. */
import { constants } from 'node:http2';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { ClientCertificate } from '../../identity/types.ts';
import type { Exchange, ExchangeListener } from './exchange.ts';
import type { HTTP2Connection } from './http2-connection.ts';
import { UnsentMark } from './unsent.ts';
import type { UnsentAnswer } from './unsent.ts';

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

/** The stream closed before its answer had been ended. It tells so by `end` of the body at most: RST_STREAM(NO_ERROR). */
function onAborted(this: ServerHttp2Stream): void {
  process.nextTick(destroy, this);
}

function destroy(stream: ServerHttp2Stream): void {
  stream.destroy();
}

/** The answer is whole, and nobody wants the rest of the request. */
function onFinish(this: ServerHttp2Stream): void {
  this.close(constants.NGHTTP2_NO_ERROR);
}

function onFrameError(this: unknown): void {
  (this as Linked)[kExchange].broke();
}

/** Statuses whose answers have no body (RFC 9110 §6.4.1). */
const BODILESS = new Set([204, 205, 304]);

/** Headers that say how an HTTP/1.1 connection goes on; there are none over HTTP/2 (RFC 9113 §8.2.2). */
const CONNECTION_SPECIFIC = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

export class HTTP2Exchange implements Exchange, UnsentAnswer {
  readonly protocol = 'HTTP/2';
  readonly webSocket = false;
  readonly method: string;
  readonly target: string;
  rawHeaders: readonly string[];
  readonly hasBody: boolean;
  listener: ExchangeListener | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #connection: HTTP2Connection;
  readonly unsent = new UnsentMark();
  #bodyEnded: boolean;
  /** The pipeline has given the whole answer. */
  #isWhole = false;
  #close = false;

  constructor(
    stream: ServerHttp2Stream,
    rawHeaders: readonly string[],
    endOfStream: boolean,
    connection: HTTP2Connection,
  ) {
    this.#stream = stream;
    this.#connection = connection;
    this.#bodyEnded = endOfStream;
    this.hasBody = !endOfStream;
    const head = separate(rawHeaders);
    this.method = head.method;
    this.target = head.path;
    this.rawHeaders = head.headers;
    (stream as unknown as Linked)[kExchange] = this;
  }

  get clientCertificate(): ClientCertificate | undefined {
    return this.#connection.clientCertificate;
  }

  get certificateProblem(): string | undefined {
    return this.#connection.certificateProblem;
  }

  attach(listener: ExchangeListener): void {
    this.listener = listener;
    this.#connection.began();
    this.#stream.on('close', onClose);
    this.#stream.on('aborted', onAborted);
    this.#stream.on('frameError', onFrameError);
    this.#stream.on('drain', onDrain);
  }

  receive(): void {
    if (this.#isGone) return;
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
    if (this.#isGone) return;
    const isBodiless = BODILESS.has(status);
    // Without a prototype: `constructor` is a name like any other.
    const fields = Object.create(null) as OutgoingHttpHeaders;
    fields[':status'] = status;
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] ?? '').toLowerCase();
      if (CONNECTION_SPECIFIC.has(name)) continue;
      // RFC 9110 §8.6; clients take a length without a body for a broken answer.
      if (isBodiless && status !== 304 && name === 'content-length') continue;
      const value = headers[i + 1] ?? '';
      const present = fields[name];
      if (present === undefined) fields[name] = value;
      else if (Array.isArray(present)) present.push(value);
      else fields[name] = [String(present), value];
    }
    const endStream = isBodiless || this.method === 'HEAD';
    this.#stream.respond(fields, { endStream });
    this.rawHeaders = [];
    this.#isWhole = endStream;
  }

  flushHead(): void {
    // `head` has sent it.
  }

  write(chunk: Buffer): boolean {
    if (this.#isGone || !this.#stream.writable) return true;
    return this.#stream.write(chunk);
  }

  end(chunk?: Buffer): void {
    if (!this.#isGone) {
      const stream = this.#stream;
      this.#isWhole = true;
      if (this.listener !== undefined) this.#connection.unsent.add(this);
      if (stream.writable) {
        if (chunk === undefined) stream.end();
        else stream.end(chunk);
      }
      // RFC 9113 §8.1: a whole answer to an unfinished request is followed by RST_STREAM with NO_ERROR.
      if (!this.#bodyEnded) {
        this.discard();
        if (stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
        else stream.once('finish', onFinish);
      }
    }
    if (this.#close) this.#connection.session.close();
  }

  endAndClose(chunk?: Buffer): void {
    this.end(chunk);
  }

  abort(): void {
    // `close` would end the stream before it resets it, and the client would take what it has for the whole.
    this.#stream.destroy(new Error('the answer was cut'));
  }

  closeAfter(): void {
    this.#close = true;
  }

  /** @internal For the shared listeners. */
  bodyEnded(): void {
    // node ends the body of a stream that was reset, too.
    if (this.#isGone) return;
    this.#bodyEnded = true;
    this.listener?.onBodyEnd();
  }

  /** @internal For the shared listeners. */
  broke(): void {
    this.#isWhole = false;
  }

  /** @internal For the shared listeners. */
  closed(): void {
    const { listener } = this;
    if (listener === undefined) return;
    this.listener = undefined;
    this.#connection.unsent.delete(this);
    this.#connection.ended();
    const { writableFinished, rstCode } = this.#stream;
    // node closes a stream as soon as its last frame is among what is written to the socket: when many streams end at once,
    // before the writes have called back.
    const isWritten = writableFinished || !this.#connection.session.destroyed;
    if (this.#isWhole && isWritten && rstCode === constants.NGHTTP2_NO_ERROR) listener.onSent();
    else listener.onHangUp();
  }

  get unsentBytes(): number {
    return this.#stream.bufferSize;
  }

  /** Whether the stream takes nothing more: reset by the client, cut, or lost with its connection. */
  get #isGone(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }
}

/** Pseudo-headers apart, but for the authority, which is `host` in HTTP/1.1 (RFC 9113 §8.3.1); `cookie` crumbs joined again (RFC 9113 §8.2.3). */
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
    else if (name === ':authority') headers.push('host', value);
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

import type { ClientCertificate } from '../../identity/types.ts';

/**
 * `Exchange` is the seam that keeps the HTTP engine out of the pipeline: one request and its answer, whatever protocol
 * carried them. Nothing of `node:http` passes through it, so that another engine can take its place.
 */
export interface Exchange {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2';
  readonly method: string;
  /** The request target as sent: origin-form, absolute-form or `*`. Nothing is decoded. */
  readonly target: string;
  /** Names and values in turn, as sent. HTTP/2 pseudo-headers are not among them. May be empty once an answer has begun. */
  readonly rawHeaders: readonly string[];
  /** Whether the client announced a body, of whatever length. */
  readonly hasBody: boolean;
  /**
   * The request is a WebSocket handshake that can be accepted: after `head(101, …)` both bodies are the bytes of the
   * WebSocket, and `receive` begins the client's. The engine adds `connection` and `upgrade`.
   */
  readonly webSocket: boolean;
  /** Of the connection, verified. Undefined: none was asked for, or none came. */
  readonly clientCertificate: ClientCertificate | undefined;
  /** Why the client certificate that came does not count, for its owner. Undefined: it counts, or there is none. */
  readonly certificateProblem: string | undefined;
  /** Who is told what happens from now on. Call once, before anything else. */
  attach(listener: ExchangeListener): void;
  /** Starts delivery of the request body; answers `Expect: 100-continue`. Without a call the body is never read. */
  receive(): void;
  /** Stops delivery of body chunks until {@link Exchange.resume}; the client is slowed down. */
  pause(): void;
  resume(): void;
  /** The rest of the request body is of no interest: it is read and thrown away. */
  discard(): void;
  /**
   * Writes the head of the answer. `headers` are names and values in turn; framing headers are the engine's, except
   * `content-length`.
   * @throws when a header cannot be sent; nothing is written then.
   */
  head(status: number, headers: string[]): void;
  /** Sends the head without waiting for the body: before the end of this tick at the latest, together with what comes until then. */
  flushHead(): void;
  /** Sends a chunk of the body. False: the client is slow, stop until {@link ExchangeListener.onWritable}. */
  write(chunk: Buffer): boolean;
  /** Ends the answer well. */
  end(chunk?: Buffer): void;
  /** Ends the answer well and closes the connection after it. */
  endAndClose(chunk?: Buffer): void;
  /** Cuts the answer so that the client sees that it is not whole. */
  abort(): void;
  /** Tells the client with the answer's head that this connection ends after it. Before {@link Exchange.head}. */
  closeAfter(): void;
}

/** Calls come in the engine's own ticks, never from within a method of {@link Exchange}, except `onBodyChunk` from `resume`. */
export interface ExchangeListener {
  onBodyChunk(chunk: Buffer): void;
  /** The whole body has been delivered. */
  onBodyEnd(): void;
  /** The client takes more again, after `write` returned false. */
  onWritable(): void;
  /** The answer went out whole. The last call. */
  onSent(): void;
  /** The client went away before the answer had gone out whole. The last call. */
  onHangUp(): void;
}

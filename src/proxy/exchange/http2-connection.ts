/** What is known of an HTTP/2 connection beyond node's session: whether it is used, and whether it ends when it should. */
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Limits } from '../../config/types.ts';
import { CLOSING_MILLISECONDS } from './limits.ts';
import type { ClientCertificate } from '../../identity/types.ts';
import type { UnsentAnswers } from './unsent.ts';

const kConnection = Symbol('connection');

export class HTTP2Connection {
  readonly session: ServerHttp2Session;
  readonly unsent: UnsentAnswers;
  /** Verified. Undefined: none was asked for, or none came. */
  clientCertificate: ClientCertificate | undefined;
  /** Why the client certificate that came does not count. */
  certificateProblem: string | undefined;
  readonly #socket: Socket;
  /** Exchanges that have begun and not ended. */
  #open = 0;
  #quietSince = performance.now();
  #quietMilliseconds: number;
  readonly #keepAliveMilliseconds: number;
  #closingSince = 0;

  constructor(session: ServerHttp2Session, socket: Socket, limits: Limits, unsent: UnsentAnswers) {
    this.session = session;
    this.unsent = unsent;
    this.#socket = socket;
    // Until the head of its first request is here it is a client that sends its head slowly.
    this.#quietMilliseconds = Math.min(limits.headerSeconds, limits.keepAliveSeconds) * 1000;
    this.#keepAliveMilliseconds = limits.keepAliveSeconds * 1000;
    (session as unknown as { [kConnection]: HTTP2Connection })[kConnection] = this;
  }

  /** The connection that is kept with `session`. */
  static of(session: object): HTTP2Connection {
    return (session as { [kConnection]: HTTP2Connection })[kConnection];
  }

  began(): void {
    this.#open += 1;
    this.#quietMilliseconds = this.#keepAliveMilliseconds;
  }

  ended(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#quietSince = performance.now();
  }

  /**
   * Regular look; `now` is monotonic, in milliseconds. A session without a request is closed after a while, however busy
   * it looks; one with a request never is. A closed one waits for the client's end, but not for ever.
   */
  sweep(now: number): void {
    if (this.#open > 0) return;
    if (!this.session.closed && !this.session.destroyed) {
      if (now - this.#quietSince > this.#quietMilliseconds) this.session.close();
    } else if (this.#closingSince === 0) this.#closingSince = now;
    else if (now - this.#closingSince > CLOSING_MILLISECONDS) this.#socket.destroy();
  }
}

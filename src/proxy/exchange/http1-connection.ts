/** What is known of an HTTP/1.1 connection beyond its current exchange, and how it is refused as a whole. */
import { STATUS_CODES } from '../../node-http.ts';
import type { Duplex } from 'node:stream';
import type { ClientCertificate } from '../../identity/types.ts';
import { wireFor } from '../../providers/registry.ts';
import { CLOSING_MILLISECONDS } from './limits.ts';
import type { UnsentAnswers } from './unsent.ts';

const kConnection = Symbol('connection');

/** The exchange that a connection began last. */
interface LatestExchange {
  /** Whether its request's body is still to come and nothing of its answer has been written. */
  readonly awaitsBody: boolean;
  /** The client is treated as gone from now on. */
  lose(): void;
}

/** An exchange that has begun and not ended. */
interface OpenExchange {
  /** The connection is gone. To be ignored when that is known. */
  closed(): void;
}

/** Why bytes of a client are no request. */
export interface Fault {
  readonly status: 400 | 408 | 417 | 431 | 501;
  readonly message: string;
}

/** `x-tidegate-error` of each status. */
const CODES = {
  400: 'InvalidRequest',
  408: 'RequestTimeout',
  417: 'InvalidRequest',
  431: 'RequestTooLarge',
  501: 'InvalidRequest',
} as const;

export class HTTP1Connection {
  readonly unsent: UnsentAnswers;
  /** Exchanges that have begun and not ended: more than one when the client pipelines. */
  open = 0;
  latest: LatestExchange | undefined;
  /** Those of {@link HTTP1Connection.open} whose answers node:http writes. */
  readonly exchanges = new Set<OpenExchange>();
  /** Verified. Undefined: none was asked for, or none came. */
  clientCertificate: ClientCertificate | undefined;
  /** Why the client certificate that came does not count. */
  certificateProblem: string | undefined;
  /** What vouched for the client may not do so any more: the next answer ends the connection. */
  isOutdated = false;
  #isRefused = false;

  private constructor(unsent: UnsentAnswers) {
    this.unsent = unsent;
  }

  /** To be called before node:http gets `socket`. */
  static begin(socket: Duplex, unsent: UnsentAnswers): HTTP1Connection {
    const connection = new HTTP1Connection(unsent);
    (socket as unknown as { [kConnection]: HTTP1Connection })[kConnection] = connection;
    // node:http tells it to the answer that is under way. Of those that wait behind it, it forgets when it lets go of the socket.
    socket.on('close', () => process.nextTick(closeAll, connection));
    return connection;
  }

  /** The connection that is kept with `socket`. */
  static of(socket: Duplex): HTTP1Connection {
    return (socket as unknown as { [kConnection]: HTTP1Connection })[kConnection];
  }

  /** Whether it has been refused: nothing that comes on it counts. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /**
   * Answers with `fault` and closes. When an answer to an earlier request is due or under way, there is no place for
   * another one that the client would not take for a part of it: then the connection is only cut.
   */
  refuse(socket: Duplex, fault: Fault): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    const { latest } = this;
    if (!socket.writable || this.open > 1 || (this.open === 1 && latest?.awaitsBody !== true)) {
      socket.destroy();
      return;
    }
    if (this.open === 1) latest?.lose();
    // What the client still sends is read for a while: closed with unread bytes, the socket would be reset and the answer lost.
    const timer = setTimeout(() => socket.destroy(), CLOSING_MILLISECONDS);
    timer.unref();
    socket.on('close', () => clearTimeout(timer));
    socket.on('end', () => socket.destroy());
    socket.end(answer(fault));
  }
}

function closeAll({ exchanges }: HTTP1Connection): void {
  for (const exchange of exchanges) exchange.closed();
}

function answer({ status, message }: Fault): Buffer {
  const code = CODES[status];
  const { contentType, body } = wireFor('OpenAI').refusal({ status, code, message, requestId: '' }, undefined);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    `content-type: ${contentType}`,
    `content-length: ${body.length}`,
    `x-tidegate-error: ${code}`,
    ...(status === 408 ? [] : ['x-should-retry: false']),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

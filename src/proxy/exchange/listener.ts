/**
 * One port, two protocols. Without TLS a connection that opens with the HTTP/2 preface (RFC 9113 §3.4, prior knowledge) is
 * spoken to in HTTP/2, every other in HTTP/1.1; with TLS they are told apart by ALPN (RFC 7301). All limits against slow and greedy clients that do not need the pipeline are here.
 */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Limits } from '../../config/types.ts';
import type { ListenAddress } from '../../telemetry/listen-address.ts';
import type { Exchange } from './exchange.ts';
import type { PresentedCertificate } from '../tls/client-certificate.ts';
import type { Handshakes } from '../tls/handshakes.ts';
import { HTTP1Connection } from './http1-connection.ts';
import type { Fault } from './http1-connection.ts';
import { createHTTP1 } from './http1-server.ts';
import { HTTP2Connection } from './http2-connection.ts';
import { createHTTP2 } from './http2-server.ts';
import { sniff } from './sniff.ts';
import { UnsentAnswers } from './unsent.ts';

const NO_TLS: Fault = {
  status: 400,
  message: 'This is an HTTPS port: the URL begins with https://, not with http://.',
};

export interface Listener {
  readonly address: AddressInfo;
  /** Connections that are open now, of both protocols. */
  readonly connections: number;
  /** Takes no new connections and ends the idle ones; resolves when the last one has ended. */
  stop(): Promise<void>;
  /** Closes every connection, idle or not. */
  destroy(): void;
}

export interface ListenerOptions {
  readonly listen: ListenAddress;
  readonly limits: Limits;
  readonly onExchange: (exchange: Exchange) => void;
  /** Absent: plain HTTP. */
  readonly tls?: Handshakes | undefined;
}

export async function startListener({ listen, limits, onExchange, tls }: ListenerOptions): Promise<Listener> {
  const http1 = createHTTP1(limits, onExchange);
  const http2 = createHTTP2(limits, onExchange);
  const sockets = new Set<Socket>();
  const sessions = new Set<HTTP2Connection>();
  const unsent = new UnsentAnswers(limits.bodyIdleSeconds * 1000);
  let stopping = false;

  const http1Listeners = http1.listeners('connection') as ((socket: Socket) => void)[];
  http1.removeAllListeners('connection');
  /** HTTP/1.1 connections whose clients came with a certificate. */
  const certified = new Set<HTTP1Connection>();
  const speakHTTP1 = (socket: Socket, certificate?: PresentedCertificate): void => {
    const connection = HTTP1Connection.begin(socket, unsent);
    if (certificate !== undefined) {
      setCertificate(connection, certificate);
      certified.add(connection);
      socket.on('close', () => certified.delete(connection));
    }
    for (const listener of http1Listeners) listener.call(http1, socket);
  };
  const speakHTTP2 = (socket: Socket, certificate?: PresentedCertificate): void => {
    // node:http accepts with half-open sockets, node:http2 counts on the other end's FIN to close its own.
    socket.allowHalfOpen = false;
    http2.once('session', (session) => {
      const connection = new HTTP2Connection(session, socket, limits, unsent);
      if (certificate !== undefined) setCertificate(connection, certificate);
      sessions.add(connection);
      socket.on('close', () => sessions.delete(connection));
      if (stopping) session.close();
    });
    http2.emit('connection', socket);
  };
  http1.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (tls !== undefined) tls.accept(socket);
    else {
      sniff(socket, limits.headerSeconds * 1000, (isHTTP2) => {
        if (isHTTP2) speakHTTP2(socket);
        else speakHTTP1(socket);
      });
    }
  });
  tls?.listen({
    onSecure: (socket, isHTTP2, certificate) => {
      if (isHTTP2) speakHTTP2(socket, certificate);
      else speakHTTP1(socket, certificate);
    },
    onPlainHTTP: (socket) => HTTP1Connection.begin(socket, unsent).refuse(socket, NO_TLS),
    // A verdict of the authorities of before may hold for what is open and for one more request, not for ever.
    onAuthoritiesChanged: () => {
      for (const connection of certified) connection.isOutdated = true;
      for (const connection of sessions) {
        if ((connection.clientCertificate ?? connection.certificateProblem) !== undefined) connection.session.close();
      }
    },
  });

  const shortest = Math.min(limits.bodyIdleSeconds, limits.headerSeconds, limits.keepAliveSeconds);
  const sweeper = setInterval(
    () => {
      const now = performance.now();
      unsent.sweep(now);
      for (const connection of sessions) connection.sweep(now);
    },
    Math.min(1000, Math.max(20, shortest * 250)),
  );
  sweeper.unref();

  http1.listen({ port: listen.port, backlog: 4096, ...(listen.host === undefined ? {} : { host: listen.host }) });
  try {
    await once(http1, 'listening');
  } catch (error) {
    clearInterval(sweeper);
    throw error;
  }
  return {
    address: http1.address() as AddressInfo, // a TCP listener's address is an object
    get connections() {
      return sockets.size;
    },
    stop: async () => {
      stopping = true;
      const closed = new Promise<void>((resolve) => http1.close(() => resolve()));
      for (const { session } of sessions) session.close();
      await closed;
      clearInterval(sweeper);
    },
    destroy: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function setCertificate(connection: HTTP1Connection | HTTP2Connection, presented: PresentedCertificate): void {
  if (presented.kind === 'Verified') connection.clientCertificate = presented.certificate;
  else connection.certificateProblem = presented.problem;
}

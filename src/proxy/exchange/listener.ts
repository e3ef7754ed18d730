/**
 * One port, two protocols: a connection that opens with the HTTP/2 preface (RFC 9113 §3.4, prior knowledge) is spoken to
 * in HTTP/2, every other in HTTP/1.1. All limits against slow and greedy clients that do not need the pipeline are here.
 */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Limits } from '../../config/types.ts';
import type { ListenAddress } from '../../telemetry/listen-address.ts';
import type { Exchange } from './exchange.ts';
import { HTTP1Connection } from './http1-connection.ts';
import { createHTTP1 } from './http1-server.ts';
import { HTTP2Connection } from './http2-connection.ts';
import { createHTTP2 } from './http2-server.ts';
import { sniff } from './sniff.ts';
import { UnsentAnswers } from './unsent.ts';

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
}

export async function startListener({ listen, limits, onExchange }: ListenerOptions): Promise<Listener> {
  const http1 = createHTTP1(limits, onExchange);
  const http2 = createHTTP2(limits, onExchange);
  const sockets = new Set<Socket>();
  const sessions = new Set<HTTP2Connection>();
  const unsent = new UnsentAnswers(limits.bodyIdleSeconds * 1000);
  let stopping = false;

  const speakHTTP1 = http1.listeners('connection') as ((socket: Socket) => void)[];
  http1.removeAllListeners('connection');
  const speakHTTP2 = (socket: Socket): void => {
    // node:http accepts with half-open sockets, node:http2 counts on the other end's FIN to close its own.
    socket.allowHalfOpen = false;
    http2.once('session', (session) => {
      const connection = new HTTP2Connection(session, socket, limits, unsent);
      sessions.add(connection);
      socket.on('close', () => sessions.delete(connection));
      if (stopping) session.close();
    });
    http2.emit('connection', socket);
  };
  http1.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    sniff(socket, limits.headerSeconds * 1000, (isHTTP2) => {
      if (isHTTP2) speakHTTP2(socket);
      else {
        HTTP1Connection.begin(socket, unsent);
        for (const listener of speakHTTP1) listener.call(http1, socket);
      }
    });
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

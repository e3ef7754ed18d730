/**
 * One port, two protocols: a connection that opens with the HTTP/2 preface (RFC 9113 §3.4, prior knowledge) is spoken to
 * in HTTP/2, every other in HTTP/1.1. All limits against slow and greedy clients that do not need the pipeline are here.
 */
import { once } from 'node:events';
import { createServer as createHTTP1Server } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createHTTP2Server } from 'node:http2';
import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Limits } from '../../config/types.ts';
import type { ListenAddress } from '../../telemetry/listen-address.ts';
import type { Exchange } from './exchange.ts';
import { HTTP1Exchange } from './http1.ts';
import { HTTP2Exchange } from './http2.ts';

/** Bytes of all headers of one request together; over it 431. */
const MAX_HEADER_BYTES = 64 * 1024;
/** HTTP/2 flag END_STREAM of a HEADERS frame. */
const END_STREAM = 0x1;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

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
  const sessions = new Set<ServerHttp2Session>();
  let stopping = false;
  http2.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    // A session whose streams are silent is not idle: models think for minutes.
    let streams = 0;
    session.on('stream', (stream) => {
      streams += 1;
      stream.once('close', () => (streams -= 1));
    });
    session.setTimeout(limits.keepAliveSeconds * 1000);
    session.on('timeout', () => {
      if (streams === 0) session.close();
    });
    if (stopping) session.close();
  });

  const speakHTTP1 = http1.listeners('connection') as ((socket: Socket) => void)[];
  http1.removeAllListeners('connection');
  http1.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    sniff(socket, limits.headerSeconds * 1000, (isHTTP2) => {
      if (isHTTP2) {
        // node:http accepts with half-open sockets, node:http2 counts on the other end's FIN to close its own.
        socket.allowHalfOpen = false;
        http2.emit('connection', socket);
      } else for (const listener of speakHTTP1) listener.call(http1, socket);
    });
  });

  http1.listen({ port: listen.port, backlog: 4096, ...(listen.host === undefined ? {} : { host: listen.host }) });
  await once(http1, 'listening');
  return {
    address: http1.address() as AddressInfo, // a TCP listener's address is an object
    get connections() {
      return sockets.size;
    },
    stop: async () => {
      stopping = true;
      const closed = new Promise<void>((resolve) => http1.close(() => resolve()));
      for (const session of sessions) session.close();
      await closed;
    },
    destroy: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads just enough to know the protocol, and gives the bytes back. */
function sniff(socket: Socket, timeout: number, decided: (isHTTP2: boolean) => void): void {
  let head: Buffer | undefined;
  const onData = (chunk: Buffer): void => {
    head = head === undefined ? chunk : Buffer.concat([head, chunk]);
    const length = Math.min(head.length, PREFACE.length);
    const isHTTP2 = PREFACE.compare(head, 0, length, 0, length) === 0;
    if (isHTTP2 && length < PREFACE.length) return;
    socket.off('data', onData);
    socket.off('error', onError);
    socket.off('timeout', onTimeout);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(head);
    decided(isHTTP2);
    if (!isHTTP2) socket.resume();
  };
  const onTimeout = (): void => {
    socket.destroy();
  };
  const onError = (): void => {
    socket.destroy();
  };
  socket.on('data', onData);
  socket.on('error', onError);
  socket.on('timeout', onTimeout);
  socket.setTimeout(timeout);
}

function createHTTP1(limits: Limits, onExchange: (exchange: Exchange) => void): Server {
  const headerMilliseconds = limits.headerSeconds * 1000;
  const server = createHTTP1Server({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headerMilliseconds,
    // A large upload may take long: its idle time is limited by the pipeline, not its whole.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveSeconds * 1000,
    connectionsCheckingInterval: Math.min(2000, Math.max(50, headerMilliseconds / 2)),
    insecureHTTPParser: false,
    requireHostHeader: true,
    noDelay: true,
  });
  // Every header is forwarded or the request is refused; none is dropped for being the 2,001st.
  server.maxHeadersCount = 0;
  server.on('request', (request, response) => onExchange(new HTTP1Exchange(request, response, false)));
  server.on('checkContinue', (request, response) => onExchange(new HTTP1Exchange(request, response, true)));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return;
    if (error.code === 'ECONNRESET') socket.destroy();
    else socket.end(`HTTP/1.1 ${malformed(error.code)}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });
  return server;
}

function malformed(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout';
  return '400 Bad Request';
}

function createHTTP2(limits: Limits, onExchange: (exchange: Exchange) => void): Http2Server {
  const server = createHTTP2Server({
    settings: {
      maxConcurrentStreams: Math.min(256, limits.openRequests),
      maxHeaderListSize: MAX_HEADER_BYTES,
      enablePush: false,
    },
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    maxSessionMemory: 32,
    // CVE-2023-44487 (rapid reset): a session that cancels streams faster than this is ended.
    streamResetBurst: 200,
    streamResetRate: 50,
  });
  server.on('stream', (stream, _headers, flags, rawHeaders) => {
    onExchange(new HTTP2Exchange(stream, rawHeaders, (flags & END_STREAM) !== 0));
  });
  server.on('sessionError', () => {
    // The session is destroyed by node; its streams tell their exchanges.
  });
  return server;
}

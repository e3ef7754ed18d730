/** An HTTP or HTTPS server on loopback that does what a test says, and counts what reaches it. */
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** One request, read whole. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly socket: Socket;
}

export type Handler = (call: Call, response: ServerResponse) => void;

export class ScriptedServer implements AsyncDisposable {
  readonly calls: Call[] = [];
  /** TCP connections accepted. */
  connections = 0;
  /** TLS handshakes completed. */
  handshakes = 0;
  handler: Handler;
  readonly #scheme: 'http' | 'https';
  readonly #sockets = new Set<Socket>();
  #server: Server;

  private constructor(handler: Handler, tls: ServerOptions | undefined) {
    this.handler = handler;
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('request', (request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
    this.#server.on('secureConnection', (socket: Socket) => {
      this.handshakes += 1;
      socket.on('error', () => {});
    });
  }

  static async start(handler: Handler, tls?: ServerOptions): Promise<ScriptedServer> {
    const server = new ScriptedServer(handler, tls);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  /** New handshakes use this certificate and CA. */
  setSecureContext(tls: ServerOptions): void {
    (this.#server as unknown as { setSecureContext(options: ServerOptions): void }).setSecureContext(tls);
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const url = new URL(request.url ?? '/', 'http://scripted');
    const call: Call = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      socket: request.socket,
    };
    this.calls.push(call);
    this.handler(call, response);
  }
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Answers with a Status object, as the API server does. */
export function failure(
  response: ServerResponse,
  code: number,
  reason: string,
  { headers = {}, ...more }: { headers?: Record<string, string>; message?: string; details?: object } = {},
): void {
  json(
    response,
    code,
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `test: ${reason}`, ...more },
    headers,
  );
}

/** An HTTPS server on loopback that can go away and come back at the same address, and can be told to misbehave. */
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { CertificateAuthority } from '../certificates.ts';
import { freePorts } from '../control-plane/ports.ts';

/** Answers a request, or leaves it to what the server otherwise does by returning false. */
export type Interference = (request: IncomingMessage, response: ServerResponse) => boolean;

export class TLSOrigin implements AsyncDisposable {
  /** PEM of the authority that clients have to trust. */
  readonly ca: string;
  /** `<method> <path>` of every request, in order. */
  readonly requests: string[] = [];
  /** Connections that were made to it, with or without a request. */
  connections = 0;
  /** Asked first about every request, while it is set. */
  interfere: Interference | undefined;
  /** What it is for. */
  handler: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => {
    response.writeHead(404).end();
  };
  readonly #identity: { readonly cert: string; readonly key: string };
  #server: Server;
  /** Nobody else is given it while this is away. */
  readonly #port: number;

  private constructor(ca: string, identity: { cert: string; key: string }, port: number) {
    this.ca = ca;
    this.#identity = identity;
    this.#port = port;
    this.#server = this.#make();
  }

  /** @param authority whose certificate it shows; default: one of its own */
  static async start(authority?: CertificateAuthority): Promise<TLSOrigin> {
    const issuer = authority ?? (await CertificateAuthority.create());
    const { certificate, key } = await issuer.server();
    const [port = 0] = await freePorts(1);
    const origin = new TLSOrigin(issuer.certificate, { cert: certificate, key }, port);
    await origin.resume();
    return origin;
  }

  /** `https://127.0.0.1:<port>`, without a path. */
  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Of the key of its certificate: SHA-256 of the SubjectPublicKeyInfo, in base64. */
  get pin(): string {
    const { publicKey } = new X509Certificate(this.#identity.cert);
    return createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');
  }

  /** How often this path has been asked for. */
  count(path: string): number {
    return this.requests.filter((request) => request.endsWith(` ${path}`)).length;
  }

  /** Goes away: connections are cut, new ones refused. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Listens, after {@link TLSOrigin.stop} at the same address. */
  async resume(): Promise<void> {
    this.#server = this.#make();
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }

  #make(): Server {
    const server = createServer(this.#identity, (request, response) => {
      this.requests.push(`${request.method} ${new URL(request.url ?? '/', this.url).pathname}`);
      if (this.interfere?.(request, response) !== true) this.handler(request, response);
    });
    server.on('connection', () => {
      this.connections += 1;
    });
    return server;
  }
}

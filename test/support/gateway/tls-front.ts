/** What an ingress does for a gateway: it ends TLS and passes the bytes on. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { writeCertificates } from '../control-plane/certificates.ts';

export class TLSFront implements AsyncDisposable {
  /** PEM of the authority that clients have to trust. */
  readonly ca: string;
  readonly #server: Server;
  readonly #folder: string;

  private constructor(server: Server, ca: string, folder: string) {
    this.#server = server;
    this.ca = ca;
    this.#folder = folder;
  }

  /** @param url of what is behind it */
  static async start(url: string): Promise<TLSFront> {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-front-'));
    const files = await writeCertificates(folder);
    const { hostname, port } = new URL(url);
    const server = createServer(
      { key: readFileSync(files.serverKey), cert: readFileSync(files.serverCertificate) },
      (outer) => {
        const inner = connect(Number(port), hostname);
        outer.on('error', () => inner.destroy());
        inner.on('error', () => outer.destroy());
        outer.on('close', () => inner.destroy());
        inner.on('close', () => outer.destroy());
        outer.pipe(inner).pipe(outer);
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TLSFront(server, readFileSync(files.ca, 'utf8'), folder);
  }

  /** `https://127.0.0.1:<port>`, without a path. */
  get origin(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true });
    await closed;
  }
}

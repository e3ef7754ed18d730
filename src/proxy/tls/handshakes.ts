/**
 * TLS in front of the two engines. The first byte of a connection tells whether it begins a handshake; only then is there
 * any TLS state, so that connections that say nothing cost no more than they do without TLS.
 */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { presented } from './client-certificate.ts';
import type { PresentedCertificate } from './client-certificate.ts';
import type { TLSMaterial } from './material.ts';

/** Content type of a record that begins a handshake (RFC 8446 §5.1). */
const HANDSHAKE = 0x16;

/** Who takes the connections. */
export interface HandshakeListener {
  /** @param certificate undefined: none was asked for, or none came */
  onSecure(socket: TLSSocket, isHTTP2: boolean, certificate: PresentedCertificate | undefined): void;
  /** The client speaks HTTP without TLS; it has not been answered. What it sends is thrown away. */
  onPlainHTTP(socket: Socket): void;
  /** Client certificates are verified against other authorities from now on. */
  onAuthoritiesChanged(): void;
}

export class Handshakes {
  /** Handshakes that have failed: no common version, a certificate that the client does not trust, none in time. */
  failed = 0;
  readonly #milliseconds: number;
  #server: Server;
  #authorities: string | undefined;
  #listener: HandshakeListener | undefined;

  /**
   * `milliseconds`: how long a client may take for its first byte, and again for the handshake.
   *
   * @throws when OpenSSL refuses the material
   */
  constructor(material: TLSMaterial, milliseconds: number) {
    this.#milliseconds = milliseconds;
    this.#server = this.#serverOf(material);
    this.#authorities = material.ca;
  }

  /** Call once, before the first connection. */
  listen(listener: HandshakeListener): void {
    this.#listener = listener;
  }

  /**
   * For connections from now on. Sessions of before are not resumed: tickets are sealed with keys of their own for each
   * material.
   *
   * @throws when OpenSSL refuses the material; what was in force stays so
   */
  use(material: TLSMaterial): void {
    this.#server = this.#serverOf(material);
    if (material.ca === this.#authorities) return;
    this.#authorities = material.ca;
    this.#listener?.onAuthoritiesChanged();
  }

  /** Takes a connection of which nothing has been read. */
  accept(socket: Socket): void {
    const giveUp = (): void => {
      socket.destroy();
    };
    socket.once('data', (chunk: Buffer) => {
      socket.off('end', giveUp);
      socket.off('timeout', giveUp);
      socket.setTimeout(0);
      const first = chunk[0] ?? 0;
      if (first === HANDSHAKE) {
        socket.pause();
        socket.unshift(chunk);
        // Who closes an end in a handshake does not finish it.
        socket.allowHalfOpen = false;
        this.#server.emit('connection', socket);
      } else if (isLetter(first)) {
        this.#listener?.onPlainHTTP(socket);
      } else socket.destroy();
    });
    socket.on('error', giveUp);
    socket.on('end', giveUp);
    socket.on('timeout', giveUp);
    socket.setTimeout(this.#milliseconds);
  }

  /** A server that never listens: it is given its connections. */
  #serverOf({ cert, key, ca, minVersion }: TLSMaterial): Server {
    const server = createServer({
      cert,
      key,
      minVersion,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: this.#milliseconds,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      // Who comes without a certificate, or with one that does not count, may have a token.
      ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: false }),
    });
    server.on('secureConnection', (socket) => {
      // The authorities have changed in the middle of the handshake.
      if (ca !== this.#authorities) {
        socket.destroy();
        return;
      }
      const isHTTP2 = socket.alpnProtocol === 'h2';
      // As node:http has its sockets.
      socket.allowHalfOpen = true;
      this.#listener?.onSecure(socket, isHTTP2, ca === undefined ? undefined : certificateOf(socket));
    });
    server.on('tlsClientError', (_error, socket) => {
      this.failed += 1;
      socket.destroy();
    });
    return server;
  }
}

function certificateOf(socket: TLSSocket): PresentedCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  // Without a chain problem it is authorized; its type says it is an Error, and it is its code.
  const problem = socket.authorized ? undefined : String(socket.authorizationError);
  return presented(certificate, problem);
}

/** The first byte of every method that there is. */
function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

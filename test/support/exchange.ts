/** For tests: a listener whose exchanges a test drives, with what each was told, and clients that write raw bytes. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTLS } from 'node:tls';
import type { Limits } from '../../src/config/types.ts';
import type { Exchange } from '../../src/proxy/exchange/exchange.ts';
import { startListener } from '../../src/proxy/exchange/listener.ts';
import type { Listener } from '../../src/proxy/exchange/listener.ts';
import { Handshakes } from '../../src/proxy/tls/handshakes.ts';
import { checkMaterial } from '../../src/proxy/tls/material.ts';
import type { TLSMaterial } from '../../src/proxy/tls/material.ts';
import { CertificateAuthority } from './certificates.ts';
import type { IssuedCertificate } from './certificates.ts';

const LIMITS: Limits = {
  requestBytes: 1e6,
  bytesInFlight: 1e7,
  openRequests: 100,
  headerSeconds: 30,
  bodyIdleSeconds: 30,
  keepAliveSeconds: 30,
};

export interface Recorded {
  readonly exchange: Exchange;
  /** What it was told, in order. */
  readonly told: ('chunk' | 'bodyEnd' | 'writable' | 'sent' | 'hangUp')[];
}

export interface Recorder extends Listener {
  readonly exchanges: readonly Recorded[];
  readonly port: number;
}

/** What carries HTTP: whatever a client may do, it may do over both. */
export const TRANSPORTS = ['TCP', 'TLS'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** What a listener speaks TLS with, checked as the product does. */
export function material(server: IssuedCertificate, clientAuthorities?: string): TLSMaterial {
  return checkMaterial(
    {
      certificate: { file: 'tls.crt', text: server.certificate },
      privateKey: { file: 'tls.key', text: server.key },
      clientAuthorities: clientAuthorities === undefined ? undefined : { file: 'ca.crt', text: clientAuthorities },
    },
    'VersionTLS12',
    Date.now(),
  );
}

/** Starts a listener. `drive` gets each exchange when it begins and after everything that it is told. */
export async function record(
  drive: (recorded: Recorded, index: number) => void,
  limits: Partial<Limits> = {},
  tls: Transport | Handshakes = 'TCP',
): Promise<Recorder> {
  const exchanges: Recorded[] = [];
  const all = { ...LIMITS, ...limits };
  const listener = await startListener({
    listen: { host: '127.0.0.1', port: 0 },
    limits: all,
    tls: typeof tls === 'object' ? tls : tls === 'TLS' ? await handshakes() : undefined,
    onExchange: (exchange) => {
      const recorded: Recorded = { exchange, told: [] };
      const index = exchanges.push(recorded) - 1;
      const tell = (what: Recorded['told'][number]) => (): void => {
        recorded.told.push(what);
        drive(recorded, index);
      };
      exchange.attach({
        onBodyChunk: tell('chunk'),
        onBodyEnd: tell('bodyEnd'),
        onWritable: tell('writable'),
        onSent: tell('sent'),
        onHangUp: tell('hangUp'),
      });
      drive(recorded, index);
    },
  });
  return Object.assign(listener, { exchanges, port: listener.address.port });
}

/** They may take as long as a busy machine needs: limits of a test are about what comes after them. */
async function handshakes(): Promise<Handshakes> {
  const authority = await CertificateAuthority.create();
  return new Handshakes(material(await authority.server()), LIMITS.headerSeconds * 1000);
}

/** Resolves when `holds` is true. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`in vain: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface RawClientOptions {
  readonly allowHalfOpen?: boolean | undefined;
  readonly transport?: Transport;
  readonly protocol?: 'h2' | 'http/1.1';
}

/** A connection whose received bytes are kept. */
export class RawClient {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => (this.received = Buffer.concat([this.received, chunk])));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isClosed = true));
  }

  /** `allowHalfOpen`: it never closes its end of itself. Over TLS it offers `protocol`, and takes any certificate. */
  static async open(
    port: number,
    { allowHalfOpen = false, transport = 'TCP', protocol = 'http/1.1' }: RawClientOptions = {},
  ): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
    await once(socket, 'connect');
    if (transport === 'TCP') return new RawClient(socket);
    const secure = connectTLS({ socket, rejectUnauthorized: false, ALPNProtocols: [protocol] });
    await once(secure, 'secureConnect');
    return new RawClient(secure);
  }

  get text(): string {
    return this.received.toString('latin1');
  }
}

const FRAME = { DATA: 0, HEADERS: 1, RST_STREAM: 3, SETTINGS: 4 } as const;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;

/** A frame of RFC 9113 §4.1. */
export function frame(type: keyof typeof FRAME, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = FRAME[type];
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The first bytes of a client that sets its `window`. */
export function preface(window = 65_535): Buffer {
  const setting = Buffer.alloc(6);
  setting.writeUInt16BE(4, 0);
  setting.writeUInt32BE(window, 2);
  return Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame('SETTINGS', 0, 0, setting)]);
}

/** HEADERS of a request for `http://h/` (RFC 7541, appendix A). */
export function headers(method: 'GET' | 'POST' | 'HEAD', stream: number, endStream = false): Buffer {
  const named = { GET: [0x82], POST: [0x83], HEAD: [0x02, 0x04, 0x48, 0x45, 0x41, 0x44] }[method];
  return frame(
    'HEADERS',
    END_HEADERS | (endStream ? END_STREAM : 0),
    stream,
    Buffer.from([...named, 0x86, 0x84, 0x01, 0x01, 0x68]),
  );
}

export function data(text: string, stream: number, endStream = false): Buffer {
  return frame('DATA', endStream ? END_STREAM : 0, stream, Buffer.from(text));
}

export function reset(code: number, stream: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame('RST_STREAM', 0, stream, payload);
}

/** What the server sent on a stream: DATA as text, how it ended. */
export function streamOf(received: Buffer, stream: number): { text: string; endStream: boolean; reset?: number } {
  const result: { text: string; endStream: boolean; reset?: number } = { text: '', endStream: false };
  for (let at = 0; at + 9 <= received.length;) {
    const length = received.readUIntBE(at, 3);
    const type = received[at + 3];
    const payload = received.subarray(at + 9, at + 9 + length);
    if (received.readUInt32BE(at + 5) === stream) {
      if (type === FRAME.DATA) result.text += payload.toString();
      if (type === FRAME.RST_STREAM) result.reset = payload.readUInt32BE();
      if ((type === FRAME.DATA || type === FRAME.HEADERS) && ((received[at + 4] ?? 0) & END_STREAM) !== 0)
        result.endStream = true;
    }
    at += 9 + length;
  }
  return result;
}

/** The benchmark's clients: raw sockets that send prepared requests and time the answers. */
import { connect, type Socket } from 'node:net';
import type { Target } from '../target.ts';
import { MessageReader } from './framing.ts';
import { chatBody, sdkHeaders } from './payloads.ts';

/** A prepared chat call. */
export interface Call {
  readonly stream?: boolean;
  /** Size of the request body. */
  readonly upBytes?: number;
  /** Size of the answer's text. */
  readonly downBytes?: number;
}

/** The bytes of a call to a target. */
export function requestBytes(target: Target, call: Call = {}): Buffer {
  const body = chatBody(call.stream ?? false, call.upBytes);
  const query = call.downBytes === undefined ? '' : `?down=${call.downBytes}`;
  return Buffer.from(
    `POST ${target.basePath}/chat/completions${query} HTTP/1.1\r\nhost: 127.0.0.1:${target.port}\r\n${sdkHeaders}\r\n` +
      `authorization: Bearer ${target.token}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** One connection that answers one request at a time. */
export class Client {
  readonly socket: Socket;
  /** Called at the end of each answer; throws away answers when unset. */
  onEnd: (() => void) | undefined;
  /** Called for each piece of a body as it arrives. */
  onBody: ((bytes: Buffer) => void) | undefined;
  #failure: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    const reader = new MessageReader({
      head: (head) => {
        if (!head.startsWith('HTTP/1.1 200')) this.#fail(new Error(`answer: ${head.slice(0, 300)}`));
      },
      body: (bytes) => this.onBody?.(bytes),
      end: () => this.onEnd?.(),
    });
    socket.on('data', (bytes) => reader.push(bytes));
    socket.on('error', (error) => this.#fail(error));
    socket.once('close', () => this.#fail(new Error('connection closed by the other side')));
  }

  static async connect(port: number): Promise<Client> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Client(socket);
  }

  /** Called once when an answer is not 200 or the connection breaks. */
  set onFailure(failure: ((error: Error) => void) | undefined) {
    this.#failure = failure;
  }

  close(): void {
    this.#failure = undefined;
    this.socket.destroy();
  }

  #fail(error: Error): void {
    const failure = this.#failure;
    this.#failure = undefined;
    failure?.(error);
  }
}

/** Connects `count` clients, a few at a time. */
export async function connectAll(port: number, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const batch = Math.min(50, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: batch }, () => Client.connect(port)))));
  }
  return clients;
}

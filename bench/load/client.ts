/** The benchmark's clients: raw sockets that send prepared requests and time the answers. */
import { connect, type Socket } from 'node:net';
import { UNGUARDED } from '../manifests.ts';
import type { Target } from '../target.ts';
import { MessageReader } from './framing.ts';
import { chatBody, chatStream, wholeChat } from './payloads/openai.ts';
import type { BenchCall } from './payloads/wire.ts';

/** What is special about a call. */
export interface CallOptions {
  /** Size of the request body of a chat call. */
  readonly upBytes?: number;
  /** Size of the answer's text. */
  readonly downBytes?: number;
  /** The answer has a type that nobody meters. */
  readonly opaque?: boolean;
  /** Goes to the provider's twin that has no guardrail. */
  readonly unguarded?: boolean;
  /** The stream ends by itself after so many ticks. */
  readonly ticks?: number;
}

/** Headers as the openai SDK for Node sends them. */
const sdkHeaders = [
  'accept: application/json',
  'content-type: application/json',
  'user-agent: OpenAI/JS 6.49.0',
  'x-stainless-retry-count: 0',
  'x-stainless-timeout: 600',
  'x-stainless-lang: js',
  'x-stainless-package-version: 6.49.0',
  'x-stainless-os: Linux',
  'x-stainless-arch: x64',
  'x-stainless-runtime: node',
  'x-stainless-runtime-version: v24.21.0',
  'accept-language: *',
  'sec-fetch-mode: cors',
].join('\r\n');

/** Where a call goes at a target: behind a gateway every API has its provider. */
export function pathOf(target: Target, call: BenchCall, options: CallOptions = {}): string {
  const { downBytes, opaque, unguarded = false, ticks } = options;
  const query = [
    ...(downBytes === undefined ? [] : [`down=${downBytes}`]),
    ...(opaque === true ? ['opaque=1'] : []),
    ...(ticks === undefined ? [] : [`ticks=${ticks}`]),
  ].join('&');
  // The provider of chat calls is the target's own: in a cluster it has a namespace.
  const isGateway = target.basePath.startsWith('/llm/');
  const own = call.provider === 'bench' ? target.basePath.replace(/\/v1$/, '') : `/llm/v1/providers/${call.provider}`;
  return `${isGateway ? own : ''}${unguarded ? UNGUARDED : ''}${call.path}${query === '' ? '' : call.path.includes('?') ? '&' : '?'}${query}`;
}

/** The bytes of a call to a target. */
export function callBytes(target: Target, call: BenchCall, options: CallOptions = {}): Buffer {
  const body = options.upBytes === undefined ? call.body : chatBody(call === chatStream, options.upBytes);
  return Buffer.from(
    `POST ${pathOf(target, call, options)} HTTP/1.1\r\nhost: 127.0.0.1:${target.port}\r\n${sdkHeaders}\r\n` +
      `authorization: Bearer ${target.token}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** The bytes of a chat call that is answered at once. */
export function chatBytes(target: Target, options: CallOptions = {}): Buffer {
  return callBytes(target, wholeChat, options);
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

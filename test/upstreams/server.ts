/**
 * A fake provider on loopback: speaks one wire exactly, remembers every byte, counts its sockets, keeps its own book
 * of tokens, and misbehaves on demand.
 *
 * @example
 * await using upstream = await UpstreamServer.start({ wire: openAI(), keys: ['sk-upstream'] });
 * upstream.misbehave({ cutAfterFrames: 2 }); // the next request
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Book } from './book.ts';
import { deliver } from './delivery.ts';
import { type OpenedSocket, refuseHandshake, Sockets } from './sockets.ts';
import {
  scenarioHeader,
  type Answer,
  type BookedUsage,
  type Exchange,
  type ReceivedRequest,
  type Scenario,
  type UpstreamWire,
} from './types.ts';

/** How to start an upstream. */
export interface UpstreamOptions {
  readonly wire: UpstreamWire;
  /** Keys that are accepted; empty: callers need none. */
  readonly keys?: readonly string[];
  /** Default: any free port. */
  readonly port?: number;
  /** False drops bodies after use, for long runs. Default true. */
  readonly remember?: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A listening fake provider. */
export class UpstreamServer implements AsyncDisposable {
  readonly book = new Book();
  readonly #exchanges: Mutable<Exchange>[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #webSockets = new Sockets();
  readonly #queue: Scenario[] = [];
  readonly #server: Server;
  readonly #wire: UpstreamWire;
  readonly #keys: Set<string>;
  readonly #remember: boolean;
  #standing: Scenario = {};
  #connections = 0;
  #openRequests = 0;
  #release = Promise.withResolvers<void>();

  private constructor(options: UpstreamOptions) {
    this.#wire = options.wire;
    this.#keys = new Set(options.keys);
    this.#remember = options.remember ?? true;
    this.#server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
      void this.#serve(request, response);
    });
    if (this.#wire.converse !== undefined) {
      this.#server.on('upgrade', (request, socket, head) => this.#converse(request, socket, head));
    }
    this.#server.on('connection', (socket) => {
      this.#connections++;
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Listens on 127.0.0.1. */
  static async start(options: UpstreamOptions): Promise<UpstreamServer> {
    const upstream = new UpstreamServer(options);
    await new Promise<void>((resolve, reject) => {
      upstream.#server.once('error', reject);
      upstream.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `http://127.0.0.1:<port>`, without a path. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections that are open now. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Connections ever taken. */
  get connections(): number {
    return this.#connections;
  }

  /** Requests begun and not yet ended. */
  get openRequests(): number {
    return this.#openRequests;
  }

  /** Every request so far, oldest first. */
  get exchanges(): readonly Exchange[] {
    return this.#exchanges;
  }

  /** The latest request. Throws when there was none. */
  get last(): Exchange {
    const last = this.#exchanges.at(-1);
    if (last === undefined) throw new Error('the upstream has received no request');
    return last;
  }

  /** Every WebSocket that was opened so far, oldest first. */
  get webSockets(): readonly OpenedSocket[] {
    return this.#webSockets.opened;
  }

  /** Does this to the next requests, one entry each, before any scenario of their own. */
  misbehave(...scenarios: Scenario[]): void {
    this.#queue.push(...scenarios);
  }

  /** Does this to every request from now on that says nothing else; `{}` ends it. */
  always(scenario: Scenario): void {
    this.#standing = scenario;
  }

  /** Lets everything that hangs go on. */
  release(): void {
    this.#release.resolve();
    this.#release = Promise.withResolvers<void>();
  }

  /** Accepts these keys and no others. */
  acceptKeys(...keys: string[]): void {
    this.#keys.clear();
    for (const key of keys) this.#keys.add(key);
  }

  /** Forgets requests and book; connections stay. */
  forget(): void {
    this.#exchanges.length = 0;
    this.#webSockets.opened.length = 0;
    this.#queue.length = 0;
    this.#standing = {};
    this.book.clear();
  }

  /** Breaks every connection now. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.dropConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#openRequests++;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const sent: Buffer[] = [];
    const exchange: Mutable<Exchange> = {
      request: received(incoming, Buffer.alloc(0)),
      status: undefined,
      get sent() {
        return Buffer.concat(sent);
      },
      sentBytes: 0,
      outcome: 'Open',
      isHanging: false,
      booked: undefined,
    };
    this.#exchanges.push(exchange);
    let partial: BookedUsage | undefined;
    try {
      const scenario = this.#scenarioFor(exchange.request);
      const body = scenario.answerEarly ? Buffer.alloc(0) : await read(incoming, scenario.readBytesPerSecond);
      if (body === undefined) {
        exchange.outcome = 'Aborted';
        return;
      }
      const request = received(incoming, body);
      if (this.#remember) exchange.request = request;
      const answer = await this.#answer(request, scenario);
      exchange.outcome = await deliver(answer, scenario, response, gone.signal, this.#release.promise, {
        head: (status) => {
          exchange.status = status;
        },
        bytes: (chunk) => {
          exchange.sentBytes += chunk.length;
          if (this.#remember) sent.push(chunk);
        },
        hanging: () => {
          exchange.isHanging = true;
        },
        usageSent: () => {
          partial = undefined;
          if (answer.usage) {
            this.book.enter(answer.usage);
            exchange.booked = { usage: answer.usage, final: true };
          }
        },
        partialUsageSent: (usage) => {
          partial = usage;
        },
      });
    } finally {
      if (partial !== undefined) {
        this.book.enter(partial);
        exchange.booked = { usage: partial, final: false };
      }
      if (exchange.outcome === 'Open') exchange.outcome = 'Aborted';
      if (!this.#remember) this.#exchanges.splice(this.#exchanges.indexOf(exchange), 1);
      this.#openRequests--;
    }
  }

  #converse(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const request = received(incoming, Buffer.alloc(0));
    const scenario = this.#scenarioFor(request);
    const presented = this.#wire.presentedKey(request);
    socket.on('error', () => {});
    if (scenario.hangBeforeAnswer) {
      socket.on('end', () => socket.destroy());
      socket.resume();
      return;
    }
    if (scenario.resetBeforeAnswer) {
      socket.destroy();
      return;
    }
    const refusal =
      this.#keys.size > 0 && !this.#keys.has(presented ?? '')
        ? this.#wire.unauthorized(presented)
        : scenario.error !== undefined && this.#wire.error(scenario.error);
    const outcome = refusal || (this.#wire.converse?.(request, scenario) ?? this.#wire.error(404));
    if ('opened' in outcome) {
      this.#webSockets.open(incoming, socket, head, request, outcome, scenario, this.book);
    } else refuseHandshake(socket, { ...outcome, headers: { ...outcome.headers, ...scenario.headers } });
  }

  async #answer(request: ReceivedRequest, scenario: Scenario): Promise<Answer> {
    const presented = this.#wire.presentedKey(request);
    if (this.#keys.size > 0 && !this.#keys.has(presented ?? '')) return this.#wire.unauthorized(presented);
    if (scenario.error !== undefined) return this.#wire.error(scenario.error);
    return this.#wire.answer(request, scenario);
  }

  #scenarioFor(request: ReceivedRequest): Scenario {
    const own = request.header(scenarioHeader);
    const told = own === undefined ? {} : (JSON.parse(own) as Scenario);
    return { ...this.#standing, ...this.#queue.shift(), ...told };
  }
}

function received(incoming: IncomingMessage, body: Buffer): ReceivedRequest {
  const { rawHeaders } = incoming;
  return {
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    httpVersion: incoming.httpVersion,
    rawHeaders,
    body,
    header(name) {
      const index = rawHeaders.findIndex((header, at) => at % 2 === 0 && header.toLowerCase() === name);
      return index < 0 ? undefined : rawHeaders[index + 1];
    },
  };
}

/** The whole body, or undefined when the caller went before its end. */
async function read(incoming: IncomingMessage, bytesPerSecond: number | undefined): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if (bytesPerSecond !== undefined) await delay((chunk.length / bytesPerSecond) * 1000);
    }
  } catch {
    return undefined;
  }
  return incoming.complete ? Buffer.concat(chunks) : undefined;
}

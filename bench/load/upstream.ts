/**
 * The benchmark's upstream: raw sockets and prepared bytes, because it shares a core with the load. Streams tick at a
 * common rate, spread over the period; they go on until told to end, or for as many ticks as the call says.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { MessageReader } from './framing.ts';
import { PreparedAnswers, type PreparedStream } from './prepared.ts';

const phases = 10;

interface Stream {
  readonly socket: Socket;
  readonly prepared: PreparedStream;
  readonly withUsage: boolean;
  ticksLeft: number;
}

/** A listening upstream of every API; see {@link PreparedAnswers} for what a call may ask. */
export class BenchUpstream implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #streams: Set<Stream>[] = Array.from({ length: phases }, () => new Set<Stream>());
  readonly #answers = new PreparedAnswers();
  #timer: NodeJS.Timeout | undefined;
  #phase = 0;
  #next = 0;

  private constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#connected(socket));
  }

  static async start(): Promise<BenchUpstream> {
    const upstream = new BenchUpstream();
    await new Promise<void>((resolve) => {
      upstream.#server.listen(0, '127.0.0.1', 4096, resolve);
    });
    upstream.streamRate(20);
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get openStreams(): number {
    return this.#streams.reduce((sum, phase) => sum + phase.size, 0);
  }

  /** Events a second of each stream. */
  streamRate(perSecond: number): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), 1000 / perSecond / phases);
    this.#timer.unref();
  }

  /** Ends all streams properly. */
  endStreams(): void {
    for (const phase of this.#streams) {
      for (const { socket, prepared, withUsage } of phase) socket.write(prepared.tail(withUsage));
      phase.clear();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #connected(socket: Socket): void {
    this.#sockets.add(socket);
    let target = '';
    let streaming = false;
    let withUsage = false;
    let current: { stream: Stream; phase: Set<Stream> } | undefined;
    const reader = new MessageReader({
      head: (head) => {
        target = head.slice(0, head.indexOf('\r\n'));
        streaming = false;
        withUsage = false;
      },
      body: (bytes) => {
        if (bytes.length > 8192) return;
        streaming ||= bytes.includes('"stream":true');
        withUsage ||= bytes.includes('"include_usage":true');
      },
      end: () => {
        const prepared = this.#answers.stream(target, streaming);
        if (prepared === undefined) {
          socket.write(this.#answers.whole(target));
          return;
        }
        socket.write(prepared.begin);
        const phase = this.#streams[this.#next++ % phases];
        if (phase === undefined) return;
        current = { stream: { socket, prepared, withUsage, ticksLeft: prepared.ticks }, phase };
        phase.add(current.stream);
      },
    });
    socket.on('data', (bytes) => reader.push(bytes));
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#sockets.delete(socket);
      current?.phase.delete(current.stream);
    });
  }

  #tick(): void {
    const phase = this.#streams[this.#phase];
    this.#phase = (this.#phase + 1) % phases;
    for (const stream of phase ?? []) {
      const { socket, prepared } = stream;
      if (stream.ticksLeft-- > 0) socket.write(prepared.chunk);
      else {
        phase?.delete(stream);
        socket.write(prepared.tail(stream.withUsage));
      }
    }
  }
}

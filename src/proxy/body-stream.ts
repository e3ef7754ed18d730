/** A request body on its way through: what the client sends is read as fast as the upstream takes it, and no faster. */
import { Readable } from 'node:stream';
import type { Exchange } from './exchange/exchange.ts';

/** Chunks that may wait for the upstream, however small they are: each costs memory beside its bytes. */
const MAX_WAITING_CHUNKS = 256;

export class BodyStream extends Readable {
  readonly #exchange: Exchange;
  #paused = false;
  #waiting = 0;

  constructor(exchange: Exchange) {
    super({ highWaterMark: 64 * 1024 });
    this.#exchange = exchange;
    // The handler of the call is told of every failure; here it would only bring the process down.
    this.on('error', () => undefined);
  }

  /** Whether the upstream is slower than the client, so that silence is not the client's fault. */
  get isHeldUp(): boolean {
    return this.#paused;
  }

  /** A chunk of the client's. */
  feed(chunk: Buffer): void {
    if (this.destroyed) return;
    this.#waiting += 1;
    if (!this.push(chunk) || (this.#waiting > MAX_WAITING_CHUNKS && this.readableLength > 0)) {
      this.#paused = true;
      this.#exchange.pause();
    }
  }

  /** The client's body is whole. */
  finish(): void {
    if (!this.destroyed) this.push(null);
  }

  override _read(): void {
    this.#waiting = 0;
    if (!this.#paused) return;
    this.#paused = false;
    this.#exchange.resume();
  }
}

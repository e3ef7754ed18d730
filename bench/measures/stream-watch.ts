/** Counts what arrives on many streams. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../load/client.ts';

/** See the head of this file. A few broken streams are counted; when many break there is nothing to measure. */
export class StreamWatch {
  /** Since {@link begin}, the framing of transfer chunks included. */
  bodyBytes = 0;
  /** Milliseconds between two arrivals on one stream, since {@link begin}. */
  gaps: number[] = [];
  failed = 0;
  readonly #name: string;
  readonly #count: number;
  #begun = 0;
  #ended = 0;
  #failure: Error | undefined;

  constructor(name: string, clients: readonly Client[]) {
    this.#name = name;
    this.#count = clients.length;
    for (const client of clients) this.#watch(client);
  }

  begin(): void {
    this.bodyBytes = 0;
    this.gaps = [];
  }

  allBegun(): Promise<void> {
    return this.#until('streams begun', () => this.#begun);
  }

  allEnded(): Promise<void> {
    return this.#until('streams ended', () => this.#ended);
  }

  #watch(client: Client): void {
    let lastAt = 0;
    client.onFailure = (error) => {
      this.failed++;
      this.#failure ??= error;
    };
    client.onEnd = () => {
      this.#ended++;
    };
    client.onBody = (bytes) => {
      const now = performance.now();
      if (lastAt === 0) this.#begun++;
      else this.gaps.push(now - lastAt);
      lastAt = now;
      this.bodyBytes += bytes.length;
    };
  }

  async #until(what: string, have: () => number): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (have() + this.failed < this.#count) {
      if (this.failed > this.#count / 10)
        throw new Error(`${this.#name}: ${this.#failure?.message ?? 'streams failed'}`, { cause: this.#failure });
      if (performance.now() > deadline) throw new Error(`${this.#name}: only ${have()} of ${this.#count} ${what}`);
      await delay(10);
    }
  }
}

/** Streams that come and go: of all wires, ended by the upstream or given up by the client, on connections of their own. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from '../target.ts';
import { callBytes, Client } from './client.ts';
import { streamCalls } from './payloads/index.ts';
import type { BenchUpstream } from './upstream.ts';

/** At 20 ticks a second: streams live 3 s at most. */
const MAX_TICKS = 60;
const ABORTED_SHARE = 0.3;
const MAX_ABORT_MS = 2000;

/** See the head of this file. */
export class StreamChurn {
  ended = 0;
  aborted = 0;
  /** Streams that broke or were refused. */
  failed = 0;
  readonly #target: Target;
  readonly #upstream: BenchUpstream;
  readonly #count: number;

  /** `count`: how many are open at a time. */
  constructor(target: Target, upstream: BenchUpstream, count: number) {
    this.#target = target;
    this.#upstream = upstream;
    this.#count = count;
  }

  /** Opens streams for so long, then ends all. */
  async run(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    const slot = async (): Promise<void> => {
      while (performance.now() < until) await this.#stream();
    };
    const slots = Promise.all(Array.from({ length: this.#count }, slot));
    await delay(milliseconds);
    this.#upstream.endStreams();
    await slots;
  }

  async #stream(): Promise<void> {
    const call = streamCalls[Math.floor(Math.random() * streamCalls.length)];
    if (call === undefined) return;
    const ticks = Math.floor(Math.random() * MAX_TICKS);
    const client = await Client.connect(this.#target.port);
    const over = Promise.withResolvers<'ended' | 'aborted' | 'failed'>();
    client.onEnd = () => over.resolve('ended');
    client.onFailure = () => over.resolve('failed');
    const isAborted = Math.random() < ABORTED_SHARE;
    const timer = isAborted && setTimeout(() => over.resolve('aborted'), Math.random() * MAX_ABORT_MS);
    client.socket.write(callBytes(this.#target, call, { ticks }));
    this[await over.promise]++;
    if (timer !== false) clearTimeout(timer);
    client.close();
  }
}

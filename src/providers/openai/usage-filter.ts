import { mayHoldUsage } from '../shared/usage-token.ts';
import type { StreamFilter } from '../wire.ts';
import { UsageEventTest } from './usage-event-test.ts';

const LF = 0x0a;
const CR = 0x0d;

/** Bytes of one event that are held while it may be the usage chunk; a real one has a few hundred. */
const MAX_HELD_BYTES = 64 * 1024;

/**
 * Takes the usage chunk out of a stream of chat or completion chunks: the event whose `choices` is empty and whose
 * `usage` is an object. Only to be used when the gateway asked for that chunk. All other bytes pass as they came; held
 * are only those of an event that may still be it, which is decided at its `choices`.
 */
export class UsageChunkFilter implements StreamFilter {
  /** Bytes of the event at hand from earlier chunks, when it is undecided. */
  #held: Buffer[] = [];
  #heldLength = 0;
  /** What is known of the event at hand. `Between`: it has no byte yet. */
  #event: 'Between' | 'Undecided' | 'Passing' = 'Between';
  readonly #test = new UsageEventTest();
  /** The last byte was a CR: an LF now belongs to that line end. */
  #afterCR = false;
  /** The CR that may be followed by an LF ended a removed event: the LF goes with it. */
  #removeLF = false;
  /** Bytes of the present line so far, to know empty lines. */
  #lineLength = 0;

  push(chunk: Buffer): readonly Buffer[] {
    if (this.#canPassWhole(chunk)) return [chunk];
    const out: Buffer[] = [];
    /** Beginning of the bytes of this chunk that are neither passed nor removed yet. */
    let from = 0;
    let i = 0;
    if (this.#afterCR && chunk.length > 0) {
      this.#afterCR = false;
      if (chunk[0] === LF) {
        i = 1;
        if (this.#removeLF) from = 1;
      }
      this.#removeLF = false;
    }
    while (i < chunk.length) {
      if (this.#event === 'Between') {
        this.#event = 'Undecided';
        this.#test.reset();
        if (i > from) out.push(chunk.subarray(from, i));
        from = i;
      }
      const end = lineEnd(chunk, i);
      const text = chunk.subarray(i, end < 0 ? chunk.length : end);
      this.#lineLength += text.length;
      if (this.#event === 'Undecided') this.#test.text(text);
      if (end < 0) break;
      i = end + 1;
      const cr = chunk[end] === CR;
      if (cr && chunk[i] === LF) i++;
      else if (cr && i === chunk.length) this.#afterCR = true;
      const empty = this.#lineLength === 0;
      this.#lineLength = 0;
      if (!empty) {
        if (this.#event === 'Undecided') this.#test.lineEnd();
      } else {
        if (this.#event === 'Undecided' && this.#test.isUsageEvent()) {
          this.#held = [];
          this.#heldLength = 0;
          from = i;
          this.#removeLF = this.#afterCR;
        }
        this.#event = 'Between';
      }
      if (this.#event === 'Undecided' && this.#test.decidedOther) this.#event = 'Passing';
      if (this.#event !== 'Undecided') this.#release(out);
    }
    this.#endOfChunk(chunk, from, out);
    return out;
  }

  end(): readonly Buffer[] {
    const held = this.#held;
    this.#held = [];
    this.#heldLength = 0;
    return held;
  }

  /** The common case: whole events of which none can be the usage chunk. */
  #canPassWhole(chunk: Buffer): boolean {
    const { length } = chunk;
    return (
      this.#event === 'Between' &&
      !this.#afterCR &&
      length >= 2 &&
      chunk[length - 1] === LF &&
      chunk[length - 2] === LF &&
      !mayHoldUsage(chunk)
    );
  }

  #release(out: Buffer[]): void {
    if (this.#heldLength === 0) return;
    out.push(...this.#held);
    this.#held = [];
    this.#heldLength = 0;
  }

  #endOfChunk(chunk: Buffer, from: number, out: Buffer[]): void {
    if (this.#event === 'Undecided' && this.#test.decidedOther) this.#event = 'Passing';
    const rest = from === 0 ? chunk : chunk.subarray(from);
    if (this.#event === 'Undecided') {
      this.#held.push(rest);
      this.#heldLength += rest.length;
      if (this.#heldLength <= MAX_HELD_BYTES) return;
      this.#event = 'Passing';
      this.#release(out);
      return;
    }
    this.#release(out);
    if (rest.length > 0) out.push(rest);
  }
}

/** Index of the first CR or LF at or after `from`, or -1. */
function lineEnd(chunk: Buffer, from: number): number {
  const lf = chunk.indexOf(LF, from);
  const cr = lf < 0 ? chunk.indexOf(CR, from) : chunk.subarray(from, lf).indexOf(CR);
  if (cr < 0) return lf;
  return lf < 0 ? cr : from + cr;
}

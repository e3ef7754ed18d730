import { mayHoldUsage } from '../shared/usage-token.ts';
import type { StreamFilter } from '../wire.ts';
import { UsageEventTest } from './usage-event-test.ts';

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

/** Bytes of one event that are held while it may be the usage chunk; a real one has a few hundred. */
const MAX_HELD_BYTES = 64 * 1024;

const EMPTY = Buffer.alloc(0);

/**
 * Takes the usage chunk out of a stream of chat or completion chunks: the event whose `choices` is empty and whose
 * `usage` is an object. Only to be used when the gateway asked for that chunk. All other bytes pass as they came; held
 * are only those of an event that may still be it, which is mostly decided at its `choices`.
 */
export class UsageChunkFilter implements StreamFilter {
  /** Where the last byte lies: between events, in a comment line between events, or in an event. */
  #at: 'Between' | 'Comment' | 'Undecided' | 'Passing' = 'Between';
  readonly #test = new UsageEventTest();
  /** Bytes of the undecided event from earlier chunks. */
  #held: Buffer[] = [];
  #heldLength = 0;
  /** Bytes of the present line so far: a line of none ends an event. */
  #lineLength = 0;
  /** The last byte was a CR; an LF now belongs to the same line end. */
  #afterCR = false;
  /** That CR ended a removed event: the LF goes with it. */
  #removeLF = false;

  /** The chunk at hand, the index from which it is neither passed nor removed, and where its last event begins. */
  #chunk: Buffer = EMPTY;
  #from = 0;
  #eventStart = 0;
  #out: Buffer[] = [];

  push(chunk: Buffer): readonly Buffer[] {
    if (this.#canPassWhole(chunk)) return [chunk];
    this.#chunk = chunk;
    this.#from = 0;
    this.#eventStart = 0;
    let i = this.#pendingLF();
    while (i < chunk.length) {
      if (this.#at === 'Between') this.#beginEvent(i);
      const end = lineEnd(chunk, i);
      this.#text(chunk.subarray(i, end < 0 ? chunk.length : end));
      if (end < 0) break;
      i = this.#afterLineEnd(end);
      this.#endLine(i);
    }
    this.#endChunk();
    const out = this.#out;
    this.#out = [];
    this.#chunk = EMPTY;
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
    const whole = length >= 2 && chunk[length - 1] === LF && chunk[length - 2] === LF;
    return whole && this.#at === 'Between' && !this.#afterCR && !mayHoldUsage(chunk);
  }

  /** Takes an LF whose CR was in the chunk before. Returns the index after it. */
  #pendingLF(): number {
    if (!this.#afterCR || this.#chunk.length === 0) return 0;
    this.#afterCR = false;
    const found = this.#chunk[0] === LF ? 1 : 0;
    if (this.#removeLF) this.#from = found;
    this.#removeLF = false;
    return found;
  }

  #beginEvent(index: number): void {
    // A comment before an event is not part of it, and must not wait for it.
    this.#at = this.#chunk[index] === COLON ? 'Comment' : 'Undecided';
    this.#eventStart = index;
    this.#test.reset();
  }

  #text(bytes: Buffer): void {
    this.#lineLength += bytes.length;
    if (this.#at !== 'Undecided') return;
    this.#test.text(bytes);
    if (this.#test.decidedOther) this.#pass();
  }

  #afterLineEnd(end: number): number {
    const next = end + 1;
    if (this.#chunk[end] !== CR) return next;
    this.#afterCR = next === this.#chunk.length;
    return this.#chunk[next] === LF ? next + 1 : next;
  }

  #endLine(next: number): void {
    const empty = this.#lineLength === 0;
    this.#lineLength = 0;
    if (this.#at === 'Comment') {
      this.#at = 'Between';
    } else if (!empty) {
      if (this.#at === 'Undecided') this.#test.lineEnd();
    } else {
      if (this.#at === 'Undecided') this.#endUndecided(next);
      this.#at = 'Between';
    }
  }

  #endUndecided(next: number): void {
    if (!this.#test.isUsageEvent()) {
      this.#pass();
      return;
    }
    if (this.#eventStart > this.#from) this.#out.push(this.#chunk.subarray(this.#from, this.#eventStart));
    this.#held = [];
    this.#heldLength = 0;
    this.#from = next;
    this.#removeLF = this.#afterCR;
  }

  /** The event is not the usage chunk: what was held of it goes out, before anything of this chunk. */
  #pass(): void {
    this.#at = 'Passing';
    if (this.#heldLength > 0) this.#out.push(...this.end());
  }

  #endChunk(): void {
    const chunk = this.#chunk;
    let end = chunk.length;
    if (this.#at === 'Undecided') {
      if (this.#heldLength + end - this.#eventStart > MAX_HELD_BYTES) this.#pass();
      else end = this.#eventStart;
    }
    if (end > this.#from)
      this.#out.push(this.#from === 0 && end === chunk.length ? chunk : chunk.subarray(this.#from, end));
    if (end < chunk.length) {
      this.#held.push(chunk.subarray(end));
      this.#heldLength += chunk.length - end;
    }
  }
}

/** Index of the first CR or LF at or after `from`, or -1. */
function lineEnd(chunk: Buffer, from: number): number {
  const lf = chunk.indexOf(LF, from);
  const cr = lf < 0 ? chunk.indexOf(CR, from) : chunk.subarray(from, lf).indexOf(CR);
  if (cr < 0) return lf;
  return lf < 0 ? cr : from + cr;
}

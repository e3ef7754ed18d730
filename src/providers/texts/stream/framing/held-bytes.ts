import { ByteAccumulator } from '../../../shared/byte-accumulator.ts';
import { MAX_EVENT_BYTES } from './frame.ts';

/** The beginning of a frame that the chunks so far did not end. */
export class HeldBytes {
  readonly #bytes = new ByteAccumulator();

  get length(): number {
    return this.#bytes.length;
  }

  /** Whether the frame is longer than may be held when `more` bytes join it. */
  isTooLong(more: number): boolean {
    return this.#bytes.length + more > MAX_EVENT_BYTES;
  }

  append(bytes: Buffer): void {
    this.#bytes.append(bytes, Infinity);
  }

  /** All of the frame, whose last bytes are `end`. Not copied when that is all of it. */
  take(end: Buffer): Buffer {
    if (this.#bytes.length === 0) return end;
    this.#bytes.append(end, Infinity);
    return this.#bytes.take() ?? end;
  }
}

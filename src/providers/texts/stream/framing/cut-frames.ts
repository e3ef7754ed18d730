import type { Frame } from './frame.ts';
import { TOO_LONG } from './frame.ts';
import { HeldBytes } from './held-bytes.ts';

/** Frames that are cut out of text: those that are whole, and the beginning of the next. */
export class CutFrames {
  readonly #held = new HeldBytes();
  /** The present frame was longer than may be held: its bytes go on as they come. */
  #givenUp = false;
  #whole: Frame[] = [];

  /** Bytes of the present frame that earlier chunks brought. */
  get heldLength(): number {
    return this.#held.length;
  }

  /** Adds a frame that does not end the present one. */
  add(frame: Frame): void {
    this.#whole.push(frame);
  }

  /** Ends the present frame, whose last bytes are `last`; `read` makes the frame of all its bytes. */
  cut(last: Buffer, read: (raw: Buffer) => Frame): void {
    const raw = this.#held.take(last);
    this.#whole.push(this.#givenUp ? { kind: 'Other', raw } : read(raw));
    this.#givenUp = false;
  }

  /** All that is held, and `last`. */
  takeHeld(last: Buffer): Buffer {
    return this.#held.take(last);
  }

  /** Keeps the rest of a chunk for the next one, unless the frame gets too long. */
  hold(rest: Buffer): void {
    if (rest.length === 0) return;
    if (this.#givenUp) {
      this.#whole.push({ kind: 'Other', raw: rest });
    } else if (this.#held.isTooLong(rest.length)) {
      this.#givenUp = true;
      this.#whole.push({ kind: 'Unreadable', raw: this.#held.take(rest), reason: TOO_LONG });
    } else {
      this.#held.append(rest);
    }
  }

  /** The whole frames since the last call. */
  take(): readonly Frame[] {
    const whole = this.#whole;
    this.#whole = [];
    return whole;
  }
}

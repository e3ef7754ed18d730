/** One text of a stream, on its way past the rules. */
import { GrowingText, type Release } from '../../../guardrails/engine/growing-text.ts';
import type { Watch } from '../../../guardrails/engine/watch.ts';
import type { CountedText } from './counted-text.ts';
import { HoldTime } from './hold-time.ts';

export class JudgedText {
  readonly counted: CountedText | undefined;
  readonly #growing: GrowingText | undefined;
  readonly #hold = new HoldTime();
  /** The longest that any of it has waited, in milliseconds. */
  longestWait = 0;

  /** `changing`: the rules that may change it; undefined: none. */
  constructor(changing: Watch | undefined, counted: CountedText | undefined) {
    this.#growing = changing === undefined ? undefined : new GrowingText(changing);
    this.counted = counted;
  }

  /** Undefined: no rule changes it, so that all of it may go out. */
  push(text: string): Release | undefined {
    const step = this.#growing?.push(text);
    if (step !== undefined && !(step.release === text && this.#hold.isEmpty)) this.#waited(text.length, step);
    return step;
  }

  end(): Release | undefined {
    const step = this.#growing?.end();
    if (step !== undefined) this.#waited(0, step);
    return step;
  }

  #waited(came: number, { release, edits }: Release): void {
    let left = release.length;
    for (const { start, end, replacement } of edits) left += end - start - replacement.length;
    this.longestWait = Math.max(this.longestWait, this.#hold.step(came, left, performance.now()));
  }
}

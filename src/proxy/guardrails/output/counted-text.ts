/** A text of a stream as rules see it that only count: it waits for none of them. */
import { GrowingText } from '../../../guardrails/engine/growing-text.ts';
import type { Tally, Watch } from '../../../guardrails/engine/watch.ts';
import { judgeWhole } from '../../../providers/texts/stream/whole-text.ts';
import type { Block } from '../../../providers/texts/stream/judge.ts';

/** What counts one text. */
export interface CountedText {
  /** More of it. False: it is more than is kept to be looked at. */
  push(text: string): boolean;
  end(): void;
}

/** Code units of one call's arguments that are kept until they are whole. */
const MAX_ARGUMENTS = 4 * 1024 * 1024;

/** A text that is looked at as it grows. */
export class CountedGrowth implements CountedText {
  readonly #growing: GrowingText;
  readonly #found: (tallies: readonly Tally[]) => void;

  /** `found` is told what the rules find. */
  constructor(watch: Watch, found: (tallies: readonly Tally[]) => void) {
    this.#growing = new GrowingText(watch);
    this.#found = found;
  }

  push(text: string): boolean {
    this.#found(this.#growing.push(text).findings);
    return true;
  }

  end(): void {
    this.#found(this.#growing.end().findings);
  }
}

/** Arguments of a tool: what is looked at is the strings in their JSON, as in an answer that comes whole. */
export class CountedArguments implements CountedText {
  readonly #block: Block;
  readonly #count: (text: string) => void;
  #text = '';

  /** `count` is told each string. */
  constructor(block: Block, count: (text: string) => void) {
    this.#block = block;
    this.#count = count;
  }

  push(text: string): boolean {
    this.#text += text;
    if (this.#text.length <= MAX_ARGUMENTS) return true;
    this.#text = '';
    return false;
  }

  end(): void {
    const whole = (text: string): [] => {
      this.#count(text);
      return [];
    };
    if (this.#text !== '') judgeWhole({ whole }, this.#text, this.#block);
  }
}

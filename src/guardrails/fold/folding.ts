import { Forms } from './forms.ts';
import { LookAlikes } from './look-alikes.ts';
import { Spans } from './spans.ts';

/**
 * A text as detectors see it: compatibility forms (NFKC), digits of other scripts, look-alikes and invisible characters
 * undone. Look-alikes come last: a look-alike and its mark do not become one character. It may grow: the pieces
 * that come out, joined, are the same whatever the pieces are that go in. Held are the last character, as long as it may
 * become another, and a word with look-alikes, to its end.
 */
export class Folding {
  /** The way back for all that has come out. */
  readonly spans = new Spans();
  readonly #forms = new Forms(this.spans);
  readonly #lookAlikes = new LookAlikes();

  /** What is new and certain of the folded text. */
  push(piece: string): string {
    return this.#fold(piece, false);
  }

  /** The rest: nothing follows any more. */
  end(): string {
    return this.#fold('', true);
  }

  #fold(piece: string, isLast: boolean): string {
    const text = this.#forms.push(piece, isLast);
    return this.#lookAlikes.push(text, this.#forms.lookAlikes, isLast);
  }
}

/** A whole text folded, and the way back. */
export interface Folded {
  readonly text: string;
  readonly spans: Spans;
}

/** Folds a whole text. One of ASCII is itself, and costs a glance. */
export function fold(text: string): Folded {
  const spans = new Spans();
  const forms = new Forms(spans);
  const formed = forms.push(text, true);
  return { text: new LookAlikes().push(formed, forms.lookAlikes, true), spans };
}

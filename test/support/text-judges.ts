/** Judges of texts for tests: simple, and right. */
import type { Block, TextJudge, TextOrigin } from '../../src/providers/texts/stream/judge.ts';
import type { TextEdit } from '../../src/providers/texts/types.ts';

export const WORD = 'secret@example';
export const MASK = '{MASKED}';
export const BLOCKED_WORD = 'forbidden!';

/** What {@link MaskingJudge} makes of a whole text. */
export const masked = (text: string): string => text.replaceAll(WORD, MASK);

/** Lets everything pass. */
export class IdentityJudge implements TextJudge {
  readonly blocked: string | undefined = undefined;
  readonly unreadables: string[] = [];
  push(_block: Block, text: string): string {
    return text;
  }
  end(): string {
    return '';
  }
  whole(_text: string, _origin: TextOrigin): readonly TextEdit[] {
    return [];
  }
  holds(_block: Block): boolean {
    return false;
  }
  unreadable(reason: string): 'Pass' | 'Block' {
    this.unreadables.push(reason);
    return 'Pass';
  }
}

/** Masks {@link WORD}, blocks at {@link BLOCKED_WORD}, and holds only what may be the beginning of one. */
export class MaskingJudge implements TextJudge {
  blocked: string | undefined;
  readonly texts = new Map<string, string>();
  readonly #held = new Map<string, string>();
  readonly #message: string;
  readonly #holdsArguments: boolean;

  constructor(message = 'This was withheld.', holdsArguments = false) {
    this.#message = message;
    this.#holdsArguments = holdsArguments;
  }

  push({ id }: Block, text: string): string {
    this.texts.set(id, (this.texts.get(id) ?? '') + text);
    const all = masked((this.#held.get(id) ?? '') + text);
    this.#check(all);
    if (this.blocked !== undefined) return all.slice(0, Math.max(all.indexOf(BLOCKED_WORD), 0));
    const held = Math.max(heldBack(all, WORD), heldBack(all, BLOCKED_WORD));
    this.#held.set(id, all.slice(all.length - held));
    return all.slice(0, all.length - held);
  }

  end({ id }: Block): string {
    const held = this.#held.get(id) ?? '';
    this.#held.delete(id);
    return held;
  }

  whole(text: string, _origin: TextOrigin): readonly TextEdit[] {
    this.#check(text);
    const edits: TextEdit[] = [];
    for (let start = text.indexOf(WORD); start >= 0; start = text.indexOf(WORD, start + WORD.length)) {
      edits.push({ start, end: start + WORD.length, replacement: MASK });
    }
    return edits;
  }

  holds({ kind }: Block): boolean {
    return this.#holdsArguments && kind === 'Arguments';
  }

  unreadable(_reason: string): 'Pass' | 'Block' {
    this.blocked = this.#message;
    return 'Block';
  }

  #check(text: string): void {
    if (text.includes(BLOCKED_WORD)) this.blocked ??= this.#message;
  }
}

/** How many characters at the end of `text` may be the beginning of `word`. */
function heldBack(text: string, word: string): number {
  for (let length = Math.min(word.length - 1, text.length); length > 0; length--) {
    if (word.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

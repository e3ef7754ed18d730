/** The texts of a stream that grow, and what becomes of their pieces. */
import type { Block, TextJudge } from './judge.ts';
import { judgeWhole } from './whole-text.ts';

/** More blocks at once than any real stream has. */
const MAX_OPEN = 1024;

/** Characters of texts that are held whole, of all of a stream together. */
const MAX_ASSEMBLED = 4 * 1024 * 1024;

class OpenBlock {
  readonly block: Block;
  /** The text so far if it is held whole. */
  assembled: string | undefined;
  /** What came and did not go out. Undefined from when something else went out than came. */
  outstanding: string | undefined = '';

  constructor(block: Block, isHeld: boolean) {
    this.block = block;
    this.assembled = isHeld ? '' : undefined;
  }
}

export class OpenBlocks {
  readonly #judge: TextJudge;
  readonly #open = new Map<string, OpenBlock>();
  #assembledLength = 0;

  constructor(judge: TextJudge) {
    this.#judge = judge;
  }

  /** Ids of the blocks that are open, as they were begun. */
  get ids(): readonly string[] {
    return [...this.#open.keys()];
  }

  isOpen(id: string): boolean {
    return this.#open.has(id);
  }

  /** What may go out now. */
  push(block: Block, text: string): string {
    const open = this.#get(block);
    if (open === undefined) return '';
    if (open.assembled !== undefined) return this.#assemble(open, text);
    const released = this.#judge.push(block, text);
    if (released !== text || open.outstanding !== '') noteReleased(open, text, released);
    return released;
  }

  /** Ends a block: what of it may still go out. */
  end(id: string): { readonly block: Block; readonly rest: string } | undefined {
    const open = this.#open.get(id);
    if (open === undefined) return undefined;
    this.#open.delete(id);
    const { block, assembled } = open;
    if (assembled === undefined) return { block, rest: this.#judge.end(block) };
    this.#assembledLength -= assembled.length;
    const rest = assembled === '' ? '' : judgeWhole(this.#judge, assembled, block);
    this.#judge.end(block);
    return { block, rest: this.#judge.blocked === undefined ? rest : '' };
  }

  /** Whether what has gone out of a block is all that came, as it came. */
  isEven(id: string): boolean {
    const open = this.#open.get(id);
    return open === undefined || open.outstanding === '';
  }

  /** Whether that holds for all that are open. */
  get areEven(): boolean {
    return this.ids.every((id) => this.isEven(id));
  }

  #get(block: Block): OpenBlock | undefined {
    let open = this.#open.get(block.id);
    if (open !== undefined) return open;
    if (this.#open.size === MAX_OPEN && !this.#passes(`a stream has more than ${MAX_OPEN} texts at once`))
      return undefined;
    open = new OpenBlock(block, this.#judge.holds(block));
    this.#open.set(block.id, open);
    return open;
  }

  #assemble(open: OpenBlock, text: string): string {
    const assembled = (open.assembled ?? '') + text;
    open.outstanding = assembled;
    open.assembled = assembled;
    this.#assembledLength += text.length;
    if (this.#assembledLength <= MAX_ASSEMBLED || !this.#passes('the arguments of a tool are too long to be held'))
      return '';
    // What has come is let go unjudged, as everything is that cannot be read; what follows is judged as it comes.
    open.assembled = undefined;
    open.outstanding = undefined;
    this.#assembledLength -= assembled.length;
    return assembled;
  }

  #passes(reason: string): boolean {
    return this.#judge.unreadable(reason) === 'Pass';
  }
}

function noteReleased(open: OpenBlock, text: string, released: string): void {
  if (open.outstanding === undefined) return;
  const due = open.outstanding + text;
  // What is held for long is not looked at each time that it grows.
  if (released === '') open.outstanding = due;
  else open.outstanding = due.startsWith(released) ? due.slice(released.length) : undefined;
}

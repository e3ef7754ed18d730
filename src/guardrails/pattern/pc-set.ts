/** Instructions in the order they were added, each once. Clearing is free (Briggs and Torczon's sparse set). */
export class PcSet {
  /** The members are the first `length` of it. */
  readonly members: Int32Array;
  length = 0;
  readonly #where: Int32Array;

  constructor(instructions: number) {
    this.members = new Int32Array(instructions);
    this.#where = new Int32Array(instructions);
  }

  /** Whether it was new. */
  add(pc: number): boolean {
    const where = this.#where[pc] ?? 0;
    if (where < this.length && this.members[where] === pc) return false;
    this.#where[pc] = this.length;
    this.members[this.length] = pc;
    this.length += 1;
    return true;
  }

  clear(): void {
    this.length = 0;
  }
}

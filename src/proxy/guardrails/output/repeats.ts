/** Texts that a stream says more than once: what is found in them counts once. */
export class Repeats {
  readonly #said = new Set<string>();
  readonly #growing = new Map<string, Fingerprint>();

  /** The text `id` goes on. */
  push(id: string, text: string): void {
    let growing = this.#growing.get(id);
    if (growing === undefined) {
      growing = new Fingerprint();
      this.#growing.set(id, growing);
    }
    growing.push(text);
  }

  /** The text `id` is whole. */
  end(id: string): void {
    const growing = this.#growing.get(id);
    if (growing !== undefined) this.#said.add(growing.key);
    this.#growing.delete(id);
  }

  /** Whether a whole text has been said before; from now on it has. */
  isRepeated(text: string): boolean {
    const { key } = new Fingerprint().push(text);
    if (this.#said.has(key)) return true;
    this.#said.add(key);
    return false;
  }
}

/** Tells texts apart well enough to count. */
class Fingerprint {
  #length = 0;
  #a = 0x811c9dc5;
  #b = 0;

  push(text: string): this {
    this.#length += text.length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      this.#a = Math.imul(this.#a ^ unit, 0x01000193);
      this.#b = (Math.imul(this.#b, 31) + unit) | 0;
    }
    return this;
  }

  get key(): string {
    return `${this.#length} ${this.#a} ${this.#b}`;
  }
}

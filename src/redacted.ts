/**
 * A secret value that cannot be printed by accident: every usual way to turn it into text (string conversion, JSON,
 * `util.inspect`, template literals) yields `[redacted]`. Only {@link Redacted.reveal} gives the value, so that every
 * place that handles a secret in the clear can be found by that one word.
 */
export class Redacted {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret in the clear. */
  reveal(): string {
    return this.#value;
  }

  /** Whether both hold the same secret. */
  equals(other: Redacted): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.toPrimitive](): string {
    return '[redacted]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}

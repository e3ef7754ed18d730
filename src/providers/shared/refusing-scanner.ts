import type { BodyScan, BodyScanner } from '../wire.ts';

/** A body that cannot be looked into, whatever its bytes. */
export class RefusingScanner implements BodyScanner {
  readonly #message: string;

  constructor(message: string) {
    this.#message = message;
  }

  push(): void {}

  end(): BodyScan {
    return { kind: 'Invalid', message: this.#message };
  }
}

/** An answer that goes on to the client as it comes. */
import type { StreamFilter } from '../../providers/wire.ts';
import type { Answer, AnswerOwner } from './answer.ts';
import type { Delivery } from './delivery.ts';

/** Byte for byte. */
export class PassedAnswer implements Answer {
  readonly #owner: AnswerOwner;
  readonly #delivery: Delivery;

  constructor(owner: AnswerOwner, delivery: Delivery) {
    this.#owner = owner;
    this.#delivery = delivery;
  }

  push(chunk: Buffer): void {
    this.#delivery.write(chunk);
  }

  end(): void {
    this.#owner.complete();
  }

  flush(): void {
    // Nothing is held.
  }
}

/** But for what a filter takes out. */
export class FilteredAnswer implements Answer {
  readonly #owner: AnswerOwner;
  readonly #delivery: Delivery;
  readonly #filter: StreamFilter;

  constructor(owner: AnswerOwner, delivery: Delivery, filter: StreamFilter) {
    this.#owner = owner;
    this.#delivery = delivery;
    this.#filter = filter;
  }

  push(chunk: Buffer): void {
    for (const part of this.#filter.push(chunk)) this.#delivery.write(part);
  }

  end(): void {
    this.flush();
    this.#owner.complete();
  }

  flush(): void {
    for (const part of this.#filter.end()) this.#delivery.write(part);
  }
}

/** An answer that goes on to the client as it comes. */
import type { StreamFilter } from '../../providers/wire.ts';
import type { ResponseHead } from '../response-head.ts';
import type { Answer, AnswerOwner, Flushed } from './answer.ts';
import type { Delivery } from './delivery.ts';
import type { AnswerParts } from './parts.ts';

/** Byte for byte. */
export class PassedAnswer implements Answer {
  readonly #owner: AnswerOwner;
  readonly #delivery: Delivery;
  readonly #response: ResponseHead;

  constructor({ owner, delivery, response }: AnswerParts) {
    this.#owner = owner;
    this.#delivery = delivery;
    this.#response = response;
  }

  begin(): void {
    this.#delivery.begin(this.#response, false);
  }

  push(chunk: Buffer): void {
    this.#delivery.write(chunk);
  }

  end(): void {
    this.#owner.complete();
  }

  flush(): Flushed {
    return 'AsItCame';
  }
}

/** But for what a filter takes out. */
export class FilteredAnswer implements Answer {
  readonly #owner: AnswerOwner;
  readonly #delivery: Delivery;
  readonly #response: ResponseHead;
  readonly #filter: StreamFilter;

  constructor({ owner, delivery, response }: AnswerParts, filter: StreamFilter) {
    this.#owner = owner;
    this.#delivery = delivery;
    this.#response = response;
    this.#filter = filter;
  }

  begin(): void {
    this.#delivery.begin(this.#response, true);
  }

  push(chunk: Buffer): void {
    for (const part of this.#filter.push(chunk)) this.#delivery.write(part);
  }

  end(): void {
    this.flush();
    this.#owner.complete();
  }

  flush(): Flushed {
    for (const part of this.#filter.end()) this.#delivery.write(part);
    return 'AsItCame';
  }
}

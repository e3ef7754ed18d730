/** Event streams of Bedrock: ConverseStream, or InvokeModelWithResponseStream, whose events are all `chunk`. */
import type { Dialect, DialectEvent, EventReading } from '../dialect.ts';
import type { Block } from '../judge.ts';
import type { JSONObject } from '../json-value.ts';
import { ConverseDialect } from './converse.ts';
import { InvokeDialect } from './invoke.ts';

export class BedrockDialect implements Dialect {
  readonly isNumbered = false;
  readonly #model: string;
  readonly #isSigned: boolean;
  #inner: Dialect | undefined;

  /** `isSigned`: the model signs what it thinks. */
  constructor(model: string, isSigned: boolean) {
    this.#model = model;
    this.#isSigned = isSigned;
  }

  read(event: JSONObject, name: string | undefined): EventReading | undefined {
    return this.#known(name).read(event, name);
  }

  sent(event: JSONObject, name: string | undefined): void {
    this.#inner?.sent(event, name);
  }

  rest(block: Block, text: string): DialectEvent {
    return this.#known(undefined).rest(block, text);
  }

  blockedEnd(message: string, name: string | undefined): readonly DialectEvent[] {
    return this.#known(name).blockedEnd(message, name);
  }

  #known(name: string | undefined): Dialect {
    this.#inner ??=
      name === 'chunk' ? new InvokeDialect(this.#model, true) : new ConverseDialect(false, this.#isSigned);
    return this.#inner;
  }
}

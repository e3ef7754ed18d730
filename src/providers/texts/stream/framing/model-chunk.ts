/**
 * A `chunk` event of InvokeModelWithResponseStream: `{"bytes":"<base64 of the model's own JSON>","p":"<padding>"}`. The
 * padding hides the length of what a chunk says; it is of random length and stays as it is.
 */
import { EditedJSON } from '../edited-json.ts';
import { isObject, parseJSON } from '../json-value.ts';
import type { EventFrame } from './frame.ts';

export class ModelChunk implements EventFrame {
  readonly kind = 'Event';
  readonly name = 'chunk';
  readonly data: Buffer;
  readonly #event: EventFrame;

  /** Undefined: it does not hold what it has to. */
  static of(event: EventFrame): ModelChunk | undefined {
    const value = parseJSON(event.data);
    const encoded = isObject(value) ? value['bytes'] : undefined;
    return typeof encoded === 'string' ? new ModelChunk(event, Buffer.from(encoded, 'base64')) : undefined;
  }

  private constructor(event: EventFrame, data: Buffer) {
    this.#event = event;
    this.data = data;
  }

  get raw(): Buffer {
    return this.#event.raw;
  }

  with(data: Buffer): Buffer {
    const payload = new EditedJSON(this.#event.data);
    payload.set(['bytes'], data.toString('base64'));
    return this.#event.with(payload.bytes());
  }
}

export function writeModelChunk(data: string): Buffer {
  return Buffer.from(JSON.stringify({ bytes: Buffer.from(data).toString('base64') }));
}

/** What a stream of events is cut into, and how events are written. */

/** An event whose data is a JSON document, or was meant to be. */
export interface EventFrame {
  readonly kind: 'Event';
  /** The bytes as they came, with what stood before the event. May belong to the chunk being pushed. */
  readonly raw: Buffer;
  /** Of the SSE event or AWS event, when it has one. */
  readonly name: string | undefined;
  readonly data: Buffer;
  /** Where `data` stands in `raw`, as it is and in one piece. Undefined: it does not. */
  readonly dataStart?: number | undefined;
  /** The event with other data; all else of it stays. */
  with(data: Buffer): Buffer;
}

export type Frame =
  | EventFrame
  /** Bytes that say nothing: comments, white space, the rest of an event that has been given up. */
  | { readonly kind: 'Other'; readonly raw: Buffer }
  /** After it comes no event: the end of an array, an exception. */
  | { readonly kind: 'End'; readonly raw: Buffer }
  /** What cannot be read. `reason` quotes nothing. */
  | {
      readonly kind: 'Unreadable';
      readonly raw: Buffer;
      readonly reason: string;
      /** As of an event, if that could be read. */
      readonly name?: string;
    };

/** An event of the gateway's own. `data` is JSON, or in an event stream also `[DONE]`. */
export interface OwnEvent {
  readonly name: string | undefined;
  readonly data: string;
}

/**
 * Cuts one stream into frames; chunks may be cut anywhere. The bytes of all frames, in order, are the bytes that came. What is held
 * is at most one event and as long as {@link MAX_EVENT_BYTES}.
 */
export interface Framing {
  /**
   * Nothing of an event has come: a chunk whose bytes are those of an event that came before is one. Of such a chunk it need
   * not hear, nor of one that differs only within a JSON string or number.
   */
  readonly isBetweenEvents: boolean;
  push(chunk: Buffer): readonly Frame[];
  /** The stream ended: what it left unfinished. */
  end(): readonly Frame[];
  /** An event of the gateway's own; `isFirst`: none has been sent. */
  write(event: OwnEvent, isFirst: boolean): Buffer;
  /** What ends a stream whose own end is not sent. */
  close(isEmpty: boolean): Buffer;
}

/** Bytes of one event that are held. The longest real ones carry an image or repeat a whole answer. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;

export const TOO_LONG = `an event of the stream is longer than ${MAX_EVENT_BYTES / 1024 / 1024} MiB`;

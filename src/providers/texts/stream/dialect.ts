/** How one API says texts in the events of a stream. */
import type { JSONObject, Path } from './json-value.ts';
import type { Block, TextOrigin } from './judge.ts';

/** A piece of a text that grows. */
export interface Piece {
  readonly block: Block;
  readonly path: Path;
  readonly text: string;
}

/** A text that an event has whole: one that is not cut into pieces, or that repeats them. */
export interface WholeText extends TextOrigin {
  readonly path: Path;
  readonly text: string;
}

/** What says the same as the texts of its event in another form (tokens with their likelihood), and what takes its place if they change. */
export interface Echo {
  readonly path: Path;
  readonly json: string;
  /** It says everything that has been said so far, not only what its event says. */
  readonly isOfAll?: true;
}

export interface EventReading {
  readonly pieces: readonly Piece[];
  readonly wholes: readonly WholeText[];
  readonly echoes: readonly Echo[];
  /** Blocks that end with this event, by their id. */
  readonly ends: 'All' | readonly string[];
  /** It holds more than can be looked at. */
  readonly isTooMuch?: boolean;
  /** A text that went on when it came would have ended within it: the same event once more is not read as it was. */
  readonly breaksTexts?: boolean;
}

/** An event of the gateway's own. */
export interface DialectEvent {
  readonly name: string | undefined;
  readonly value: JSONObject | '[DONE]';
}

/** Reads the events of one stream, in order. */
export interface Dialect {
  /** Events have a running number `sequence_number`. */
  readonly isNumbered: boolean;
  /**
   * Undefined: it is of no shape that this API has. An event whose reading is one piece and that comes right after another
   * one, from which it differs in that piece's text alone (and in numbers and padding), is read like it: it is not
   * asked for.
   */
  read(event: JSONObject, name: string | undefined): EventReading | undefined;
  /** The client has been sent `event`. It is the caller's again: of the next one it says the text, and the figures. */
  sent(event: JSONObject, name: string | undefined): void;
  /** An event with which the text of `block`, of which there have been pieces, goes on with `text`. */
  rest(block: Block, text: string): DialectEvent;
  /**
   * The events that end the stream after those that have been sent, and tell the caller `message` unless it is empty.
   * `name`: of the event in which something was blocked.
   */
  blockedEnd(message: string, name: string | undefined): readonly DialectEvent[];
}

export const NOTHING: EventReading = { pieces: [], wholes: [], echoes: [], ends: [] };

/** A reading as it is put together. */
export class Reading implements EventReading {
  readonly pieces: Piece[] = [];
  readonly wholes: WholeText[] = [];
  readonly echoes: Echo[] = [];
  ends: 'All' | string[] = [];
  isTooMuch = false;
  breaksTexts = false;

  /** Adds a piece if `text` is one. */
  piece(block: Block, path: Path, text: unknown): void {
    if (typeof text === 'string' && text !== '') this.pieces.push({ block, path, text });
  }

  whole(origin: TextOrigin, path: Path, text: unknown): void {
    if (typeof text === 'string' && text !== '') this.wholes.push({ ...origin, path, text });
  }

  echo(path: Path, value: unknown, json: string): void {
    if (value !== undefined && value !== null) this.echoes.push({ path, json });
  }

  /** `value` says once more what has been said so far. */
  echoOfAll(path: Path, value: unknown, json: string): void {
    if (typeof value === 'string' && value !== '') this.echoes.push({ path, json, isOfAll: true });
  }

  end(block: string): void {
    if (this.ends !== 'All' && !this.ends.includes(block)) this.ends.push(block);
  }
}

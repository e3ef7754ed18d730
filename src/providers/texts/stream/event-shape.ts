/**
 * The shape of an event that says one text. Most of a stream's events follow one that differs from them in that text alone:
 * they are told by their bytes, and need not be parsed.
 */
import type { EventReading, Piece } from './dialect.ts';
import { EditedJSON, spliced } from './edited-json.ts';
import type { EventFrame } from './framing/frame.ts';
import { type JSONObject, member, parseJSON, type Path } from './json-value.ts';
import { type Place, placesOf } from './value-places.ts';

/**
 * What is another in each event, and is neither text nor tells what is one: OpenAI's running number and padding, Bedrock's
 * padding, Gemini's figures so far.
 */
const VARYING: readonly Path[] = [
  ['sequence_number'],
  ['obfuscation'],
  ['p'],
  ['usageMetadata', 'candidatesTokenCount'],
  ['usageMetadata', 'thoughtsTokenCount'],
  ['usageMetadata', 'totalTokenCount'],
];

/** Longer events are parsed: each stream keeps its shape. */
const MAX_BYTES = 2048;
/** Digits of a number that surely is what it is written as. */
const MAX_DIGITS = 15;

const QUOTE = 0x22;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const BACKSLASH = 0x5c;
const LF = 0x0a;
/** The first byte of a byte order mark in UTF-8: no field begins with it. */
const BOM_BYTE = 0xef;

/** A value that may differ; of a string what stands between the quotes. */
interface Hole extends Place {
  readonly path: Path;
  readonly isText: boolean;
  readonly isString: boolean;
}

export class EventShape {
  /** Events of this shape are told by all their bytes, and else by their name and data. */
  readonly isWhole: boolean;
  readonly name: string | undefined;
  /** The event that {@link EventShape.say} said last, as it was parsed, but for its padding. */
  readonly event: JSONObject;
  readonly piece: Piece;
  /** Some event was of this shape, besides the one that it was made of. */
  hasMatched = false;
  readonly #document: Buffer;
  readonly #holes: readonly Hole[];
  /** Bytes before the data, and after it. */
  readonly #before: number;
  readonly #after: number;
  /** Where the text of the event that was read last stands, with its quotes. */
  #start = 0;
  #end = 0;
  #isPlain = false;
  /** Numbers of the event that was read last, in the order of their holes. */
  readonly #figures: number[] = [];

  /** `event` is what the data of `frame` were parsed to. Undefined: it says more than one text, or cannot be told by its bytes. */
  static of(
    frame: EventFrame,
    event: JSONObject,
    { pieces, wholes, echoes, ends, isTooMuch, breaksTexts }: EventReading,
  ): EventShape | undefined {
    const { data, raw } = frame;
    const [piece] = pieces;
    if (piece === undefined || pieces.length > 1 || raw.length > MAX_BYTES) return undefined;
    if (wholes.length > 0 || echoes.length > 0 || ends.length > 0 || isTooMuch === true) return undefined;
    if (breaksTexts === true) return undefined;
    const text = holeAt(data, piece.path, true);
    if (text?.isString !== true || parseJSON(data.subarray(text.start - 1, text.end + 1)) !== piece.text)
      return undefined;
    const holes = [text];
    for (const path of VARYING) {
      if (path.reduce<unknown>(memberOf, event) === undefined) continue;
      const hole = holeAt(data, path, false);
      if (hole === undefined) return undefined;
      holes.push(hole);
    }
    holes.sort((a, b) => a.start - b.start);
    return new EventShape(frame, event, piece, holes);
  }

  /** `holes`: in the data. */
  private constructor({ data, raw, name, dataStart }: EventFrame, event: JSONObject, piece: Piece, holes: Hole[]) {
    // The mark with which a stream may begin is none in the midst of it.
    this.isWhole = dataStart !== undefined && raw[0] !== BOM_BYTE && raw[raw.length - 1] === LF;
    const bytes = this.isWhole ? raw : data;
    const before = this.isWhole ? (dataStart ?? 0) : 0;
    this.#before = before;
    this.#after = bytes.length - before - data.length;
    this.#document = Buffer.from(bytes);
    this.name = name;
    this.event = event;
    this.piece = piece;
    this.#holes = holes.map((hole) => ({ ...hole, start: hole.start + before, end: hole.end + before }));
  }

  /**
   * Reads an event of this shape: returns its text, which is never empty. Undefined: it is of
   * another shape. `data`: all of its bytes if the shape {@link EventShape.isWhole}.
   */
  read(data: Buffer): string | undefined {
    const document = this.#document;
    /** Up to where the bytes of both have been gone through. */
    let known = 0;
    let at = 0;
    let text = '';
    let figures = 0;
    for (const hole of this.#holes) {
      const begin = at + hole.start - known;
      if (begin >= data.length || data.compare(document, known, hole.start, at, begin) !== 0) return undefined;
      at = hole.isString ? endOfString(data, begin) : endOfNumber(data, begin);
      if (at < 0) return undefined;
      known = hole.end;
      if (hole.isText) {
        text = this.#text(data, begin, at) ?? '';
        if (text === '') return undefined;
      } else if (!hole.isString) {
        this.#figures[figures++] = Number(data.toString('latin1', begin, at));
      } else if (!isPlain(data, begin, at)) {
        return undefined;
      }
    }
    const isSame = data.length - at === document.length - known;
    if (!isSame || data.compare(document, known, document.length, at, data.length) !== 0) return undefined;
    this.hasMatched = true;
    return text;
  }

  /** The event that was read last, with another text; `data` are the bytes that were read. */
  with(data: Buffer, text: string): Buffer {
    if (!this.#isPlain) {
      const place = { start: this.#before, end: data.length - this.#after };
      const edited = new EditedJSON(data.subarray(place.start, place.end));
      edited.set(this.piece.path, text);
      return spliced(data, [{ ...place, bytes: edited.bytes() }]);
    }
    const literal = JSON.stringify(text);
    const length = Buffer.byteLength(literal);
    const bytes = Buffer.allocUnsafe(data.length + length - (this.#end - this.#start));
    data.copy(bytes, 0, 0, this.#start);
    bytes.write(literal, this.#start);
    data.copy(bytes, this.#start + length, this.#end);
    return bytes;
  }

  /** Makes {@link EventShape.event} the one that was read last, with `text`. One that is not sent leaves no figures there. */
  say(text: string): void {
    let figures = 0;
    for (const { path, isText, isString } of this.#holes) {
      if (isText) set(this.event, path, text);
      else if (!isString) set(this.event, path, this.#figures[figures++] ?? 0);
    }
  }

  /** Undefined: it is no JSON. */
  #text(data: Buffer, start: number, end: number): string | undefined {
    this.#start = start - 1;
    this.#end = end + 1;
    this.#isPlain = isPlain(data, start, end);
    if (this.#isPlain) return data.toString('latin1', start, end);
    const text = parseJSON(data.subarray(this.#start, this.#end));
    return typeof text === 'string' ? text : undefined;
  }
}

const memberOf = (value: unknown, name: string | number): unknown => member(value, String(name));

/** Undefined: there is no such value, there are several, or it is neither a string nor a natural number. */
function holeAt(data: Buffer, path: Path, isText: boolean): Hole | undefined {
  const [place, another] = placesOf(data, path);
  if (place === undefined || another !== undefined) return undefined;
  const { start, end } = place;
  if (data[start] === QUOTE) return { path, isText, isString: true, start: start + 1, end: end - 1 };
  return endOfNumber(data, start) === end ? { path, isText, isString: false, start, end } : undefined;
}

/** Where the string ends whose first character is at `start`; -1: nowhere. */
function endOfString(data: Buffer, start: number): number {
  let at = data.indexOf(QUOTE, start);
  while (at > 0 && isEscaped(data, start, at)) at = data.indexOf(QUOTE, at + 1);
  return at;
}

/** Whether a string is what is written there, byte for byte: characters of ASCII, and no escapes. */
function isPlain(data: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = data[i] as number;
    if (byte < 0x20 || byte >= 0x7f || byte === BACKSLASH) return false;
  }
  return true;
}

/** Whether the byte at `at`, in a string from `start` on, is part of an escape. */
function isEscaped(data: Buffer, start: number, at: number): boolean {
  let before = at;
  while (before > start && data[before - 1] === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

/** -1: what begins at `start` is no natural number, or a long one. */
function endOfNumber(data: Buffer, start: number): number {
  let i = start;
  while (i < data.length && (data[i] as number) >= DIGIT_0 && (data[i] as number) <= DIGIT_9) i++;
  const length = i - start;
  return length === 0 || length > MAX_DIGITS || (length > 1 && data[start] === DIGIT_0) ? -1 : i;
}

function set(event: JSONObject, path: Path, value: string | number): void {
  let holder: unknown = event;
  const last = path.length - 1;
  for (let i = 0; i < last; i++) holder = (holder as Record<string | number, unknown>)[path[i] as string | number];
  (holder as Record<string | number, unknown>)[path[last] as string | number] = value;
}

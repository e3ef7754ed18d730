import { endOfEscape, isHexEscape, LONGEST_ESCAPE, NO_ESCAPE } from '../words/escapes.ts';

/** Code units that are looked at before there must be room for more numbers. */
const BLOCK = 4096;
/** A text of so many is a piece of a stream: read as it is, sooner than it is copied. */
const SHORT = 256;
/** Places that are kept from one text to the next; those of larger texts are given back. */
const KEPT = 1 << 14;
/** Numbers that a detector may ask for beyond the last. */
const BEYOND = 16;

/** One text is looked at after the other, so all can have the same room: whose it is now says `owner`. */
let room = new Int32Array(KEPT);
let owner = 1;

/** The code units of a block, and the same two by two: reading these costs half as much as asking a text for each. */
const bytes = Buffer.alloc(2 * BLOCK);
const units = new Uint16Array(bytes.buffer, bytes.byteOffset, BLOCK);
const pairs = new Uint32Array(bytes.buffer, bytes.byteOffset, BLOCK / 2);

const DIGIT = /[0-9]/g;

/**
 * The numbers of a text, which are its runs of ASCII digits, without those of an escape before them (`\u0020415`). Found in
 * one pass, for all detectors of values with digits. The pass does not branch on what it reads: most of a text has none,
 * and a log has little else.
 */
export class Numbers {
  readonly #text: string;
  #ticket = 0;
  #from = 0;
  #end = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Where numbers begin (even places) and end (the odd place after it), in order: all that begin at `from` or later. A
   * number of which a part is before `from` may be left out or begin there. From place {@link Numbers.end} on there are
   * empty ones at the end of the text, where a number might follow. Good until another text is asked for its numbers.
   */
  bounds(from: number): Int32Array<ArrayBuffer> {
    if (this.#ticket !== owner || from < this.#from) this.#read(from);
    return room;
  }

  /** How many places of the bounds are filled. */
  get end(): number {
    return this.#end;
  }

  #read(from: number): void {
    const text = this.#text;
    const { length } = text;
    if (room.length > KEPT) room = new Int32Array(KEPT);
    const end = length - from > SHORT ? readLong(text, from) : readShort(text, from);
    if (end > 0) leaveEscapes(text, from, end);
    for (let place = end; place < end + BEYOND; place += 1) room[place] = length;
    owner += 1;
    this.#ticket = owner;
    this.#from = from;
    this.#end = end;
  }
}

// 1 for a digit, 0 for anything else: a place is filled over and over, and left where that changes.

/** Fills the room with the numbers of a text from `from` on, one code unit at a time; returns how many places that takes. */
function readShort(text: string, from: number): number {
  const { length } = text;
  let end = 0;
  let before = 0;
  for (let at = nextDigit(text, from); at < length; at += 1) {
    const digit = ((text.charCodeAt(at) ^ 0x30) - 10) >>> 31;
    room[end] = at;
    end += digit ^ before;
    before = digit;
  }
  room[end] = length;
  return end + before;
}

/** The same, a block at a time. */
function readLong(text: string, from: number): number {
  const { length } = text;
  let places = room;
  let end = 0;
  let before = 0;
  for (let at = nextDigit(text, from); at < length; at = before === 1 ? at : nextDigit(text, at)) {
    if (end + BLOCK + BEYOND + 1 > places.length) places = grown(places, end * (length / (at - from)));
    const limit = Math.min(length, at + BLOCK);
    copyBlock(text, at, limit);
    for (let pair = 0; at < limit; pair += 1, at += 2) {
      const two = pairs[pair] ?? 0;
      const first = (((two & 0xffff) ^ 0x30) - 10) >>> 31;
      places[end] = at;
      end += first ^ before;
      before = (((two >>> 16) ^ 0x30) - 10) >>> 31;
      places[end] = at + 1;
      end += before ^ first;
    }
    at = limit;
  }
  room = places;
  places[end] = length;
  return end + before;
}

/** Lets numbers that begin with the last digits of `\uXXXX` or `\xXX` begin behind it. `end`: how many places are filled. */
function leaveEscapes(text: string, from: number, end: number): void {
  let place = 0;
  let at = text.indexOf('\\', Math.max(0, from - LONGEST_ESCAPE));
  for (; at !== -1; at = text.indexOf('\\', at + 1)) {
    const behind = endOfEscape(text, at);
    if (behind === NO_ESCAPE || !isHexEscape(text, behind)) continue;
    while (place < end && (room[place + 1] ?? 0) <= behind) place += 2;
    if (place < end && (room[place] ?? 0) < behind) room[place] = behind;
  }
}

/** The first digit from `from` on, the text's length when there is none. */
function nextDigit(text: string, from: number): number {
  DIGIT.lastIndex = from;
  return DIGIT.test(text) ? DIGIT.lastIndex - 1 : text.length;
}

/** Copies a part of a text, and something that is no digit behind it. */
function copyBlock(text: string, from: number, end: number): void {
  bytes.write(text.slice(from, end), 'utf16le');
  if (end - from < BLOCK) units[end - from] = 0;
}

/** `expected`: how many places the rest of the text takes, if it is like what is before it. */
function grown(places: Int32Array, expected: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(Math.ceil(Math.max(2 * places.length, 1.1 * expected)));
  more.set(places);
  return more;
}

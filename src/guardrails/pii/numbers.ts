/** Code units that are looked at before there must be room for more numbers. */
const BLOCK = 512;
/** Places that are kept from one text to the next; those of larger texts are given back. */
const KEPT = 1 << 14;
/** Numbers that a detector may ask for beyond the last. */
const BEYOND = 16;

/** One text is looked at after the other, so all can have the same room: whose it is now says `owner`. */
let room = new Int32Array(KEPT);
let owner = 1;

/**
 * The numbers of a text, which are its runs of ASCII digits: found in one pass, for all detectors of values with digits. As
 * most of a text has none and a log has little else, the pass does not branch on what it reads.
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
    let places = room;
    let end = 0;
    let before = 0;
    for (let at = from; at < length;) {
      if (end + BLOCK + BEYOND + 1 > places.length) places = grown(places, end * (length / (at - from)));
      for (const limit = Math.min(length, at + BLOCK); at < limit; at += 1) {
        // 1 for a digit, 0 for anything else: a place is filled over and over, and left where that changes.
        const digit = ((text.charCodeAt(at) ^ 0x30) - 10) >>> 31;
        places[end] = at;
        end += digit ^ before;
        before = digit;
      }
    }
    if (before === 1) places[end++] = length;
    places.fill(length, end, end + BEYOND);
    room = places;
    owner += 1;
    this.#ticket = owner;
    this.#from = from;
    this.#end = end;
  }
}

/** `expected`: how many places the rest of the text takes, if it is like what is before it. */
function grown(places: Int32Array, expected: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(Math.ceil(Math.max(2 * places.length, 1.1 * expected)));
  more.set(places);
  return more;
}

import { CHANGES, COMPOSES, CONTINUES, digitOf, INVISIBLE, LOOK_ALIKE, traits } from './characters.ts';
import { Places } from './places.ts';
import type { Spans } from './spans.ts';

/**
 * How many code units that continue a character are folded together with it; more begin anew. The stream-safe format of
 * UAX #15 allows 30 marks; no writing comes near.
 */
const LONGEST_CONTINUATION = 64;

/** Code units that are looked at one by one. */
const NEAR = 8;
const BEYOND_ASCII = /[\u0080-\uffff]/g;
const INVISIBLE_CHARACTERS = /\p{DI}+/gu;
const LAST_VISIBLE = /\P{DI}\p{DI}*$/u;
const FOREIGN_DIGITS = /(?![0-9])\p{Nd}/gu;

/**
 * Compatibility forms, of a text that grows: what comes out is the NFKC of what went in without its invisible characters,
 * every digit as an ASCII one. A character is held as long as something may follow that becomes one with it.
 */
export class Forms {
  readonly #spans: Spans;
  #held = '';
  /** Code units that came out, and those that went in for them. */
  #folded = 0;
  #written = 0;
  #lookAlikes: Places | undefined;

  constructor(spans: Spans) {
    this.#spans = spans;
  }

  /** Where letters may be that look like those of another script, in what came out of the last `push`; undefined: nowhere. */
  get lookAlikes(): Places | undefined {
    return this.#lookAlikes;
  }

  push(piece: string, isLast: boolean): string {
    const plain = isLast ? undefined : this.#pushASCII(piece);
    if (plain !== undefined) return plain;
    const given = this.#held === '' ? piece : this.#held + piece;
    const text = !isLast && isHigh(given.charCodeAt(given.length - 1)) ? given.slice(0, -1) : given;
    this.#lookAlikes = undefined;
    let out = '';
    // What is before `copied` is in `out`; from there to `at` nothing changes, and is copied in one go.
    let copied = 0;
    let at = 0;
    for (at = skipAscii(text, at); at < text.length; at = skipAscii(text, at)) {
      const code = text.codePointAt(at) ?? 0;
      const kind = traits(code);
      if ((kind & LOOK_ALIKE) !== 0) this.#note(out.length + at - copied);
      const width = code > 0xffff ? 2 : 1;
      if ((kind & (CHANGES | CONTINUES | INVISIBLE)) === 0) {
        at += width;
        continue;
      }
      const continues = (kind & (CONTINUES | INVISIBLE)) !== 0;
      const start = continues ? Math.max(copied, endOfClosed(text, at)) : at;
      const end = endOfContinuation(text, continues ? at : at + width);
      if (end === undefined && !isLast) {
        at = start;
        break;
      }
      out += text.slice(copied, start);
      this.#keep(start - copied);
      copied = at = end ?? text.length;
      const { form, visible, lookAlikes } = at - start === 1 ? formOfUnit(code) : formOf(text.slice(start, at));
      for (const place of lookAlikes) this.#note(out.length + place);
      if (form.length === visible && (visible === 1 || text.startsWith(form, start))) this.#keep(visible);
      else this.#add(form.length, visible);
      if (visible < at - start) this.#add(0, at - start - visible);
      out += form;
    }
    const kept = at < text.length || isLast ? at : Math.max(copied, endOfClosed(text, at));
    this.#held = given.slice(kept);
    this.#keep(kept - copied);
    return copied === 0 && kept === text.length ? text : out + text.slice(copied, kept);
  }

  /** What comes out of a piece of ASCII after such a character, which is itself; undefined: there is something else. */
  #pushASCII(piece: string): string | undefined {
    const { length } = piece;
    if (length === 0 || this.#held.length > 1 || this.#held > '\x7f') return undefined;
    if (skipAscii(piece, 0) < length) return undefined;
    const before = this.#held;
    const composes = (traits(piece.charCodeAt(length - 1)) & COMPOSES) !== 0;
    this.#held = composes ? piece.slice(-1) : '';
    this.#lookAlikes = undefined;
    const out = composes ? before + piece.slice(0, -1) : before + piece;
    this.#keep(out.length);
    return out;
  }

  #note(place: number): void {
    this.#lookAlikes ??= new Places();
    this.#lookAlikes.note(place);
  }

  #keep(length: number): void {
    this.#folded += length;
    this.#written += length;
  }

  #add(folded: number, written: number): void {
    this.#spans.add(this.#folded, this.#folded + folded, this.#written, this.#written + written);
    this.#folded += folded;
    this.#written += written;
  }
}

interface Form {
  readonly form: string;
  /** Where the invisible characters at the end begin, which are no part of it. */
  readonly visible: number;
  /** Where letters are in it that look like those of another script. */
  readonly lookAlikes: readonly number[];
}

/** Short ones are remembered, as many as a text has different ones of, within reason. */
const known = new Map<string, Form>();
const MOST_KNOWN = 4096;
const LONGEST_KNOWN = 8;

/** Those of one code unit, by it. */
const knownUnits = new Map<number, Form>();

/** Folds a code unit that nothing continues. */
function formOfUnit(unit: number): Form {
  const remembered = knownUnits.get(unit);
  if (remembered !== undefined) return remembered;
  const found = formOf(String.fromCharCode(unit));
  if (knownUnits.size < MOST_KNOWN) knownUnits.set(unit, found);
  return found;
}

/** Folds a character with what continues it. */
function formOf(cluster: string): Form {
  const remembered = known.get(cluster);
  if (remembered !== undefined) return remembered;
  const visible = endOfVisible(cluster);
  const form = cluster
    .slice(0, visible)
    .replace(INVISIBLE_CHARACTERS, '')
    .normalize('NFKC')
    .replace(FOREIGN_DIGITS, (digit) => digitOf(digit.codePointAt(0) ?? 0) ?? digit);
  const lookAlikes: number[] = [];
  for (let i = 0; i < form.length; i += 1) if ((traits(form.charCodeAt(i)) & LOOK_ALIKE) !== 0) lookAlikes.push(i);
  const found = { form, visible, lookAlikes };
  if (cluster.length <= LONGEST_KNOWN && known.size < MOST_KNOWN) known.set(cluster, found);
  return found;
}

/** The next code unit from `at` on that is not ASCII; the text's length when there is none. */
function skipAscii(text: string, at: number): number {
  // A piece of a stream is a word, which is looked through sooner than an expression begins.
  const near = Math.min(text.length, at + NEAR);
  let next = at;
  while (next < near && text.charCodeAt(next) <= 0x7f) next += 1;
  if (next < near || next === text.length) return next;
  BEYOND_ASCII.lastIndex = next;
  return BEYOND_ASCII.exec(text)?.index ?? text.length;
}

/** Where the code point begins that ends at `end`. */
function beforeLast(text: string, end: number): number {
  const pair = end > 1 && isLow(text.charCodeAt(end - 1)) && isHigh(text.charCodeAt(end - 2));
  return Math.max(0, end - (pair ? 2 : 1));
}

/** Where that ends which continues a character from `from` on; undefined when more text may be part of it. */
function endOfContinuation(text: string, from: number): number | undefined {
  let at = from;
  while (at - from < LONGEST_CONTINUATION) {
    if (at === text.length) return undefined;
    const code = text.codePointAt(at) ?? 0;
    if ((traits(code) & (CONTINUES | INVISIBLE)) === 0) return at;
    at += code > 0xffff ? 2 : 1;
  }
  return at;
}

/** Up to where, of what ends at `end`, nothing that follows can change anything: there, or before the last character. */
function endOfClosed(text: string, end: number): number {
  if (end === 0) return 0;
  const last = beforeLast(text, end);
  return (traits(text.codePointAt(last) ?? 0) & COMPOSES) === 0 ? end : last;
}

function endOfVisible(cluster: string): number {
  const found = LAST_VISIBLE.exec(cluster);
  if (found === null) return 0;
  return found.index + ((cluster.codePointAt(found.index) ?? 0) > 0xffff ? 2 : 1);
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

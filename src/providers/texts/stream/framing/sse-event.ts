/** One server-sent event as it is written: the fields that matter, and how it is written with other data. */
import { spliced } from '../edited-json.ts';
import { isObject, parseJSON } from '../json-value.ts';
import type { EventFrame, Frame, OwnEvent } from './frame.ts';

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const NEWLINE = Buffer.from('\n');
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const NO_EVENT = 'the answer is no stream of server-sent events';

/** A line of `data`: where it begins, what it holds, and where the next begins. */
interface DataLine {
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly next: number;
}

/** `raw`: lines up to the empty one that ends the event, or to the end of the stream. `isFirst`: of the stream. */
export function readEvent(raw: Buffer, isFirst: boolean): Frame {
  const lines: DataLine[] = [];
  let name: string | undefined;
  let isKnown = true;
  let start = isFirst && raw.length >= 3 && raw.compare(BOM, 0, 3, 0, 3) === 0 ? 3 : 0;
  let lf = raw.indexOf(LF, start);
  let cr = raw.indexOf(CR, start);
  while (start < raw.length) {
    // Each is looked for again only when it has been passed.
    if (lf >= 0 && lf < start) lf = raw.indexOf(LF, start);
    if (cr >= 0 && cr < start) cr = raw.indexOf(CR, start);
    const end = Math.min(lf < 0 ? raw.length : lf, cr < 0 ? raw.length : cr);
    const next = raw[end] === CR && raw[end + 1] === LF ? end + 2 : end + 1;
    if (isField(raw, start, end, 'data')) {
      const valueStart = fieldValue(raw, start + 4, end);
      lines.push({ start, valueStart, valueEnd: end, next: Math.min(next, raw.length) });
    } else if (isField(raw, start, end, 'event')) {
      name = raw.toString('utf8', fieldValue(raw, start + 5, end), end);
    } else if (end > start && raw[start] !== COLON) {
      isKnown &&= isField(raw, start, end, 'id') || isField(raw, start, end, 'retry');
    }
    start = next;
  }
  if (lines.length > 0) return new ServerSentEvent(raw, name, lines);
  // A document of another kind under this name, which a client may read for what it is.
  return isKnown || isFailure(raw) ? { kind: 'Other', raw } : { kind: 'Unreadable', raw, reason: NO_EVENT };
}

/** Google tells a failure as JSON among the events. */
function isFailure(raw: Buffer): boolean {
  const value = parseJSON(raw);
  return isObject(value) && 'error' in value && Object.keys(value).length === 1;
}

/** An event as most servers write it. */
export function writeEvent({ name, data }: OwnEvent): Buffer {
  return Buffer.from(`${name === undefined ? '' : `event: ${name}\n`}data: ${data}\n\n`);
}

class ServerSentEvent implements EventFrame {
  readonly kind = 'Event';
  readonly raw: Buffer;
  readonly name: string | undefined;
  readonly data: Buffer;
  readonly dataStart: number | undefined;
  readonly #lines: readonly DataLine[];

  constructor(raw: Buffer, name: string | undefined, lines: readonly DataLine[]) {
    this.raw = raw;
    this.name = name;
    this.#lines = lines;
    const [first] = lines;
    const isAsItIs = lines.length === 1 && first !== undefined && first.valueStart > first.start + 4;
    this.dataStart = isAsItIs ? first.valueStart : undefined;
    this.data =
      lines.length === 1 && first !== undefined
        ? raw.subarray(first.valueStart, first.valueEnd)
        : join(lines.map(({ valueStart, valueEnd }) => raw.subarray(valueStart, valueEnd)));
  }

  /** The lines of `data` stand where the first one stood, each with what it has around its value. */
  with(data: Buffer): Buffer {
    const [first] = this.#lines;
    if (first === undefined) return this.raw;
    const isOneLine = this.#lines.length === 1 && first.valueStart > first.start + 4 && !data.includes(LF);
    if (isOneLine) return spliced(this.raw, [{ start: first.valueStart, end: first.valueEnd, bytes: data }]);
    const before = this.raw.subarray(first.start, first.valueStart);
    const after = this.raw.subarray(first.valueEnd, first.next);
    const parts = [this.raw.subarray(0, first.start)];
    let from = 0;
    for (;;) {
      const end = data.indexOf(LF, from);
      const value = data.subarray(from, end < 0 ? data.length : end);
      parts.push(before.length === 4 ? DATA : before, value, end >= 0 && after.length === 0 ? NEWLINE : after);
      if (end < 0) break;
      from = end + 1;
    }
    for (const [index, { next }] of this.#lines.entries()) {
      parts.push(this.raw.subarray(next, this.#lines[index + 1]?.start ?? this.raw.length));
    }
    return Buffer.concat(parts);
  }
}

/** For a line that is the field's name alone. */
const DATA = Buffer.from('data:');

function join(values: readonly Buffer[]): Buffer {
  return Buffer.concat(values.flatMap((value, index) => (index === 0 ? [value] : [NEWLINE, value])));
}

function isField(raw: Buffer, start: number, end: number, name: string): boolean {
  const { length } = name;
  if (end - start < length || (end - start > length && raw[start + length] !== COLON)) return false;
  for (let i = 0; i < length; i++) if (raw[start + i] !== name.charCodeAt(i)) return false;
  return true;
}

function fieldValue(raw: Buffer, nameEnd: number, end: number): number {
  if (nameEnd >= end) return end;
  return raw[nameEnd + 1] === SPACE && nameEnd + 1 < end ? nameEnd + 2 : nameEnd + 1;
}

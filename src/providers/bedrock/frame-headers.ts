/** Headers of an event stream frame: name length, name, type, value; in turn until their bytes are used up. */

/** Bytes of the value by type; undefined for those whose length stands before them in two bytes (bytes, string). */
const VALUE_BYTES: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];

/** Headers that say what a frame is. A name that is absent or cannot be read is undefined. */
export interface FrameKind {
  /** `:message-type`: `event`, `exception` or `error`. */
  readonly message: string | undefined;
  /** `:event-type`, or `:exception-type`. */
  readonly type: string | undefined;
}

/** Reads what a frame is from its headers. */
export function frameKind(headers: Buffer): FrameKind {
  let message: string | undefined;
  let type: string | undefined;
  let i = 0;
  while (i < headers.length) {
    const nameEnd = i + 1 + (headers[i] ?? 0);
    const valueType = headers[nameEnd] ?? -1;
    let start = nameEnd + 1;
    let length = VALUE_BYTES[valueType];
    if (length === undefined) {
      if (start + 2 > headers.length || valueType < 0 || valueType >= VALUE_BYTES.length) break;
      length = headers.readUInt16BE(start);
      start += 2;
    }
    const end = start + length;
    if (end > headers.length) break;
    // Only names that begin with a colon, which are the protocol's own, are looked at.
    if (headers[i + 1] === COLON && valueType === STRING) {
      const name = headers.toString('latin1', i + 1, nameEnd);
      if (name === ':message-type') message = headers.toString('latin1', start, end);
      else if (name === ':event-type' || name === ':exception-type') type = headers.toString('latin1', start, end);
    }
    i = end;
  }
  return { message, type };
}

const STRING = 7;
const COLON = 0x3a;

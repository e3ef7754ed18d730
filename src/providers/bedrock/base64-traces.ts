/** Looking for a text in base64 without decoding it. */

/** Characters of base64 that carry whole sextets of a text which begins at this byte of a group of three. */
function traceAt(text: Buffer, offset: 0 | 1 | 2): Buffer {
  const encoded = Buffer.concat([Buffer.alloc(offset), text, Buffer.alloc(2)]).toString('base64');
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor(((offset + text.length) * 8) / 6);
  return Buffer.from(encoded.slice(from, to));
}

/** One of these stands in the base64 of whatever holds `text`, wherever it does. They may stand in other base64, too. */
export function base64Traces(text: Buffer): readonly Buffer[] {
  return [traceAt(text, 0), traceAt(text, 1), traceAt(text, 2)];
}

/** Whether one of the traces stands in `base64`; a function that looks at a third of the bytes for all of them at once. */
export function traceSearch(traces: readonly Buffer[]): (base64: Buffer) => boolean {
  const window = Math.min(...traces.map(({ length }) => length));
  /** How far the window may move when it ends with this byte: Horspool's rule, for the beginning of every trace. */
  const shifts = new Uint8Array(256).fill(window);
  for (const trace of traces) {
    for (const [i, byte] of trace.subarray(0, window).entries()) {
      shifts[byte] = Math.min(shifts[byte] as number, window - 1 - i);
    }
  }
  return (base64) => {
    const { length } = base64;
    for (let last = window - 1; last < length;) {
      const shift = shifts[base64[last] as number] as number;
      if (shift > 0) last += shift;
      else if (oneStandsAt(base64, last - window + 1, traces)) return true;
      else last++;
    }
    return false;
  };
}

function oneStandsAt(bytes: Buffer, at: number, texts: readonly Buffer[]): boolean {
  for (const text of texts) {
    let i = 0;
    while (i < text.length && bytes[at + i] === text[i]) i++;
    if (i === text.length) return true;
  }
  return false;
}

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

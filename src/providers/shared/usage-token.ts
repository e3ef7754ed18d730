const TOKEN = Buffer.from('"usage"');

const isWhitespace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Whether bytes of JSON may hold a member `usage` that is not null, found without parsing. Inside a string the quotes
 * would be escaped, so a match is a string token of its own. May say yes in vain, never no.
 */
export function mayHoldUsage(bytes: Buffer): boolean {
  let at = bytes.indexOf(TOKEN);
  while (at >= 0) {
    let i = at + TOKEN.length;
    while (isWhitespace(bytes[i])) i++;
    if (bytes[i] === 0x3a) {
      i++;
      while (isWhitespace(bytes[i])) i++;
      if (bytes[i] !== 0x6e) return true;
    } else if (i >= bytes.length) {
      return true;
    }
    at = bytes.indexOf(TOKEN, at + TOKEN.length);
  }
  return false;
}

const USAGE = Buffer.from('"usage"');
const ERROR = Buffer.from('"error"');

const isWhitespace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Whether bytes of JSON may hold a member `usage` that is not null, found without parsing. Inside a string the quotes
 * would be escaped, so a match is a string token of its own. May say yes in vain, never no.
 */
export function mayHoldUsage(bytes: Buffer): boolean {
  return mayHold(bytes, USAGE, false);
}

/** Whether bytes of JSON may hold a member `error` that is not null, or the text `error` itself; as {@link mayHoldUsage}. */
export function mayTellError(bytes: Buffer): boolean {
  return mayHold(bytes, ERROR, true);
}

function mayHold(bytes: Buffer, token: Buffer, asText: boolean): boolean {
  let at = bytes.indexOf(token);
  while (at >= 0) {
    let i = at + token.length;
    while (isWhitespace(bytes[i])) i++;
    if (bytes[i] === 0x3a) {
      i++;
      while (isWhitespace(bytes[i])) i++;
      if (bytes[i] !== 0x6e) return true;
    } else if (asText || i >= bytes.length) {
      return true;
    }
    at = bytes.indexOf(token, at + token.length);
  }
  return false;
}

/**
 * JSON Web Tokens (RFC 7519) in compact form: three parts of base64url, five when encrypted (RFC 7516); the first is the
 * header, a JSON object with `alg`. 16 KiB at most: of what is longer, that much is found.
 */
import { LONGEST_ESCAPE } from '../words/escapes.ts';
import { nextPrefix } from './candidates.ts';
import { isBase64URL, isFreed, unitAt } from './characters.ts';
import { NONE, type Shape } from './shape.ts';
import type { View } from './view.ts';

/** `{"` in base64url; the third character begins a name, so that the next is one of a few: `J` for most. */
const PREFIX = 'ey';
const MAXIMUM = 16 * 1024;
const HEADER_MAXIMUM = 4096;
const DOT = 0x2e;

/** What a token does not begin behind. */
const belongs = (code: number): boolean => isBase64URL(code) || code === DOT;

function endOfPart(view: View, start: number, limit: number): number {
  let end = start;
  while (end < limit && isBase64URL(view.at(end))) end++;
  return end;
}

/** Whether a part is a header: what a token is signed or encrypted with (RFC 7515 section 4.1.1). */
function isHeader(part: string): { readonly encrypted: boolean } | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof header !== 'object' || header === null || !('alg' in header)) return undefined;
    return typeof header.alg === 'string' ? { encrypted: 'enc' in header } : undefined;
  } catch {
    return undefined;
  }
}

export const jwt: Shape = {
  lookBehind: LONGEST_ESCAPE,
  next(text, from) {
    for (let i = nextPrefix(text, from, PREFIX); i !== NONE; i = nextPrefix(text, i + 1, PREFIX)) {
      if (!belongs(unitAt(text, i - 1)) || isFreed(text, i, belongs)) return i;
    }
    return NONE;
  },
  end(view, start) {
    const header = endOfPart(view, start, start + HEADER_MAXIMUM);
    view.resume = Math.max(header, start + 1);
    if (view.at(header) !== DOT) return NONE;
    const found = isHeader(view.text.slice(start, header));
    if (!found) return NONE;
    const limit = start + MAXIMUM;
    let end = header;
    for (let part = 1; part < (found.encrypted ? 5 : 3); part++) {
      if (end < limit && view.at(end) !== DOT) return NONE;
      end = Math.min(limit, endOfPart(view, end + 1, limit));
      if (part === 1 && !found.encrypted && end === header + 1) return NONE;
    }
    return end;
  },
};

import { isDigit } from './characters.ts';
import { NONE } from './shape.ts';
import type { View } from './view.ts';

const DOT = 0x2e;

/** The end of four octets in dotted decimals at `start`, without leading zeros (RFC 6943 section 3.1.1 says why). */
export function endOfIPv4(view: View, start: number): number {
  let index = start;
  for (let octet = 0; octet < 4; octet++) {
    if (octet > 0 && view.at(index++) !== DOT) return NONE;
    const begin = index;
    let value = 0;
    while (index - begin < 4 && isDigit(view.at(index))) value = value * 10 + view.at(index++) - 0x30;
    const length = index - begin;
    if (length === 0 || length > 3 || value > 255 || (length > 1 && view.at(begin) === 0x30)) return NONE;
  }
  return index;
}

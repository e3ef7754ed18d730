/** IPv6 addresses in their text forms (RFC 4291 section 2.2), an IPv4 address at the end among them. */
import { isHex, joins } from './characters.ts';
import { endOfIPv4 } from './ipv4.ts';
import { NONE } from './shape.ts';
import type { View } from './view.ts';

const DOT = 0x2e;
const COLON = 0x3a;

/**
 * Whether an address can begin with a group: only a few parts of the space are given out, which tells an address from
 * `dead::beef` in a program. Source: https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml.
 */
export function isGivenOut(group: number): boolean {
  if (group >= 0x2000 && group <= 0x3fff) return true; // global unicast
  if (group >= 0xfc00 && group <= 0xfdff) return true; // unique local
  if (group >= 0xfe80 && group <= 0xfebf) return true; // link-local
  return group >= 0xff00 || group === 0x64 || group === 0x100; // multicast; 64:ff9b::/96; 100::/64
}

/** The end of the address at `start`. */
export function endOfIPv6(view: View, start: number): number {
  let groups = 0;
  let index = start;
  let compressed = false;
  let endsWithIPv4 = false;
  if (view.at(index) === COLON) {
    if (view.at(index + 1) !== COLON) return NONE;
    compressed = true;
    index += 2;
  }
  while (groups < 8) {
    const group = index;
    while (index - group < 5 && isHex(view.at(index))) index++;
    if (index - group > 4) return NONE;
    if (index === group) break;
    if (view.at(index) === DOT && groups > 0 && groups <= 6) {
      const end = endOfIPv4(view, group);
      if (end !== NONE) {
        endsWithIPv4 = true;
        groups += 2;
        index = end;
        break;
      }
    }
    groups++;
    if (view.at(index) !== COLON) break;
    if (view.at(index + 1) === COLON) {
      if (compressed) return NONE;
      compressed = true;
      index += 2;
    } else if (isHex(view.at(index + 1)) && groups < 8) index++;
    else break;
  }
  if (compressed ? groups > 7 : groups !== 8) return NONE;
  const after = view.at(index);
  if (joins(after) || (after === COLON && isHex(view.at(index + 1)))) return NONE;
  return isAddress(view.text.slice(start, index), endsWithIPv4) ? index : NONE;
}

function isAddress(address: string, endsWithIPv4: boolean): boolean {
  if (address.startsWith(':')) return endsWithIPv4 && address.slice(2, 7).toLowerCase() === 'ffff:';
  return isGivenOut(Number.parseInt(address, 16));
}

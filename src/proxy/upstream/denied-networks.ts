/** Networks that no upstream may be in: link-local and metadata addresses above all. Decides on addresses, never on names. */
import { BlockList, isIP, isIPv6 } from 'node:net';

export class DeniedNetworks {
  readonly #list = new BlockList();

  /** @throws {TypeError} for what is not in CIDR notation. */
  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) {
      const [network = '', bits] = cidr.split('/');
      const family = isIP(network);
      const prefix = Number(bits ?? (family === 4 ? 32 : 128));
      if (family === 0 || !Number.isInteger(prefix)) throw new TypeError(`"${cidr}" is not a network in CIDR notation`);
      this.#list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
    }
  }

  /** `address` is an IP literal, without brackets. Whatever is no address is denied. */
  denies(address: string): boolean {
    const family = isIP(address);
    if (family === 4) return this.#list.check(address, 'ipv4');
    if (family === 0) return true;
    const plain = address.split('%')[0] ?? address;
    if (this.#list.check(plain, 'ipv6')) return true;
    const embedded = embeddedIPv4(plain);
    return embedded !== undefined && this.#list.check(embedded, 'ipv4');
  }
}

/**
 * The IPv4 address that an IPv6 address leads to: IPv4-mapped and -compatible (RFC 4291 §2.5.5), NAT64 (RFC 6052 §2.1),
 * 6to4 (RFC 3056 §2).
 */
function embeddedIPv4(address: string): string | undefined {
  const words = ipv6Words(address);
  if (words === undefined) return undefined;
  const dotted = (high: number, low: number): string =>
    [high >> 8, high & 0xff, low >> 8, low & 0xff].map(String).join('.');
  const leadingZeros = words.findIndex((word) => word !== 0);
  const high = words[6] ?? 0;
  const low = words[7] ?? 0;
  if (leadingZeros === 5 && words[5] === 0xffff) return dotted(high, low);
  if (leadingZeros >= 6) return dotted(high, low);
  if (words[0] === 0x64 && words[1] === 0xff9b) return dotted(high, low);
  if (words[0] === 0x2002) return dotted(words[1] ?? 0, words[2] ?? 0);
  return undefined;
}

function ipv6Words(address: string): number[] | undefined {
  if (!isIPv6(address)) return undefined;
  // The URL parser writes any form of an IPv6 address in hexadecimal words.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const front = words(head);
  if (tail === undefined) return front;
  const back = words(tail);
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
}

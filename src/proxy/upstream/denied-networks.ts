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
    return embeddedIPv4(plain).some((embedded) => this.#list.check(embedded, 'ipv4'));
  }
}

/**
 * The IPv4 addresses that an IPv6 address may lead to: IPv4-mapped and -compatible (RFC 4291 §2.5.5), IPv4-translated
 * (RFC 2765 §2.1), NAT64 (RFC 6052 §2.1; RFC 8215, whose prefix may have any length), 6to4 (RFC 3056 §2), Teredo with its
 * server (RFC 4380 §4), ISATAP (RFC 5214 §6.1).
 */
function embeddedIPv4(address: string): string[] {
  const words = ipv6Words(address);
  if (words === undefined) return [];
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = words;
  const low = dotted(g, h);
  const leadingZeros = words.findIndex((word) => word !== 0);
  if (leadingZeros === -1 || leadingZeros >= 6) return [low];
  if (leadingZeros === 5 && f === 0xffff) return [low];
  if (leadingZeros === 4 && e === 0xffff && f === 0) return [low];
  if (a === 0x64 && b === 0xff9b) {
    if (c === 0) return [low];
    // After 48, 56, 64 and 96 bits; bits 64 to 71 are left out (RFC 6052 §2.2).
    return [
      dotted(d, (e << 8) | (f >> 8)),
      dotted(((d & 0xff) << 8) | (e & 0xff), f),
      dotted((e << 8) | (f >> 8), (f << 8) | (g >> 8)),
      low,
    ];
  }
  if (a === 0x2002) return [dotted(b, c)];
  if (a === 0x2001 && b === 0) return [dotted(c, d), dotted(g ^ 0xffff, h ^ 0xffff)];
  if ((e & 0xfdff) === 0 && f === 0x5efe) return [low];
  return [];
}

/** Four octets out of two words, of which only the lower 16 bits count. */
function dotted(high: number, low: number): string {
  return [(high >> 8) & 0xff, high & 0xff, (low >> 8) & 0xff, low & 0xff].map(String).join('.');
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

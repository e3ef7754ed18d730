/** Formats of the configuration's schema: what JSON Schema by itself cannot say. */
import { X509Certificate } from 'node:crypto';
import { BlockList, isIP } from 'node:net';

/** By the name that the schema uses. */
export const FORMATS = {
  'dns-label': /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  cidr: isCIDR,
  'public-url': isPublicURL,
  'issuer-url': isIssuerURL,
  'pem-certificates': arePEMCertificates,
} as const;

/** Whether `text` is an address block such as `10.0.0.0/8` or `fe80::/10`. */
export function isCIDR(text: string): boolean {
  try {
    addCIDR(new BlockList(), text);
    return true;
  } catch {
    return false;
  }
}

/** @throws {TypeError} when `cidr` is no address block. */
export function addCIDR(list: BlockList, cidr: string): void {
  const slash = cidr.lastIndexOf('/');
  const address = cidr.slice(0, slash);
  const prefix = cidr.slice(slash + 1);
  const family = isIP(address);
  if (slash === -1 || family === 0 || !/^\d{1,3}$/.test(prefix)) throw new TypeError(`"${cidr}" is not a CIDR`);
  list.addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
}

function isPublicURL(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && !/[?#]/.test(text);
}

/** OpenID Connect Discovery 1.0 §3: https, without query or fragment; plain http to this machine only. */
function isIssuerURL(text: string): boolean {
  if (!isPublicURL(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || isThisMachine(hostname);
}

/** `hostname` as `URL` writes it. A name such as `127.example.com` is another machine. */
function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function arePEMCertificates(text: string): boolean {
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0 || text.includes('PRIVATE KEY')) return false;
  try {
    return certificates.every((certificate) => new X509Certificate(certificate).raw.length > 0);
  } catch {
    return false;
  }
}

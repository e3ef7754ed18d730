/**
 * Web pages of other sites, in the browser of somebody on whose machine a gateway answers everyone: they can send requests
 * to loopback, open WebSockets there and read those, and by a DNS name that comes to mean 127.0.0.1 read everything.
 * And in the browser of somebody who has a client certificate, which it shows whoever's page asks. Pure. Where a token is
 * asked for, such pages have none.
 */
import { isIP } from 'node:net';

/** Names that DNS cannot give to a stranger: RFC 6761 §6.3, RFC 6762, ICANN's `internal`, which Docker and Podman use. */
const LOCAL_SUFFIX = /(?:^|\.)(?:localhost|local|internal)$/;

/** Why a request comes from another site, ready for the caller; undefined for every program and every local page. */
export function foreignSiteProblem(rawHeaders: readonly string[], publicURL: string | undefined): string | undefined {
  const own = new Set(publicURL === undefined ? [] : [new URL(publicURL).hostname]);
  let origin: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    if (name === 'origin') origin ??= value;
    else if (name === 'host') {
      const hostname = hostnameOf(value);
      if (!isLocalHost(hostname, own)) {
        return `It is not called by the host ${JSON.stringify(value)}; use 127.0.0.1, or set publicURL in its configuration.`;
      }
      // Some clients of WebSockets name the gateway's own host.
      own.add(isIP(hostname) === 6 ? `[${hostname}]` : hostname);
    }
  }
  if (origin === undefined || isLocalOrigin(origin, own)) return undefined;
  return `It takes nothing from the web page at ${JSON.stringify(origin)}, which is not of this machine.`;
}

/**
 * Whether a browser says that another site's page asks. `Sec-Fetch-Site` says it of every request (W3C Fetch Metadata);
 * where that is missing `Origin` says it of those that send something. Programs that are no browsers say neither, or their
 * own name.
 */
export function isOfForeignPage(rawHeaders: readonly string[]): boolean {
  let host = '';
  let origin: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    if (name === 'sec-fetch-site') return value !== 'same-origin' && value !== 'none';
    if (name === 'host') host = hostnameOf(value);
    else if (name === 'origin') origin ??= value;
  }
  if (origin === undefined) return false;
  if (!URL.canParse(origin)) return true;
  const { protocol, hostname } = new URL(origin);
  return /^https?:$/.test(protocol) && hostname.replace(/^\[(.*)\]$/, '$1') !== host;
}

/** Whether whoever calls by this name cannot have been led here: an address, a name without a domain, or a local one. */
function isLocalHost(hostname: string, own: ReadonlySet<string>): boolean {
  return isIP(hostname) !== 0 || !hostname.includes('.') || LOCAL_SUFFIX.test(hostname) || own.has(hostname);
}

/** `null` is what sandboxed frames of any page say. Extensions and desktop programs have schemes of their own. */
function isLocalOrigin(origin: string, own: ReadonlySet<string>): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') return true;
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d+){3}$/.test(hostname) ||
    own.has(hostname)
  );
}

/** Of `host`, `host:port` or `[v6]:port`; in lower case, without a root's dot. */
function hostnameOf(host: string): string {
  const bracket = /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1];
  return bracket ?? host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
}

/** Listen addresses as flags write them: `:8080`, `127.0.0.1:8080`, `[::1]:8080`. */

export interface ListenAddress {
  /** Undefined: every interface, IPv6 and IPv4. */
  readonly host: string | undefined;
  /** 0: any free port. */
  readonly port: number;
}

/** @throws {TypeError} when `text` is no listen address; the message shows what is expected. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.['port'] ?? Number.NaN);
  if (match === null || port > 65_535) {
    throw new TypeError(`"${text}" is not a listen address: write host:port, for example 127.0.0.1:8080 or :8080`);
  }
  const host = match.groups?.['v6'] ?? match.groups?.['host'];
  return { host: host === '' ? undefined : host, port };
}

/** `<scheme>://host:port` of a bound server's address; wildcard addresses are shown as loopback. */
export function listenURL(
  address: { readonly address: string; readonly port: number },
  scheme: 'http' | 'https' = 'http',
): string {
  const wildcard = address.address === '::' || address.address === '0.0.0.0';
  const host = wildcard ? '127.0.0.1' : address.address;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** Whether a listener at `address` can be reached from this machine only. */
export function isLoopback(address: ListenAddress): boolean {
  const { host } = address;
  return host !== undefined && (host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host));
}

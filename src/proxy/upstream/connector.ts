/** How connections to an upstream are made: its trust store, its connect timeout, and no denied address behind its name. */
import { lookup as dnsLookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { buildConnector as Connector } from 'undici';
import { buildConnector } from '../../undici.ts';
import type { DeniedNetworks } from './denied-networks.ts';
import { delayWriteErrors } from './late-write-errors.ts';

/** All addresses of the upstream are denied by the gateway's configuration. Does not name them. */
export class DeniedAddressError extends Error {
  readonly code = 'TIDEGATE_DENIED_ADDRESS';

  constructor() {
    super('the address is denied');
    this.name = 'DeniedAddressError';
  }
}

export interface ConnectorOptions {
  readonly denied: DeniedNetworks;
  readonly connectSeconds: number;
  /** PEM bundle that replaces the system's trust store. */
  readonly ca: string | undefined;
  /** Resolves names; parameter for tests. */
  readonly resolve?: typeof dnsLookup;
}

export function createConnector(options: ConnectorOptions): Connector.connector {
  const { denied, connectSeconds, ca, resolve = dnsLookup } = options;
  const connect = buildConnector({
    allowH2: false,
    timeout: connectSeconds * 1000,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    autoSelectFamily: true,
    lookup: checkedLookup(denied, resolve),
    ...(ca === undefined ? {} : { ca }),
  });
  return (target, callback) => {
    // A literal address is never looked up.
    const host = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && denied.denies(host)) {
      process.nextTick(callback, new DeniedAddressError(), null);
      return;
    }
    connect(target, (...result) => {
      if (result[0] === null) delayWriteErrors(result[1]);
      callback(...result);
    });
  };
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/**
 * What is checked is what is connected to: the addresses of one and the same resolution, so that a name that changes its
 * answer (DNS rebinding) gains nothing.
 */
function checkedLookup(denied: DeniedNetworks, resolve: typeof dnsLookup) {
  return (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const allowed = addresses.filter(({ address }) => !denied.denies(address));
      const [first] = allowed;
      if (first === undefined) callback(new DeniedAddressError(), []);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** What to do about a failed connection test where the provider's own wire has nothing better to say. Pure. */
import type { FailureKind } from '../upstream/failure.ts';

const NETWORK_HINTS: Readonly<Record<FailureKind, string>> = {
  NameNotResolved: "Check the host in the provider's base URL, and that the gateway's pods may ask their DNS server.",
  ConnectionRefused: "Check host and port of the provider's base URL: nothing listens there, or a firewall says no.",
  HostUnreachable: "There is no way from the gateway's pods to that host: check routes and NetworkPolicies.",
  TimedOut:
    "Nothing came back: a firewall or NetworkPolicy between the gateway's pods and the provider may drop packets.",
  ConnectionLost:
    "Check scheme and port of the provider's base URL (http for https does this), and any proxy in between.",
  TLSFailed: "Check scheme and port of the provider's base URL: https needs a port that speaks TLS.",
  CertificateNotTrusted:
    'Use the host name that its certificate is for; when a private authority signed it, name that in spec.tls.caSecretRef.',
  AddressDenied:
    "The address is in upstream.deniedCIDRs of the gateway's configuration: use another host, or ask who runs the gateway.",
  NotHTTP: "Check scheme and port of the provider's base URL: what answers there does not speak proper HTTP.",
  Unreachable:
    "Check the provider's base URL and the way from the gateway's pods to it; the gateway's log may say more.",
};

/** For a failure without an answer. `wasSent`: the request had gone out. */
export function networkHint(kind: FailureKind, wasSent: boolean): string {
  if (kind === 'TimedOut' && wasSent) {
    return 'The connection works, the answer does not come: look at the status page of the provider, or use a faster model.';
  }
  return NETWORK_HINTS[kind];
}

/** For an answer whose status says that it failed; undefined when the status alone says too little. */
export function statusHint(status: number): string | undefined {
  if (status >= 300 && status < 400)
    return 'Redirects are not followed: use the URL that it points to as the base URL.';
  if (status === 401)
    return "The provider does not accept the key: check the Secret's value, and that the key is active.";
  if (status === 403)
    return 'The key is known and may not do this: check what it is allowed, and its project and region.';
  if (status === 404) return "Check the path of the provider's base URL, and the name of the model.";
  if (status === 429) return 'The provider limits the rate or the quota of this key is used up: try again later.';
  if (status >= 500) return 'The provider fails at the moment: look at its status page and try again.';
  return undefined;
}

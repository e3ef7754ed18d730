/** URLs in an answer's head that the client calls next: they must lead through the gateway, or the call has no credential. */
import type { Continuation } from '../../providers/wire.ts';

/** What of a request tells under which URL its client knows the provider. */
export interface ClientView {
  /** As sent: the provider's path at the gateway, then {@link ClientView.path}. */
  readonly target: string;
  /** What of the target is the provider's own. */
  readonly path: string;
  readonly publicURL: string | undefined;
  /** First value of a header by lower-case name. */
  header(name: string): string | undefined;
}

/** `headers` (names and values in turn) with each continuation's URL at the gateway. Changes `headers`. */
export function withContinuations(
  headers: string[],
  continuations: readonly Continuation[],
  client: ClientView,
): string[] {
  for (const { header, path } of continuations) {
    for (let i = 0; i < headers.length; i += 2) {
      const value = headers[i + 1] ?? '';
      if (headers[i]?.toLowerCase() === header)
        headers[i + 1] = (gatewayURL(client) ?? atOriginOf(value, client)) + path;
    }
  }
  return headers;
}

/**
 * The provider's URL as the client called it. Without a configured public URL the client's own `Host` stands in it;
 * undefined where there is none.
 */
export function gatewayURL(client: ClientView): string | undefined {
  if (client.publicURL !== undefined) return client.publicURL + providerPath(client);
  const host = client.header('host');
  if (host === undefined || host === '') return undefined;
  const protocol = client.header('x-forwarded-proto')?.trim().toLowerCase() === 'https' ? 'https' : 'http';
  return `${protocol}://${host}${providerPath(client)}`;
}

/** SDKs take the origin of their base URL anyway. */
function atOriginOf(url: string, client: ClientView): string {
  return (URL.canParse(url) ? new URL(url).origin : '') + providerPath(client);
}

function providerPath({ target, path }: ClientView): string {
  const pathname = target.split('?', 1)[0] ?? '';
  return pathname.slice(0, pathname.length - path.length);
}

/** URLs in an answer's head that the client calls next: they must lead through the gateway, or the call has no credential. */
import type { Continuation } from '../providers/wire.ts';

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
      if (headers[i]?.toLowerCase() === header) headers[i + 1] = `${gatewayURL(client, value)}${path}`;
    }
  }
  return headers;
}

/**
 * The provider's URL as the client called it. Without a configured public URL the client's own `Host` stands in it; where
 * there is none (HTTP/2) the origin of `url` stays: SDKs take that of their base URL anyway.
 */
function gatewayURL({ target, path, publicURL, header }: ClientView, url: string): string {
  const pathname = target.split('?', 1)[0] ?? '';
  const provider = pathname.slice(0, pathname.length - path.length);
  if (publicURL !== undefined) return publicURL + provider;
  const host = header('host');
  if (host === undefined || host === '') return new URL(url).origin + provider;
  const protocol = header('x-forwarded-proto')?.trim().toLowerCase() === 'https' ? 'https' : 'http';
  return `${protocol}://${host}${provider}`;
}

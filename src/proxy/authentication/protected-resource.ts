/**
 * Metadata of the gateway as a protected resource of OAuth 2.0 (RFC 9728): what a client that knows nothing but the URL
 * needs to find out where its token comes from. Only a gateway that knows its public URL has it, for the URLs in it are
 * absolute.
 */
import type { AuthenticationMethods } from '../../identity/types.ts';

/** Stands between the host and the path of the resource (RFC 9728 §3.1). */
export const RESOURCE_METADATA = '/.well-known/oauth-protected-resource';

/** The gateway's API below its public URL: the one resource that tokens are for. */
const RESOURCE_PATH = '/llm/v1';

/** RFC 9728 §2; what has no value is left out (§3.2). */
interface ProtectedResourceMetadata {
  readonly resource: string;
  /** Issuers whose tokens are accepted. Kubernetes' own are not among them: nobody gets a token there by OAuth. */
  readonly authorization_servers?: readonly string[];
  /** RFC 6750 §2. The query parameter that is accepted, `key`, is none of OAuth's. */
  readonly bearer_methods_supported: readonly ['header'];
  readonly resource_name: string;
}

/** The metadata of the resource with the path `path`; undefined when the gateway is not that resource. */
export function protectedResourceMetadata(
  path: string,
  publicURL: string | undefined,
  { jwt }: AuthenticationMethods,
): ProtectedResourceMetadata | undefined {
  if (publicURL === undefined) return undefined;
  const resource = resourceOf(publicURL);
  if (path !== resource.pathname) return undefined;
  const issuers = [...new Set(jwt.map(({ issuer }) => issuer))];
  return {
    resource: resource.href,
    ...(issuers.length === 0 ? {} : { authorization_servers: issuers }),
    bearer_methods_supported: ['header'],
    resource_name: 'Tidegate',
  };
}

/** Where the metadata is. Of a public URL with a path, that path stands behind the well-known one. */
export function resourceMetadataURL(publicURL: string): string {
  const { origin, pathname } = resourceOf(publicURL);
  return `${origin}${RESOURCE_METADATA}${pathname}`;
}

function resourceOf(publicURL: string): URL {
  return new URL(`${publicURL}${RESOURCE_PATH}`);
}

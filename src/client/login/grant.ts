/** Ways to a token. */
import type { TokenEndpointResponse } from 'openid-client';

/** What the token endpoint gave. */
export type Grant = TokenEndpointResponse;

export interface GrantRequest {
  /** Of the authorization or token request: `scope`, and where they are wanted `resource` (RFC 8707) or `audience`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly opensBrowser: boolean;
  /** Of the page that the browser comes back to; undefined: any. Some issuers compare it. */
  readonly port: number | undefined;
}

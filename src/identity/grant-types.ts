/** The ways to a token that an issuer offers (`grant_type` of RFC 6749 and its extensions), as far as programs and people use them. */

/** In this order they are told. */
export const GRANT_TYPES = [
  /** RFC 6749 §4.1: a person with a browser on the same machine. */
  'authorization_code',
  /** RFC 8628: a person with a browser elsewhere. */
  'urn:ietf:params:oauth:grant-type:device_code',
  /** RFC 6749 §4.4: a program of its own, with a secret. */
  'client_credentials',
  /** RFC 6749 §6. */
  'refresh_token',
] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

/**
 * Those that an issuer's metadata announces. Silence means `authorization_code` (OpenID Connect Discovery 1.0 §3; `implicit`
 * is of no use here), and the device flow where it has its endpoint (RFC 8628 §4), since some issuers list nothing else of it.
 */
export function grantTypesOf({
  grant_types_supported: announced,
  device_authorization_endpoint: deviceEndpoint,
}: Readonly<Record<string, unknown>>): readonly GrantType[] {
  if (Array.isArray(announced)) return GRANT_TYPES.filter((type) => announced.includes(type));
  return typeof deviceEndpoint === 'string' ? GRANT_TYPES.slice(0, 2) : GRANT_TYPES.slice(0, 1);
}

/** Those of a client without a secret. */
export function ofPublicClient(types: readonly GrantType[]): readonly GrantType[] {
  return types.filter((type) => type !== 'client_credentials');
}

/** How requests to Amazon Bedrock are signed: for which service, and over which of their headers. */
import type { ProviderEntry } from '../../table/types.ts';
import type { SigningCredentials, UnsignedRequest } from '../wire.ts';
import { authorizationOf, timestampOf } from './sigv4.ts';

/**
 * Headers that only the signature may set: a client's would be of another signature, and an API key beside a signature
 * is refused by AWS.
 */
export const signatureHeaderNames: ReadonlySet<string> = new Set([
  'authorization',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
  'x-api-key',
]);

/**
 * The name that the service behind a host signs by: `bedrock-mantle` for hosts with this label, VPC endpoints included,
 * and `bedrock` for every other. No base URL makes the gateway sign for anything else, such as STS, where a signature of
 * the gateway's gives out credentials.
 */
export function signingServiceOf(host: string): string {
  return host.toLowerCase().split(/[.:]/).includes('bedrock-mantle') ? 'bedrock-mantle' : 'bedrock';
}

/**
 * {@link Wire.sign} for Bedrock. Signed are host, content type and whatever is named `x-amz-*`: AWS wants all of the
 * latter to be, and of the rest only what no proxy on the way may touch.
 */
export function sign(
  entry: Pick<ProviderEntry, 'region'>,
  request: UnsignedRequest,
  credentials: SigningCredentials,
  now: Date,
): readonly (readonly [name: string, value: string])[] {
  const timestamp = timestampOf(now);
  const own: [string, string][] = [
    ['x-amz-date', timestamp],
    ['x-amz-content-sha256', request.bodySHA256],
  ];
  if (credentials.sessionToken !== undefined) own.push(['x-amz-security-token', credentials.sessionToken]);
  const headers = [['host', request.host] as const, ...own, ...signedOf(request.headers)];
  const { method, path, bodySHA256 } = request;
  const scope = { service: signingServiceOf(request.host), region: entry.region ?? '', timestamp };
  return [...own, ['authorization', authorizationOf({ method, path, headers, bodySHA256 }, scope, credentials)]];
}

function signedOf(headers: readonly string[]): [name: string, value: string][] {
  const signed: [string, string][] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    const isSigned = name === 'content-type' || name.startsWith('x-amz-');
    if (isSigned && !signatureHeaderNames.has(name)) signed.push([name, headers[i + 1] ?? '']);
  }
  return signed;
}

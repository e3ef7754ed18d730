/**
 * AWS Signature Version 4 over a request as it will be sent. Every byte of path and query comes from the caller of the
 * gateway and reaches AWS unchanged, so the signature follows what is sent instead of rewriting it.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, createSecretKey, hash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SigningCredentials } from '../wire.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** A request reduced to what its signature is over. */
export interface SignedParts {
  readonly method: string;
  /** Path and query as they will be sent. */
  readonly path: string;
  /** Lower-case names with their values, in the order of the request; each of them is signed. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** SHA-256 of the body, lower-case hex. */
  readonly bodySHA256: string;
}

/** For which service, where and when a signature is good. */
export interface Scope {
  readonly service: string;
  readonly region: string;
  /** `20261121T142219Z`. */
  readonly timestamp: string;
}

/** `20261121T142219Z`. */
export function timestampOf(date: Date): string {
  const iso = date.toISOString();
  const time = iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19);
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 10)}T${time}Z`;
}

/** The value of the header `Authorization`. */
export function authorizationOf(parts: SignedParts, scope: Scope, credentials: SigningCredentials): string {
  const { headers, signed } = canonicalHeaders(parts.headers);
  const mark = parts.path.indexOf('?');
  const path = mark < 0 ? parts.path : parts.path.slice(0, mark);
  const query = mark < 0 ? '' : parts.path.slice(mark + 1);
  const canonicalRequest = [
    parts.method,
    canonicalPath(path),
    canonicalQuery(query),
    headers,
    signed,
    parts.bodySHA256,
  ].join('\n');
  const range = `${scope.timestamp.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`;
  // Characters of a request's head stand for bytes.
  const digest = hash('sha256', Buffer.from(canonicalRequest, 'latin1'));
  const signature = createHmac('sha256', signingKey(credentials, range))
    .update(`${ALGORITHM}\n${scope.timestamp}\n${range}\n${digest}`)
    .digest('hex');
  return `${ALGORITHM} Credential=${credentials.accessKeyID}/${range}, SignedHeaders=${signed}, Signature=${signature}`;
}

/**
 * The path with its empty, `.` and `..` segments resolved and then encoded once more, whatever encoding it has: `%3A` is
 * signed as `%253A` and `:` as `%3A`. So do all services but S3.
 */
export function canonicalPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(encode(segment));
  }
  if (kept.length === 0) return '/';
  return `/${kept.join('/')}${path.endsWith('/') ? '/' : ''}`;
}

/** Parameters by name, then value, in the one encoding that AWS reads them in; `+` is what forms mean by it, a space. */
export function canonicalQuery(query: string): string {
  if (query === '') return '';
  const parameters: [name: string, value: string][] = [];
  for (const parameter of query.split('&')) {
    if (parameter === '') continue;
    const equals = parameter.indexOf('=');
    const name = equals < 0 ? parameter : parameter.slice(0, equals);
    const value = equals < 0 ? '' : parameter.slice(equals + 1);
    parameters.push([recoded(name), recoded(value)]);
  }
  return parameters
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Whitespace that is not signed as it is: at either end, or more than one space. A `\s` would take bytes of UTF-8 for some. */
const WHITESPACE = /^[ \t]|[ \t]$|\t| {2}/;

function canonicalHeaders(pairs: SignedParts['headers']): { headers: string; signed: string } {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const trimmed = WHITESPACE.test(value) ? value.replaceAll(/[ \t]+/g, ' ').replaceAll(/^ | $/g, '') : value;
    const before = values.get(name);
    values.set(name, before === undefined ? trimmed : `${before},${trimmed}`);
  }
  const names = [...values.keys()].sort(compare);
  return { headers: names.map((name) => `${name}:${values.get(name)}\n`).join(''), signed: names.join(';') };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A part of a query with its percent-encoding undone as far as it is one, and done anew. */
function recoded(text: string): string {
  const decoded = text
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return encode(decoded);
}

/** RFC 3986 §2.3: everything but unreserved characters. A character stands for a byte, as in a request's head. */
function encode(bytes: string): string {
  return bytes.replaceAll(/[^A-Za-z0-9\-._~]/g, (byte) => PERCENT[byte.charCodeAt(0) & 0xff] ?? '');
}

const PERCENT: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);

/**
 * The keys derived from credentials, by date, region and service. They go with the credentials, so that no secret
 * outlives what it was made of. A `KeyObject` signs in 2 µs; bytes would be made one each time, which takes 12.
 */
const signingKeys = new WeakMap<SigningCredentials, Map<string, KeyObject>>();

/** Scopes of one day; more are those of days before. */
const MAX_KEYS = 8;

function signingKey(credentials: SigningCredentials, range: string): KeyObject {
  let keys = signingKeys.get(credentials);
  if (keys === undefined) {
    keys = new Map();
    signingKeys.set(credentials, keys);
  }
  let key = keys.get(range);
  if (key === undefined) {
    let bytes = Buffer.from(`AWS4${credentials.secretAccessKey}`);
    for (const part of range.split('/')) bytes = createHmac('sha256', bytes).update(part).digest();
    key = createSecretKey(bytes);
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(range, key);
  }
  return key;
}

/**
 * Whether a request is signed as AWS wants it, judged from AWS's side: the canonical request is made anew from the bytes
 * that came, byte by byte and without a line of the product's. Errors are AWS's own, by kind and words.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ReceivedRequest } from '../types.ts';
import type { Key, KeyRing } from './keys.ts';

/** Why AWS turns a signature down. */
export type SignatureProblem =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'UnrecognizedClientException'
  | 'ExpiredTokenException'
  | 'InvalidSignatureException';

export type SignatureVerdict =
  | { readonly kind: 'Valid'; readonly key: Key }
  | { readonly kind: 'Refused'; readonly status: 403; readonly type: SignatureProblem; readonly message: string };

export interface VerifierOptions {
  readonly keys: KeyRing;
  readonly service: string;
  readonly region: string;
  /** Default: the clock. */
  readonly now?: () => Date;
}

/** AWS takes requests that are at most this old or early. */
const MAX_SKEW_MILLISECONDS = 5 * 60_000;

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
  'and signing method. Consult the service documentation for details.';

export class SignatureVerifier {
  readonly #options: VerifierOptions;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  verify(request: ReceivedRequest): SignatureVerdict {
    const { keys, service, region, now = () => new Date() } = this.#options;
    const authorization = request.header('authorization');
    if (authorization === undefined) {
      return refused('MissingAuthenticationTokenException', 'Missing Authentication Token');
    }
    const claim = parseAuthorization(authorization);
    const date = request.header('x-amz-date');
    if (claim === undefined || date === undefined) {
      return refused('IncompleteSignatureException', 'Authorization header or X-Amz-Date is missing or malformed.');
    }
    const key = keys.find(claim.accessKeyID);
    if (key === undefined || (key.sessionToken ?? '') !== (request.header('x-amz-security-token') ?? '')) {
      return refused('UnrecognizedClientException', 'The security token included in the request is invalid.');
    }
    if (key.expiration !== undefined && key.expiration <= now()) {
      return refused('ExpiredTokenException', 'The security token included in the request is expired');
    }
    const problem =
      scopeProblem(claim, { date, service, region }) ?? clockProblem(date, now()) ?? unsignedProblem(claim, request);
    if (problem !== undefined) return refused('InvalidSignatureException', problem);
    const expected = signature(key.secretAccessKey, claim, date, canonical(request, claim.signedHeaders));
    const given = Buffer.from(claim.signature, 'hex');
    const isRight = given.length === expected.length && timingSafeEqual(given, expected);
    return isRight ? { kind: 'Valid', key } : refused('InvalidSignatureException', MISMATCH);
  }
}

interface Claim {
  readonly accessKeyID: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function refused(type: SignatureProblem, message: string): SignatureVerdict {
  return { kind: 'Refused', status: 403, type, message };
}

function parseAuthorization(header: string): Claim | undefined {
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (found === null) return undefined;
  const [, accessKeyID = '', date = '', region = '', service = '', signed = '', given = ''] = found;
  return { accessKeyID, date, region, service, signedHeaders: signed.split(';'), signature: given };
}

function scopeProblem(
  claim: Claim,
  wanted: { readonly date: string; readonly service: string; readonly region: string },
): string | undefined {
  if (claim.service !== wanted.service) {
    return `Credential should be scoped to correct service: '${wanted.service}'. `;
  }
  if (claim.region !== wanted.region) return 'Credential should be scoped to a valid region. ';
  return wanted.date.startsWith(claim.date) ? undefined : 'Date in Credential scope does not match X-Amz-Date.';
}

function clockProblem(date: string, now: Date): string | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(at)) return `Date is not in ISO 8601 basic format: ${date}`;
  if (at < now.getTime() - MAX_SKEW_MILLISECONDS) return `Signature expired: ${date} is now earlier than 5 min. ago`;
  if (at > now.getTime() + MAX_SKEW_MILLISECONDS)
    return `Signature not yet current: ${date} is still later than 5 min.`;
  return undefined;
}

/** What AWS wants to be signed: the host, and every header of its own; and nothing may be said to be that is not there. */
function unsignedProblem(claim: Claim, request: ReceivedRequest): string | undefined {
  const present = new Set(request.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()));
  const needed = [...present].filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = needed.find((name) => !claim.signedHeaders.includes(name));
  if (unsigned !== undefined) return `'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`;
  const absent = claim.signedHeaders.find((name) => !present.has(name));
  if (absent !== undefined) return `'${absent}' is a 'SignedHeader' and not in the request.`;
  const sorted = [...claim.signedHeaders].sort();
  return sorted.join() === claim.signedHeaders.join() ? undefined : 'SignedHeaders are not sorted.';
}

function canonical(request: ReceivedRequest, signedHeaders: readonly string[]): Buffer {
  const [target = '', ...rest] = request.target.split('?');
  const lines = [request.method, canonicalTarget(target), canonicalParameters(rest.join('?'))];
  for (const name of signedHeaders) lines.push(`${name}:${headerValue(request, name)}`);
  lines.push('', signedHeaders.join(';'), createHash('sha256').update(request.body).digest('hex'));
  return Buffer.from(lines.join('\n'), 'latin1');
}

function headerValue({ rawHeaders }: ReceivedRequest, name: string): string {
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name) {
      const words = (rawHeaders[at + 1] ?? '').split(/[ \t]+/);
      values.push(words.filter((word) => word !== '').join(' '));
    }
  }
  return values.join(',');
}

/** Path rules of every service but S3: slashes folded, then each byte of what was sent escaped, `%` included. */
function canonicalTarget(path: string): string {
  let result = '';
  for (const byte of Buffer.from(path, 'latin1')) {
    const isSlash = byte === 0x2f;
    if (!isSlash || !result.endsWith('/')) result += isSlash ? '/' : escaped(byte);
  }
  return result;
}

/** As a server reads them: decoded first, so that it does not matter how they were encoded. */
function canonicalParameters(query: string): string {
  const pairs = [...new URLSearchParams(query)].map(
    ([name, value]) => [escapedText(name), escapedText(value)] as const,
  );
  pairs.sort((a, b) => Buffer.compare(Buffer.from(a.join('\0')), Buffer.from(b.join('\0'))));
  return pairs.map((pair) => pair.join('=')).join('&');
}

function escapedText(text: string): string {
  let result = '';
  for (const byte of Buffer.from(text, 'utf8')) result += escaped(byte);
  return result;
}

const UNRESERVED = new Set(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'));

function escaped(byte: number): string {
  if (UNRESERVED.has(byte)) return String.fromCharCode(byte);
  return `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
}

function signature(secret: string, claim: Claim, date: string, request: Buffer): Buffer {
  const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const daily = mac(`AWS4${secret}`, claim.date);
  const key = mac(mac(mac(daily, claim.region), claim.service), 'aws4_request');
  const scope = [claim.date, claim.region, claim.service, 'aws4_request'].join('/');
  const hash = createHash('sha256').update(request).digest('hex');
  return mac(key, ['AWS4-HMAC-SHA256', date, scope, hash].join('\n'));
}

/** Fetches a JSON document of an issuer: verified TLS, no redirects, bounded in size and in time as a whole. */
import type { Dispatcher } from 'undici';
import { Pool } from '../../undici.ts';
import { IssuerError } from './errors.ts';

export interface FetchLimits {
  readonly bytes: number;
  readonly connectMilliseconds: number;
  readonly headersMilliseconds: number;
  /** Of everything together: an answer that comes byte by byte ends too. */
  readonly totalMilliseconds: number;
}

export const FETCH_LIMITS: FetchLimits = {
  bytes: 1024 * 1024,
  connectMilliseconds: 5000,
  headersMilliseconds: 5000,
  totalMilliseconds: 10_000,
};

export interface FetchOptions {
  /** PEM certificates in place of the built-in ones. */
  readonly ca: string | undefined;
  readonly limits: FetchLimits;
  readonly signal: AbortSignal;
}

export interface Fetched {
  readonly value: unknown;
  /** `max-age` of the answer (RFC 9111 §5.2.2.1) in seconds. */
  readonly maxAge: number | undefined;
}

/** @throws {IssuerError} */
export async function fetchJSON(url: URL, options: FetchOptions): Promise<Fetched> {
  const { ca, limits, signal } = options;
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new IssuerError('Timeout', `${url.href}: no whole answer in ${limits.totalMilliseconds} ms`));
  }, limits.totalMilliseconds).unref();
  const onAbort = (): void => deadline.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  // One connection for one request every few minutes: nothing idles in between.
  const pool = new Pool(url.origin, {
    connections: 1,
    allowH2: false,
    headersTimeout: limits.headersMilliseconds,
    connect: { timeout: limits.connectMilliseconds, ...(ca !== undefined && { ca }) },
  });
  try {
    signal.throwIfAborted();
    const answer = await pool.request({
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      headers: { accept: 'application/json, application/jwk-set+json', 'user-agent': 'tidegate' },
      signal: deadline.signal,
    });
    return await readAnswer(url, answer, limits.bytes);
  } catch (error) {
    throw asIssuerError(url, deadline.signal.aborted ? deadline.signal.reason : error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    await pool.destroy();
  }
}

async function readAnswer(url: URL, answer: Dispatcher.ResponseData, maxBytes: number): Promise<Fetched> {
  const { statusCode, headers, body } = answer;
  // A body that nobody reads to its end is cut with its connection.
  body.on('error', () => undefined);
  if (statusCode >= 300 && statusCode < 400) {
    throw new IssuerError('Redirect', `${url.href}: answered ${statusCode}; redirects are not followed`);
  }
  if (statusCode !== 200) throw new IssuerError('Status', `${url.href}: answered ${statusCode}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new IssuerError('TooLarge', `${url.href}: the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks, size).toString('utf8'));
  } catch {
    throw new IssuerError('Malformed', `${url.href}: the answer is not JSON`);
  }
  return { value, maxAge: maxAgeOf(headers['cache-control']) };
}

function maxAgeOf(header: string | string[] | undefined): number | undefined {
  const value = Array.isArray(header) ? header.join(',') : (header ?? '');
  if (/(?:^|[\s,])no-(?:store|cache)(?:$|[\s,])/i.test(value)) return 0;
  const seconds = /(?:^|[\s,])max-age="?(\d{1,9})"?(?:$|[\s,])/i.exec(value)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

const UNTRUSTED =
  'its TLS certificate is not from an authority that is trusted here: put that authority into issuer.certificateAuthority';
const TIMEOUT = 'no answer in time';

/** Causes that a mistake in the configuration may have, in words that lead to it. */
const CAUSES: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: TIMEOUT,
  UND_ERR_HEADERS_TIMEOUT: TIMEOUT,
  ENOTFOUND: 'its host name cannot be resolved',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host name',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
};

function asIssuerError(url: URL, error: unknown): IssuerError {
  if (error instanceof IssuerError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') {
    return new IssuerError('Unreachable', `${url.href}: cannot be reached`, { cause: error });
  }
  const problem = CAUSES[code] ?? 'cannot be reached';
  return new IssuerError(problem === TIMEOUT ? 'Timeout' : 'Unreachable', `${url.href}: ${problem} (${code})`, {
    cause: error,
  });
}

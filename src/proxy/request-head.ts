/**
 * The head of a client's request, read in one pass: what the pipeline needs to know, and the headers that travel on.
 * Credentials of the client and hop-by-hop headers are left behind here, once and for every path.
 */
import type { UpstreamRequestHead } from '../providers/wire.ts';
import type { Exchange } from './exchange/exchange.ts';

const HOP = 1;
const CREDENTIAL = 2;
const FRAMING = 3;
const CONNECTION = 4;
const SINGLETON = 5;

/** What becomes of a header by lower-case name; one that is not here travels on. */
const FATES: ReadonlyMap<string, number> = new Map([
  // RFC 9110 §7.6.1 and the historic ones beside it.
  ['connection', CONNECTION],
  ['proxy-connection', HOP],
  ['keep-alive', HOP],
  ['te', HOP],
  ['trailer', HOP],
  ['transfer-encoding', HOP],
  ['upgrade', HOP],
  ['http2-settings', HOP],
  ['proxy-authorization', HOP],
  ['proxy-authenticate', HOP],
  ['host', HOP],
  // Answered by the gateway itself.
  ['expect', HOP],
  ['content-length', FRAMING],
  // They say how a body is to be read: two of them would be read differently by the gateway and the upstream.
  ['content-type', SINGLETON],
  ['content-encoding', SINGLETON],
  // Whatever names the client to the gateway must not name it to the upstream.
  ['authorization', CREDENTIAL],
  ['x-tidegate-authorization', CREDENTIAL],
  ['x-api-key', CREDENTIAL],
  ['x-goog-api-key', CREDENTIAL],
  ['api-key', CREDENTIAL],
  // A signature of AWS (SigV4) is over the gateway's host and the client's key.
  ['x-amz-date', CREDENTIAL],
  ['x-amz-security-token', CREDENTIAL],
  ['x-amz-content-sha256', CREDENTIAL],
]);

/** Whether a header of this lower-case name never travels on. */
export function isAlwaysDropped(name: string): boolean {
  const fate = FATES.get(name);
  return fate !== undefined && fate !== SINGLETON;
}

export class RequestHead implements UpstreamRequestHead {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly hasBody: boolean;
  /** Of `content-length`; undefined when the body is chunked or there is none. */
  readonly contentLength: number | undefined;
  /** Names and values in turn of the headers that travel on, as sent. The forward step adds to this array. */
  readonly forwarded: string[];
  /** Lower-case name of a header that came twice and must not. */
  readonly duplicate: string | undefined;
  readonly #rawHeaders: readonly string[];
  readonly #credentials: string[] | undefined;

  constructor(exchange: Exchange, path: string, query: string) {
    const raw = exchange.rawHeaders;
    const forwarded: string[] = [];
    let credentials: string[] | undefined;
    let named: string[] | undefined;
    let contentLength: number | undefined;
    let singletons: string | undefined;
    let duplicate: string | undefined;
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i] ?? '';
      const value = raw[i + 1] ?? '';
      const lower = name.toLowerCase();
      const fate = FATES.get(lower);
      if (fate === undefined) forwarded.push(name, value);
      else if (fate === CREDENTIAL) (credentials ??= []).push(lower, value);
      else if (fate === FRAMING) contentLength = Number(value);
      else if (fate === CONNECTION) named = connectionOptions(value, named);
      else if (fate === SINGLETON) {
        if (singletons?.includes(lower) ?? false) duplicate = lower;
        singletons = singletons === undefined ? lower : `${singletons} ${lower}`;
        forwarded.push(name, value);
      }
    }
    this.method = exchange.method;
    this.path = path;
    this.query = query;
    this.hasBody = exchange.hasBody;
    this.contentLength = contentLength;
    this.duplicate = duplicate;
    this.forwarded = named === undefined ? forwarded : without(forwarded, named);
    this.#rawHeaders = raw;
    this.#credentials = credentials;
  }

  /** First value of a header by lower-case name, as the client sent it. */
  header(name: string): string | undefined {
    const raw = this.#rawHeaders;
    for (let i = 0; i < raw.length; i += 2) {
      const candidate = raw[i] ?? '';
      if (candidate.length === name.length && candidate.toLowerCase() === name) return raw[i + 1];
    }
    return undefined;
  }

  /** First value of a credential header by lower-case name. */
  credential(name: string): string | undefined {
    const credentials = this.#credentials;
    if (credentials === undefined) return undefined;
    for (let i = 0; i < credentials.length; i += 2) {
      if (credentials[i] === name) return credentials[i + 1];
    }
    return undefined;
  }
}

/** Header names in `Connection` (RFC 9110 §7.6.1) beyond the two that say how the connection goes on. */
export function connectionOptions(value: string, known: string[] | undefined): string[] | undefined {
  if (value === 'keep-alive' || value === 'close') return known;
  let names = known;
  for (const option of value.split(',')) {
    const name = option.trim().toLowerCase();
    if (name !== '' && name !== 'keep-alive' && name !== 'close') (names ??= []).push(name);
  }
  return names;
}

/** `headers` without those of the given lower-case names. */
export function without(headers: readonly string[], names: Iterable<string>): string[] {
  const dropped = new Set(names);
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!dropped.has(name.toLowerCase())) kept.push(name, headers[i + 1] ?? '');
  }
  return kept;
}

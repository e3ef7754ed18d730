/**
 * The head of a client's request, read in one pass: what the pipeline needs to know, and the headers that travel on.
 * Credentials of the client and hop-by-hop headers are left behind here, once and for every path.
 */
import { METHOD_OVERRIDES } from '../providers/method-overrides.ts';
import type { UpstreamRequestHead } from '../providers/wire.ts';
import type { Exchange } from './exchange/exchange.ts';

const HOP = 1;
const CREDENTIAL = 2;
const FRAMING = 3;
const CONNECTION = 4;
const SINGLETON = 5;
const UPGRADE = 6;
const HANDSHAKE = 7;
const SIGNATURE = 8;

/** What becomes of a header by lower-case name; one that is not here travels on. */
const FATES: ReadonlyMap<string, number> = new Map([
  // RFC 9110 §7.6.1 and the historic ones beside it.
  ['connection', CONNECTION],
  ['proxy-connection', HOP],
  ['keep-alive', HOP],
  ['te', HOP],
  ['trailer', HOP],
  ['transfer-encoding', HOP],
  ['upgrade', UPGRADE],
  ['http2-settings', HOP],
  ['proxy-authorization', HOP],
  ['proxy-authenticate', HOP],
  ['host', HOP],
  // Of a WebSocket's handshake (RFC 6455 §4.1). No extension is offered to the upstream: what is compressed cannot be metered.
  ['sec-websocket-key', HANDSHAKE],
  ['sec-websocket-version', HANDSHAKE],
  ['sec-websocket-protocol', HANDSHAKE],
  ['sec-websocket-extensions', HOP],
  // Answered by the gateway itself.
  ['expect', HOP],
  ['content-length', FRAMING],
  // They say how a body is to be read: two of them would be read differently by the gateway and the upstream.
  ['content-type', SINGLETON],
  ['content-encoding', SINGLETON],
  // Whatever names the client to the gateway must not name it to the upstream. Of two the gateway would take one and
  // whatever stands in front of it the other.
  ['authorization', CREDENTIAL],
  ['x-tidegate-authorization', CREDENTIAL],
  ['x-api-key', CREDENTIAL],
  ['x-goog-api-key', CREDENTIAL],
  ['api-key', CREDENTIAL],
  // A signature of AWS (SigV4) is over the gateway's host and the client's key.
  ['x-amz-date', SIGNATURE],
  ['x-amz-security-token', SIGNATURE],
  ['x-amz-content-sha256', SIGNATURE],
]);

/** Names that only the gateway itself gives meaning to; a client's must not look like the gateway's to an upstream. */
const OWN_PREFIX = 'x-tidegate-';

/**
 * Headers that the gateway decides by. One that `Connection` names would be read here and missing upstream
 * (RFC 9110 §7.6.1 forbids it for all that are meant for every recipient).
 */
const DECIDING: ReadonlySet<string> = new Set([
  ...[...FATES]
    .filter(([, fate]) => fate === SINGLETON || fate === CREDENTIAL || fate === SIGNATURE || fate === FRAMING)
    .map(([name]) => name),
  'host',
  'transfer-encoding',
  ...METHOD_OVERRIDES,
]);

/** Whether a header of this lower-case name never travels on. */
export function isAlwaysDropped(name: string): boolean {
  const fate = FATES.get(name);
  return fate === undefined ? name.startsWith(OWN_PREFIX) : fate !== SINGLETON;
}

const NO_WEBSOCKET =
  'A WebSocket is opened with GET over HTTP/1.1, without a body and after no request that still waits. This is another request.';

/** What browsers put their token behind: they cannot send a header (the openai SDK does it, too). */
const TOKEN_PROTOCOL = 'openai-insecure-api-key.';

/** Under this name {@link RequestHead.credential} gives the token among the subprotocols of a handshake. */
export const PROTOCOL_CREDENTIAL = 'sec-websocket-protocol';

export class RequestHead implements UpstreamRequestHead {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly hasBody: boolean;
  /** Of `content-length`; undefined when the body is chunked or there is none. */
  readonly contentLength: number | undefined;
  /** Names and values in turn of the headers that travel on, as sent. The forward step adds to this array. */
  readonly forwarded: string[];
  /** Why no request with these headers is forwarded, ready for the caller; undefined for nearly all. */
  readonly problem: string | undefined;
  #rawHeaders: readonly string[];
  #credentials: string[] | undefined;

  constructor(exchange: Exchange, path: string, query: string) {
    const raw = exchange.rawHeaders;
    const forwarded: string[] = [];
    let credentials: string[] | undefined;
    let named: string[] | undefined;
    let contentLength: number | undefined;
    let singletons: string | undefined;
    let problem: string | undefined;
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i] ?? '';
      const value = raw[i + 1] ?? '';
      const lower = name.toLowerCase();
      const fate = FATES.get(lower);
      if (fate === undefined) {
        if (!lower.startsWith(OWN_PREFIX)) forwarded.push(name, value);
      } else if (fate === CREDENTIAL) {
        if (credentials !== undefined && holds(credentials, lower))
          problem = `The header ${lower} must not come twice.`;
        (credentials ??= []).push(lower, value);
      } else if (fate === FRAMING) contentLength = Number(value);
      else if (fate === CONNECTION) named = connectionOptions(value, named);
      else if (fate === SINGLETON) {
        if (singletons?.includes(lower) ?? false) problem = `The header ${lower} must not come twice.`;
        singletons = singletons === undefined ? lower : `${singletons} ${lower}`;
        forwarded.push(name, value);
      } else if (fate === HANDSHAKE && exchange.webSocket) {
        if (lower !== 'sec-websocket-protocol') forwarded.push(name, value);
        else {
          const { token, rest } = takeToken(value);
          if (token !== undefined) (credentials ??= []).push(PROTOCOL_CREDENTIAL, token);
          if (rest !== '') forwarded.push(name, rest);
        }
      } else if (fate === UPGRADE && !exchange.webSocket && value.toLowerCase().includes('websocket')) {
        problem = NO_WEBSOCKET;
      }
    }
    this.method = exchange.method;
    this.path = path;
    this.query = query;
    this.hasBody = exchange.hasBody;
    this.contentLength = contentLength;
    this.problem = problem ?? (named === undefined ? undefined : namingProblem(named));
    this.forwarded = named === undefined ? forwarded : without(forwarded, named);
    this.#rawHeaders = raw;
    this.#credentials = credentials;
  }

  /** Lets go of all headers: the request has been answered, and nobody asks for them any more. */
  forget(): void {
    this.#rawHeaders = [];
    this.#credentials = undefined;
    this.forwarded.length = 0;
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

/** Whether `name` is among names and values in turn. */
function holds(headers: readonly string[], name: string): boolean {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return true;
  return false;
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

/** Takes the token out of a list of subprotocols (RFC 6455 §11.3.4). */
function takeToken(protocols: string): { readonly token: string | undefined; readonly rest: string } {
  if (!protocols.includes(TOKEN_PROTOCOL)) return { token: undefined, rest: protocols };
  const offered = protocols.split(',').map((protocol) => protocol.trim());
  const token = offered.find((protocol) => protocol.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length);
  return { token, rest: offered.filter((protocol) => !protocol.startsWith(TOKEN_PROTOCOL)).join(', ') };
}

function namingProblem(named: readonly string[]): string | undefined {
  const name = named.find((one) => DECIDING.has(one));
  return name === undefined ? undefined : `The header Connection must not name ${name}.`;
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

/** The head of an upstream's answer, and what of it goes to the client. */
import type { UpstreamResponseHead } from '../providers/wire.ts';
import { connectionOptions } from './request-head.ts';

/** Names of {@link ResponseHead}'s headers are lower-case; values that came twice are lists. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'proxy-authenticate',
  'proxy-authorization',
]);

/** What is said of a body's very bytes (RFC 9110 §8.6 and §8.8.3, RFC 9530, and its forerunners): no word of others. */
const OF_THE_BYTES: ReadonlySet<string> = new Set([
  'content-length',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
  'etag',
  'x-amz-crc32',
]);

/** What is said of a body's form: no word of one of the gateway's own. */
const OF_THE_BODY: ReadonlySet<string> = new Set([
  'content-type',
  'content-encoding',
  'content-range',
  'content-disposition',
]);

/** What is asked for until the end of a body, when its form has to be known to tell a failure in it. */
const OF_THE_FORM = ['content-type', 'content-encoding', 'content-length'] as const;

export class ResponseHead implements UpstreamResponseHead {
  readonly status: number;
  #headers: ResponseHeaders;

  constructor(status: number, headers: ResponseHeaders) {
    this.status = status;
    this.#headers = headers;
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return typeof value === 'string' ? value : value?.[0];
  }

  /** Whether the answer is encoded in a way that forbids to write other bytes into it. */
  get isEncoded(): boolean {
    const encoding = this.header('content-encoding');
    return encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity';
  }

  /** Server-sent events, or the event stream encoding of AWS. */
  get isEventStream(): boolean {
    const type = this.header('content-type')?.toLowerCase() ?? '';
    return type.startsWith('text/event-stream') || type.startsWith('application/vnd.amazon.eventstream');
  }

  /** Lets go of all headers but those that say how to go on with the body: the client has been sent the others. */
  forget(): void {
    const kept: Record<string, string | string[] | undefined> = {};
    for (const name of OF_THE_FORM) kept[name] = this.#headers[name];
    this.#headers = kept;
  }

  /**
   * Names and values in turn of what goes to the client. `isChanged`: the body is not the upstream's, byte for byte;
   * `isOwn`: it is JSON of the gateway's own.
   */
  forClient(requestId: string, isChanged: boolean, isOwn?: true): string[] {
    const headers = this.#headers;
    const result: string[] = [];
    const connection = headers['connection'];
    const named = connection === undefined ? undefined : connectionOptions(String(connection), undefined);
    for (const name in headers) {
      if (HOP_BY_HOP.has(name) || (named?.includes(name) ?? false)) continue;
      if (name === 'x-tidegate-request-id' || name === 'x-tidegate-error') continue;
      if (isChanged && OF_THE_BYTES.has(name)) continue;
      if (isOwn === true && OF_THE_BODY.has(name)) continue;
      const value = headers[name];
      if (typeof value === 'string') result.push(name, value);
      else if (value !== undefined) for (const one of value) result.push(name, one);
    }
    if (isOwn === true) result.push('content-type', 'application/json');
    result.push('x-tidegate-request-id', requestId);
    return result;
  }
}

/** The form of what a provider's API says, prepared so that nothing is made while it is measured. */

/** A call of one API, and where its provider is in the gateway. */
export interface BenchCall {
  /** Name in the report. */
  readonly name: string;
  /** Name of the provider in the gateway's manifests. */
  readonly provider: string;
  /** Path at the upstream, with the query that belongs to the call. */
  readonly path: string;
  /** Body of the request, about 700 bytes. */
  readonly body: string;
}

/** A call that is answered with a stream. All bytes are framed as transfer chunks. */
export interface StreamCall extends BenchCall {
  readonly contentType: string;
  /** What comes before the first word. */
  readonly begin: Buffer;
  /** One piece of the text. */
  readonly chunk: Buffer;
  /** The end; `withUsage`: the client, or the gateway for it, asked for the usage. */
  tail(withUsage: boolean): Buffer;
}

/** A call that is answered at once. */
export interface WholeCall extends BenchCall {
  /** The body of the answer, JSON. */
  readonly answer: string;
}

/** What users ask. */
export const question = 'Summarise the following ticket for the team in two sentences. '.repeat(8);

/** What models answer: at least `bytes` bytes. */
export function answerText(bytes = 300): string {
  return 'The customer cannot log in since Tuesday. '.repeat(Math.ceil(bytes / 42));
}

const providerHeaders = [
  'date: Sat, 21 Nov 2026 09:00:00 GMT',
  'openai-organization: org-bench',
  'openai-processing-ms: 12',
  'openai-version: 2020-10-01',
  'x-request-id: req_0123456789abcdef0123456789abcdef',
  'x-ratelimit-limit-requests: 10000',
  'x-ratelimit-limit-tokens: 2000000',
  'x-ratelimit-remaining-requests: 9999',
  'x-ratelimit-remaining-tokens: 1999990',
  'strict-transport-security: max-age=31536000; includeSubDomains; preload',
  'x-content-type-options: nosniff',
].join('\r\n');

/** A type that no wire reads: the same bytes under it cost what they cost without metering. */
export const OPAQUE = 'application/octet-stream';

/** A whole answer, head and body. */
export function wholeBytes(body: string, contentType = 'application/json'): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\n${providerHeaders}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Head of a streamed answer. */
export function streamHead(contentType: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\n${providerHeaders}\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
}

/** Bytes in a transfer chunk of their own. */
export function chunked(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** The end of a body in transfer chunks. */
export const lastChunk = Buffer.from('0\r\n\r\n');

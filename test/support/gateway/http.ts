/** A client that neither decodes nor normalises: what goes over the socket is what the test says and sees. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';

/** A request as it is to be sent. */
export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Several buffers are sent one by one, with chunked transfer encoding unless a length is set. */
  readonly body?: Buffer | string | readonly Buffer[];
  readonly signal?: AbortSignal;
}

/** A whole answer. */
export interface RawAnswer {
  readonly status: number;
  /** Lower-case names; repeated headers are joined by a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly rawHeaders: readonly string[];
  /** As on the wire, after transfer decoding only. */
  readonly body: Buffer;
}

/** Sends a request on a connection of its own and returns the answer once its head is there. */
export function send(url: string, options: RawRequest = {}): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body, signal } = options;
  return new Promise((resolve, reject) => {
    const whole = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : undefined;
    const request = httpRequest(url, {
      method,
      agent: false,
      headers: { ...(whole && { 'content-length': String(whole.length) }), ...headers },
      ...(signal && { signal }),
    });
    request.once('response', resolve);
    request.once('error', reject);
    if (whole) request.end(whole);
    else void writeAll(request, (body as readonly Buffer[] | undefined) ?? []);
  });
}

async function writeAll(request: ReturnType<typeof httpRequest>, parts: readonly Buffer[]): Promise<void> {
  for (const part of parts) {
    request.write(part);
    await new Promise(setImmediate);
  }
  request.end();
}

/** The rest of an answer. */
export async function collect(incoming: IncomingMessage): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers as Record<string, string | undefined>,
    rawHeaders: incoming.rawHeaders,
    body: Buffer.concat(chunks),
  };
}

/** Request and whole answer. */
export async function exchange(url: string, options: RawRequest = {}): Promise<RawAnswer> {
  return collect(await send(url, options));
}

/** POSTs JSON. A string goes as it is. */
export function post(
  url: string,
  body: object | string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  return exchange(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

/** Writes bytes to a fresh connection and returns everything that comes back until the other side closes. */
export function sendBytes(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.write(bytes);
  });
}

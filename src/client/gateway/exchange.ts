/** One HTTP exchange with a gateway or an identity provider: bounded in time and size. */
import { Agent as HTTPAgent, request as httpRequest } from 'node:http';
import type { AgentOptions, IncomingMessage } from 'node:http';
import { Agent as HTTPSAgent, request as httpsRequest } from 'node:https';
import { CommandError, EXIT } from '../../command/io.ts';

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM; replaces the system's trust store. */
  readonly ca?: string | undefined;
  /** From the question to the end of the answer. Default 30,000. */
  readonly timeoutMilliseconds?: number;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** First value by lower-case name. */
  header(name: string): string | undefined;
  readonly body: string;
}

const TIMEOUT_MILLISECONDS = 30_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Codes of Node's for certificates that are not trusted. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS/;

/** Rejects with a CommandError, exit status `unreachable`, when there is no whole answer. Redirects are not followed. */
export async function ask(question: Question): Promise<Answer> {
  const { url, ca, signal, timeoutMilliseconds = TIMEOUT_MILLISECONDS } = question;
  const limit = AbortSignal.timeout(timeoutMilliseconds);
  try {
    return await exchange(question, signal === undefined ? limit : AbortSignal.any([limit, signal]));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { host } = new URL(url);
    if (signal?.aborted === true) throw new CommandError('interrupted', EXIT.failure, { cause: error });
    const why = limit.aborted ? `no answer within ${timeoutMilliseconds / 1000} s` : reasonOf(error);
    throw new CommandError(`cannot reach ${host}: ${why}`, EXIT.unreachable, {
      cause: error,
      ...hintFor(error, url, ca),
    });
  }
}

async function exchange(question: Question, signal: AbortSignal): Promise<Answer> {
  const { method, url, headers, body, ca } = question;
  const isTLS = url.startsWith('https:');
  // Proxies of the environment, where this version of Node knows them. What is on this machine none of them can reach.
  const options = (isLoopback(new URL(url)) ? {} : { proxyEnv: process.env }) as AgentOptions;
  const agent = isTLS ? new HTTPSAgent({ ...options, ...(ca !== undefined && { ca }) }) : new HTTPAgent(options);
  try {
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = isTLS ? httpsRequest : httpRequest;
      const request = send(url, { method, headers, agent, signal }, resolve);
      request.once('error', reject);
      request.end(body);
    });
    return {
      status: incoming.statusCode ?? 0,
      header: (name) => {
        const value = incoming.headers[name];
        return Array.isArray(value) ? value[0] : value;
      },
      body: await bodyOf(incoming, new URL(url).host),
    };
  } finally {
    agent.destroy();
  }
}

/** `URL` has brought the many ways to write such an address to one. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.[0-9.]+$/.test(hostname);
}

async function bodyOf(incoming: IncomingMessage, host: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new CommandError(`${host} answered with more than 16 MiB`, EXIT.failure);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  const { code, message, errors } = error as NodeJS.ErrnoException & { readonly errors?: readonly Error[] };
  if (code === 'EPROTO') return 'what answers there does not speak TLS as it should';
  // Of several addresses none answered: each has its own error.
  return message !== '' ? message : (errors?.[0]?.message ?? code ?? 'unknown error');
}

function hintFor(error: unknown, url: string, ca: string | undefined): { readonly hint?: string } {
  const { code = '', port } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (UNTRUSTED.test(code)) {
    return {
      hint:
        ca === undefined
          ? 'name the CA of the gateway with --certificate-authority FILE'
          : 'the certificate is not from the authority that was given',
    };
  }
  if (code === 'ENOTFOUND') return { hint: 'check the host name, and that you are on the right network' };
  if (code === 'ECONNREFUSED' && port !== undefined && port !== portOf(url))
    return { hint: 'this is the proxy of HTTP_PROXY or HTTPS_PROXY: check it, or name the gateway in NO_PROXY' };
  if (code === 'ECONNREFUSED') return { hint: 'nothing listens there: check the port, or start the gateway' };
  if (code === 'EPROTO') return { hint: 'without TLS the URL begins with http://' };
  return {};
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

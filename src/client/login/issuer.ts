/** The identity provider of a sign-in, by its metadata (OpenID Connect Discovery 1.0, RFC 8414). */
import { rootCertificates } from 'node:tls';
import * as client from 'openid-client';
import { CommandError, EXIT } from '../../command/io.ts';
import type { Redacted } from '../../redacted.ts';
import { ask } from '../gateway/exchange.ts';

export interface IssuerClient {
  readonly issuer: string;
  readonly clientID: string;
  /** Undefined: a public client. */
  readonly clientSecret: Redacted | undefined;
  /** PEM; trusted beside what the system trusts: companies have one authority for all. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** Asks the issuer what it is. Throws a CommandError. */
export async function discover(of: IssuerClient): Promise<client.Configuration> {
  const { issuer, clientID, clientSecret } = of;
  const url = URL.parse(issuer);
  if (url === null) throw new CommandError(`the issuer "${issuer}" is no URL`, EXIT.failure);
  try {
    const fetch = fetchFor(of);
    const authentication = clientSecret === undefined ? client.None() : undefined;
    const config = await client.discovery(url, clientID, clientSecret?.reveal(), authentication, {
      [client.customFetch]: fetch,
      ...(isLoopback(url) && { execute: [client.allowInsecureRequests] }),
    });
    config[client.customFetch] = fetch;
    return config;
  } catch (error) {
    throw failure(error, `the identity provider "${issuer}" cannot be used`);
  }
}

/** Without TLS only on this machine, where tests and first tries are. */
function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function fetchFor({ ca, signal }: IssuerClient): client.CustomFetch {
  const authorities = ca === undefined ? undefined : [...rootCertificates, ca].join('\n');
  return async (url, options) => {
    const answer = await ask({
      method: options.method as 'GET' | 'POST',
      url,
      headers: options.headers,
      ...(options.body instanceof URLSearchParams && { body: options.body.toString() }),
      ca: authorities,
      signal: options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]),
    });
    const type = answer.header('content-type');
    const retryAfter = answer.header('retry-after');
    return new Response(answer.body === '' ? null : answer.body, {
      status: answer.status,
      headers: {
        ...(type !== undefined && { 'content-type': type }),
        ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
      },
    });
  };
}

/** What an identity provider said, or why there is no word of it. Never a token. */
export function failure(error: unknown, what: string): CommandError {
  const cause = (error as { readonly cause?: unknown }).cause;
  if (error instanceof CommandError) return error;
  if (cause instanceof CommandError)
    return new CommandError(`${what}: ${cause.message}`, cause.status, { cause: error });
  if (error instanceof client.ResponseBodyError || error instanceof client.AuthorizationResponseError) {
    const said = error.error_description ?? error.error;
    return new CommandError(`${what}: ${oneLine(said)}`, EXIT.signIn, { cause: error });
  }
  // Of what is wrong with an answer the first sentence says nothing.
  const why = error instanceof client.ClientError && cause instanceof Error ? `: ${cause.message}` : '';
  return new CommandError(`${what}: ${oneLine((error as Error).message + why)}`, EXIT.failure, { cause: error });
}

/** What comes from elsewhere moves no cursor. */
function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').slice(0, 500);
}

/** Signs a person in with the browser: authorization code with PKCE, back to loopback (RFC 8252 §7.3, RFC 7636). */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client from 'openid-client';
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { answerPage, type Answer } from './answer-page.ts';
import { failure } from './issuer.ts';
import type { Grant, GrantRequest } from './grant.ts';

const CALLBACK = '/callback';
/** Milliseconds that a person has. */
const PATIENCE_MS = 5 * 60_000;

export async function signInByBrowser(
  config: client.Configuration,
  { parameters, opensBrowser, port }: GrantRequest,
  io: CommandIO,
): Promise<Grant> {
  const server = createServer();
  server.listen(port ?? 0, '127.0.0.1');
  await once(server, 'listening').catch((error: unknown) => {
    throw new CommandError(`cannot listen on 127.0.0.1:${String(port)}: ${(error as Error).message}`, EXIT.failure);
  });
  try {
    const redirect = `http://127.0.0.1:${(server.address() as AddressInfo).port}${CALLBACK}`;
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    // Where it is sent an ID token is wanted back, which only those who say `openid` get (OpenID Connect Core 1.0 §3.1.2.1).
    const isOpenID = parameters['scope']?.split(' ').includes('openid') === true;
    const nonce = isOpenID ? client.randomNonce() : undefined;
    const url = client.buildAuthorizationUrl(config, {
      ...parameters,
      redirect_uri: redirect,
      state,
      ...(nonce !== undefined && { nonce }),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    io.stderr.write(`To sign in, open this page in a browser on this machine:\n\n  ${url.href}\n\n`);
    if (opensBrowser) await openBrowser(url.href);
    const issuer = new URL(config.serverMetadata().issuer);
    return await answered(server, { redirect, issuer, state }, io.signal, async (current) => {
      const { resource } = parameters;
      return client.authorizationCodeGrant(
        config,
        current,
        {
          pkceCodeVerifier: verifier,
          expectedState: state,
          ...(nonce !== undefined && { expectedNonce: nonce }),
          idTokenExpected: false,
        },
        resource === undefined ? undefined : { resource },
      );
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** The person can still open the page themselves. */
async function openBrowser(url: string): Promise<void> {
  const { default: open } = await import('open');
  const opened = await open(url).catch(() => undefined);
  opened?.on('error', () => undefined);
  opened?.unref();
}

/**
 * Takes the first answer that is meant for this sign-in, by its state: any page can call loopback. Tells the person in the
 * browser what came of it.
 */
async function answered(
  server: Server,
  { redirect, issuer, state }: { readonly redirect: string; readonly issuer: URL; readonly state: string },
  signal: AbortSignal,
  exchange: (current: URL) => Promise<Grant>,
): Promise<Grant> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  let isAnswered = false;
  return new Promise((resolve, reject) => {
    limit.addEventListener('abort', () => {
      reject(new CommandError(signal.aborted ? 'interrupted' : 'nobody signed in within five minutes', EXIT.signIn));
    });
    server.on('request', (request, response) => {
      const current = URL.parse(request.url ?? '/', redirect);
      const isAnswer = request.method === 'GET' && current?.pathname === CALLBACK;
      const isOwn = isAnswer && current.searchParams.get('state') === state;
      // A code that comes twice, as when a browser fetches ahead, is spent once: issuers take a second time for a theft.
      if (isAnswered || !isOwn || !(current.searchParams.has('code') || current.searchParams.has('error'))) {
        show(response, { kind: 'Foreign' });
        return;
      }
      isAnswered = true;
      exchange(current).then(
        (grant) => {
          whenClosed(response, () => resolve(grant));
          show(response, { kind: 'SignedIn', issuer: issuer.host });
        },
        (error: unknown) => {
          const refused = refusal(error);
          whenClosed(response, () => reject(refused));
          show(response, { kind: 'Failed', why: refused.message });
        },
      );
    });
  });
}

/** The browser may be gone before there is anything to show. */
function whenClosed(response: ServerResponse, then: () => void): void {
  if (response.closed || response.destroyed) then();
  else response.once('close', then);
}

function show(response: ServerResponse, answer: Answer): void {
  const { status, headers, body } = answerPage(answer);
  response.writeHead(status, headers).end(body);
}

/** A person who says no has not met a failure. */
function refusal(error: unknown): CommandError {
  const isDeclined = error instanceof client.AuthorizationResponseError && error.error === 'access_denied';
  return failure(error, isDeclined ? 'the sign-in was declined' : 'the sign-in failed');
}

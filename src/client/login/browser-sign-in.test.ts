import { once } from 'node:events';
import { createConnection } from 'node:net';
import { expect, test } from '@jest/globals';
import * as client from 'openid-client';
import type { CommandIO } from '../../command/io.ts';
import { signInByBrowser } from './browser-sign-in.ts';
import type { Grant } from './grant.ts';

const ISSUER = 'https://login.example.com';

interface SignIn {
  readonly ended: Promise<Grant>;
  /** Where the browser comes back to, with this query and the state of the sign-in put under it. */
  readonly back: (query: Readonly<Record<string, string>>) => URL;
}

/** @param token answers a request for a token */
async function begin(token: () => Promise<Response>, scope = 'llm'): Promise<SignIn> {
  const metadata = {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/authorize`,
    token_endpoint: `${ISSUER}/token`,
    authorization_response_iss_parameter_supported: true,
  };
  const config = new client.Configuration(metadata, 'cli', undefined, client.None());
  config[client.customFetch] = token;
  let said = '';
  const told = Promise.withResolvers<URL>();
  const stderr = {
    write: (text: string) => {
      said += text;
      const [, page] = /^ {2}(https:\S+)$/m.exec(said) ?? [];
      if (page !== undefined) told.resolve(new URL(page));
    },
  };
  const io: CommandIO = { stdout: { write: () => true }, stderr, env: {}, signal: new AbortController().signal };
  const ended = signInByBrowser(config, { parameters: { scope }, opensBrowser: false, port: undefined }, io);
  const { searchParams } = await told.promise;
  const back = (query: Readonly<Record<string, string>>): URL => {
    const url = new URL(searchParams.get('redirect_uri') ?? '');
    url.search = String(new URLSearchParams({ state: searchParams.get('state') ?? '', iss: ISSUER, ...query }));
    return url;
  };
  return { ended, back };
}

const grant = (): Response => Response.json({ access_token: 't', token_type: 'Bearer' });

test('scopes without `openid` want no ID token', async () => {
  const { ended, back } = await begin(async () => grant(), 'llm');
  expect((await fetch(back({ code: 'own' }))).status).toBe(200);
  expect(await ended).toMatchObject({ access_token: 't' });
});

test('scopes with it do', async () => {
  const { ended, back } = await begin(async () => grant(), 'openid llm');
  const refused = expect(ended).rejects.toThrow(/^the sign-in failed: .*id_token/);
  expect((await fetch(back({ code: 'own' }))).status).toBe(400);
  await refused;
});

test('an answer with another state, or none, neither spends its code nor ends the sign-in', async () => {
  let asked = 0;
  const { ended, back } = await begin(async () => {
    asked += 1;
    return grant();
  });
  expect((await fetch(back({ code: 'stolen', state: 'another' }))).status).toBe(404);
  expect((await fetch(back({ error: 'access_denied', state: '' }))).status).toBe(404);
  expect(asked).toBe(0);
  expect((await fetch(back({ code: 'own' }))).status).toBe(200);
  expect(await ended).toMatchObject({ access_token: 't' });
});

test('an answer of another issuer is refused (RFC 9207)', async () => {
  const { ended, back } = await begin(async () => grant());
  const refused = expect(ended).rejects.toThrow(/^the sign-in failed: .*iss/);
  expect((await fetch(back({ code: 'mixed-up', iss: 'https://evil.example.com' }))).status).toBe(400);
  await refused;
});

test('a code that comes twice is spent once', async () => {
  let asked = 0;
  const first = Promise.withResolvers<Response>();
  const arrived = Promise.withResolvers<void>();
  const { ended, back } = await begin(async () => {
    asked += 1;
    arrived.resolve();
    return asked === 1 ? first.promise : Response.json({ error: 'invalid_grant' }, { status: 400 });
  });
  const shown = fetch(back({ code: 'own' }));
  await arrived.promise;
  expect((await fetch(back({ code: 'own' }))).status).toBe(404);
  first.resolve(grant());
  expect((await shown).status).toBe(200);
  expect(await ended).toMatchObject({ access_token: 't' });
  expect(asked).toBe(1);
});

test('a browser that is closed before the answer is there does not hold the command', async () => {
  const arrived = Promise.withResolvers<void>();
  const given = Promise.withResolvers<Response>();
  const { ended, back } = await begin(async () => {
    arrived.resolve();
    return given.promise;
  });
  const { port, pathname, search } = back({ code: 'own' });
  const browser = createConnection(Number(port), '127.0.0.1');
  browser.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  await arrived.promise;
  browser.resetAndDestroy();
  await once(browser, 'close');
  // Until the listener has seen it: another connection is answered after it.
  expect((await fetch(back({ code: 'own', state: 'another' }))).status).toBe(404);
  given.resolve(grant());
  expect(await ended).toMatchObject({ access_token: 't' });
});

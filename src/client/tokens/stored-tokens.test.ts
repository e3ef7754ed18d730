import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CommandIO } from '../../command/io.ts';
import type { LoginGrantType, Profile } from '../profiles/profile.ts';
import { StoredTokens } from './stored-tokens.ts';
import { FileVault } from './file-vault.ts';

/** Seconds. */
const LIFETIME = 3600;

let tokens = 0;
/** Of the issuer; this machine's clock goes wrong by it, in milliseconds. */
let skew = 0;

const issuer = createServer((request, response) => {
  const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  const exp = Math.floor((Date.now() + skew) / 1000) + LIFETIME;
  const token = `e30.${Buffer.from(JSON.stringify({ exp, n: ++tokens })).toString('base64url')}.x`;
  const answer =
    request.url === '/token'
      ? { access_token: token, token_type: 'Bearer', expires_in: LIFETIME }
      : { issuer: url, token_endpoint: `${url}/token` };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer));
});
const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-stored-'));

beforeAll(async () => {
  issuer.listen(0, '127.0.0.1');
  await once(issuer, 'listening');
});

afterAll(() => {
  issuer.close();
  rmSync(folder, { recursive: true });
});

const settings = { url: 'https://llm.example.com', namespace: undefined, profile: 'p', ca: undefined };

function stored(grantType: LoginGrantType, state: string): { readonly source: StoredTokens; readonly io: CommandIO } {
  const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  const profile: Profile = {
    name: 'p',
    url: settings.url,
    login: { issuer: url, clientID: 'ci', grantType, scopes: [] },
  };
  const sink = { write: () => true };
  const env = { XDG_STATE_HOME: state, TIDEGATE_KEYCHAIN: 'off', TIDEGATE_CLIENT_SECRET: 'secret' };
  const io = { stdout: sink, stderr: sink, env, signal: new AbortController().signal };
  return { source: new StoredTokens(settings, profile, io), io };
}

describe('where nothing can be written', () => {
  test('a program has its token', async () => {
    const { source } = stored('client_credentials', '/dev/null');
    expect((await source.token())?.value.reveal()).toMatch(/^e30\./);
  });

  test('a person is told where', async () => {
    const { source } = stored('authorization_code', '/dev/null');
    await expect(source.token()).rejects.toThrow(/^cannot write \/dev\/null\/tidegate\/tokens\/p\.lock: /);
  });
});

test.each([
  ['slow', 2],
  ['fast', -2],
])('a clock that is two hours %s fetches a token as often as a right one', async (what, hours) => {
  skew = hours * 60 * 60 * 1000;
  const { source, io } = stored('client_credentials', path.join(folder, what));
  const first = await source.token();
  const left = (first?.expiresAt ?? 0) - Date.now();
  expect(left).toBeGreaterThan((LIFETIME - 600) * 1000);
  expect(left).toBeLessThanOrEqual(LIFETIME * 1000);
  expect((await source.token())?.value.reveal()).toBe(first?.value.reveal());
  expect(await new FileVault(io.env).read('p')).toContain(first?.value.reveal());
});

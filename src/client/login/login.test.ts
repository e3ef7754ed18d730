import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { CommandIO } from '../../command/io.ts';
import type { Profiles } from '../profiles/profile.ts';
import { ProfileStore } from '../profiles/store.ts';
import { runLogin, type LoginCommandOptions } from './login.ts';

/** A gateway that asks nobody, at any path. */
const gateway = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ anonymous: true, jwt: [] }));
});
let folder: string;
let url: string;

beforeAll(async () => {
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
});
afterAll(() => {
  gateway.close();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tidegate-login-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The current profile, and the URLs of all by name. */
async function login(
  given: string | undefined,
  options: Partial<LoginCommandOptions> = {},
  more: Readonly<Record<string, string>> = {},
): Promise<readonly [current: string | undefined, urls: Readonly<Record<string, string>>]> {
  const env = { XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, TIDEGATE_KEYCHAIN: 'off', ...more };
  const sink = { write: () => true };
  const io: CommandIO = { stdout: sink, stderr: sink, env, signal: new AbortController().signal };
  await runLogin({ arguments: given === undefined ? [] : [given], browser: false, ...options }, io);
  const { currentProfile, profiles } = await new ProfileStore(env).read();
  return [currentProfile, Object.fromEntries(profiles.map((each) => [each.name, each.url]))];
}

async function remembered(profiles: Profiles): Promise<void> {
  await new ProfileStore({ XDG_CONFIG_HOME: folder }).write(profiles);
}

test('of several profiles of a gateway that which is in use is signed in to', async () => {
  const profiles = ['admin', 'dev'].map((name) => ({ name, url }));
  await remembered({ currentProfile: 'dev', profiles });
  expect((await login(undefined))[0]).toBe('dev');
  expect((await login(url))[0]).toBe('dev');
  expect((await login(undefined, {}, { TIDEGATE_PROFILE: 'admin' }))[0]).toBe('admin');
  expect((await login(undefined, { profile: 'dev' }, { TIDEGATE_PROFILE: 'admin' }))[0]).toBe('dev');
});

test('a new profile is named by the flag or the environment', async () => {
  expect(await login(url, {}, { TIDEGATE_PROFILE: 'work' })).toEqual(['work', { work: url }]);
  expect((await login(`${url}/b`, { profile: 'other' }))[0]).toBe('other');
});

test('another gateway takes the place of no profile but the one that the flag names', async () => {
  await remembered({
    currentProfile: 'work',
    profiles: [{ name: 'work', url, certificateAuthority: '/gone.pem', namespace: 'team-a' }],
  });
  const [current = '', urls] = await login(`${url}/a/b`, {}, { TIDEGATE_PROFILE: 'work' });
  expect(urls).toEqual({ work: url, [current]: `${url}/a/b` });
  const [next = '', more] = await login(`${url}/a-b`);
  expect(more).toEqual({ work: url, [current]: `${url}/a/b`, [next]: `${url}/a-b` });
  // What was told of the old one is not true of the new one.
  expect((await login(`${url}/c`, { profile: 'work' }))[0]).toBe('work');
  const { profiles } = await new ProfileStore({ XDG_CONFIG_HOME: folder }).read();
  expect(profiles.find(({ name }) => name === 'work')).toEqual({ name: 'work', url: `${url}/c` });
});

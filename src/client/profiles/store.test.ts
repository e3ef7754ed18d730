import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { configurationFile, stateDirectory } from './paths.ts';
import { ProfileStore, requireProfileName, withProfile } from './store.ts';

let folder: string;
let store: ProfileStore;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tidegate-profiles-'));
  store = new ProfileStore({ TIDEGATE_CONFIG: path.join(folder, 'deep', 'config.yaml') });
});

afterEach(() => rmSync(folder, { recursive: true }));

const profile = {
  name: 'a',
  url: 'https://a.example.com',
  namespace: 'team-a',
  certificateAuthority: '/ca.pem',
  login: {
    issuer: 'https://login.example.com',
    clientID: 'cli',
    grantType: 'authorization_code',
    scopes: ['openid'],
    audience: 'b',
    resource: 'c',
    clientSecretFile: 'd',
  },
} as const;

describe('the file of profiles', () => {
  test('is read as it was written, and is its owner’s alone', async () => {
    const changed = await store.update((profiles) => withProfile(profiles, profile));
    expect(await store.read()).toEqual(changed);
    expect(changed).toEqual({ currentProfile: 'a', profiles: [profile] });
    expect(statSync(store.file).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(store.file))).toEqual(['config.yaml']);
  });

  test('a profile takes the place of its name-sake', async () => {
    await store.update((profiles) => withProfile(profiles, { name: 'z', url: 'https://z.example.com' }));
    await store.update((profiles) => withProfile(profiles, profile));
    const last = await store.update((profiles) => withProfile(profiles, { name: 'a', url: 'https://new.example.com' }));
    expect(last.profiles).toEqual([
      { name: 'a', url: 'https://new.example.com' },
      { name: 'z', url: 'https://z.example.com' },
    ]);
  });

  test('that is not there holds none', async () => {
    expect(await store.read()).toEqual({ currentProfile: undefined, profiles: [] });
  });

  const head = { apiVersion: 'client.tidegate.io/v1alpha1', kind: 'ClientConfiguration' };
  const withLogin = (login: unknown) => ({ ...head, profiles: [{ name: 'a', url: 'b', login }] });
  test.each<[string, unknown]>([
    ['the document must be an object', 'text'],
    ['the document must be an object', []],
    ['must be a ClientConfiguration of client.tidegate.io/v1alpha1', {}],
    ['must be a ClientConfiguration', { ...head, kind: 'TidegateConfiguration' }],
    ['`profiles` must be a list', { ...head, profiles: {} }],
    ['profiles[0] must be an object', { ...head, profiles: ['a'] }],
    ['`profiles[0].name` is missing', { ...head, profiles: [{ url: 'b' }] }],
    ['`profiles[0].url` is missing', { ...head, profiles: [{ name: 'a', url: '' }] }],
    ['`profiles[0].url` must be a string', { ...head, profiles: [{ name: 'a', url: 7 }] }],
    ['there are two profiles "a"', { ...head, profiles: [profile, profile] }],
    ['`currentProfile` must be a string', { ...head, currentProfile: 7 }],
    ['profiles[0].login must be an object', withLogin('x')],
    ['`profiles[0].login.grantType` must be one of authorization_code, device_code', withLogin({})],
    ['`profiles[0].login.scopes` must be a list of strings', withLogin({ ...profile.login, scopes: [7] })],
    ['`profiles[0].login.issuer` is missing', withLogin({ ...profile.login, issuer: undefined })],
  ])('says: %s', async (message, document) => {
    mkdirSync(path.dirname(store.file));
    writeFileSync(store.file, stringify(document));
    await expect(store.read()).rejects.toThrow(`${store.file}: ${message}`);
  });

  test('that is a directory is named', async () => {
    mkdirSync(store.file, { recursive: true });
    await expect(store.read()).rejects.toThrow(`cannot read ${store.file}`);
    await expect(store.write({ currentProfile: undefined, profiles: [] })).rejects.toThrow(
      `cannot write ${store.file}`,
    );
    expect(readdirSync(path.dirname(store.file))).toEqual(['config.yaml']);
  });

  test('that cannot be read is never written over', async () => {
    mkdirSync(path.dirname(store.file));
    writeFileSync(store.file, 'broken: [');
    await expect(store.update((profiles) => profiles)).rejects.toThrow(store.file);
  });
});

test.each(['a', 'llm.example.com-8443', 'A_b.c', 'x'.repeat(63)])('"%s" may be the name of a profile', (name) => {
  expect(requireProfileName(name)).toBe(name);
});

// A profile's name is part of the name of a file.
test.each(['', '.', '..', '../x', 'a/b', 'a\\b', '-a', 'a-', 'a b', 'ä', 'x'.repeat(64)])('"%s" may not', (name) => {
  expect(() => requireProfileName(name)).toThrow("a profile's name must be");
});

describe('places', () => {
  test.each([
    [{ HOME: '/home/ada' }, 'linux', '/home/ada/.config/tidegate/config.yaml', '/home/ada/.local/state/tidegate'],
    [{ HOME: '/h', XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' }, 'linux', '/c/tidegate/config.yaml', '/s/tidegate'],
    [
      { HOME: '/h', XDG_CONFIG_HOME: 'c', XDG_STATE_HOME: '' },
      'darwin',
      '/h/.config/tidegate/config.yaml',
      '/h/.local/state/tidegate',
    ],
    [{ HOME: '/h', TIDEGATE_CONFIG: '/x.yaml' }, 'linux', '/x.yaml', '/h/.local/state/tidegate'],
    [{ APPDATA: '/roaming', LOCALAPPDATA: '/local' }, 'win32', '/roaming/tidegate/config.yaml', '/local/tidegate'],
  ] as const)('%j on %s', (env, platform, file, directory) => {
    expect(configurationFile(env, platform)).toBe(file);
    expect(stateDirectory(env, platform)).toBe(directory);
  });
});

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Redacted } from '../../redacted.ts';
import { expiryOf } from './expiry.ts';
import { FileVault } from './file-vault.ts';
import { readTokens, writeTokens, type KeptTokens } from './kept-tokens.ts';
import { systemKeychain, type Keychain } from './keychain.ts';
import { withLock } from './lock.ts';
import { SealedVault } from './sealed-vault.ts';
import { tokenVault } from './vault.ts';

let folder: string;
let files: FileVault;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tidegate-vaults-'));
  files = new FileVault({ XDG_STATE_HOME: folder });
});

afterEach(() => rmSync(folder, { recursive: true }));

const tokens: KeptTokens = { token: 't', url: 'https://a', issuer: 'https://i', clientID: 'c', kind: 'AccessToken' };

class Memory implements Keychain {
  readonly name = 'a keychain in memory';
  secret: string | undefined;
  failure: Error | undefined;
  async read(): Promise<string | undefined> {
    if (this.failure !== undefined) throw this.failure;
    return this.secret;
  }
  async write(secret: string): Promise<void> {
    this.secret = secret;
  }
}

describe('files of tokens', () => {
  test('are their owner’s alone', async () => {
    await writeTokens(files, 'a', tokens);
    expect(await readTokens(files, 'a')).toEqual(tokens);
    expect(statSync(path.join(folder, 'tidegate/tokens')).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder, 'tidegate/tokens/a.json')).mode & 0o777).toBe(0o600);
    await files.remove('a');
    await files.remove('a');
    expect(await readTokens(files, 'a')).toBeUndefined();
  });

  test.each(['', 'x', 'null', '[]', '{}', '{"token":"t"}', JSON.stringify({ ...tokens, token: '' })])(
    'that hold %j are of no use, and no reason to fail',
    async (text) => {
      await files.write('a', text);
      expect(await readTokens(files, 'a')).toBeUndefined();
    },
  );
});

describe('sealed files', () => {
  test('can be opened with the key of the keychain, for their own profile, and not else', async () => {
    const keychain = new Memory();
    const sealed = new SealedVault(files, keychain);
    await sealed.write('a', 'secret text');
    const file = path.join(folder, 'tidegate/tokens/a.json');
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('secret');
    expect(await sealed.read('a')).toBe('secret text');
    // Moved to another profile, changed, cut short.
    await files.write('b', text);
    expect(await sealed.read('b')).toBeUndefined();
    for (let i = 'tidegate-sealed-1 '.length; i < text.length - 2; i++) {
      await files.write('a', text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1));
      expect(await sealed.read('a')).toBeUndefined();
    }
    for (const length of [18, 20, 40]) {
      await files.write('a', text.slice(0, length));
      expect(await sealed.read('a')).toBeUndefined();
    }
    await files.write('a', text);
    expect(await new SealedVault(files, keychain).read('a')).toBe('secret text');
    keychain.secret = undefined;
    expect(await new SealedVault(files, keychain).read('a')).toBeUndefined();
  });

  test('say why they cannot be opened where the keychain does not answer, and are plain when written there', async () => {
    const keychain = new Memory();
    await new SealedVault(files, keychain).write('a', 'x');
    keychain.failure = new Error('it is locked');
    const locked = new SealedVault(files, keychain);
    await expect(locked.read('a')).rejects.toMatchObject({ status: 3, hint: expect.stringMatching(/: it is locked$/) });
    const none = new SealedVault(files, undefined);
    await expect(none.read('a')).rejects.toMatchObject({ status: 3, hint: expect.stringContaining('none here') });
    for (const vault of [locked, none]) {
      expect(await vault.write('a', 'plain')).toBe('a file');
      expect(await vault.read('a')).toBe('plain');
    }
  });

  test('no two are alike, and what was there before is read', async () => {
    const sealed = new SealedVault(files, new Memory());
    await files.write('a', 'plain');
    expect(await sealed.read('a')).toBe('plain');
    await sealed.write('a', 'x');
    const first = await files.read('a');
    await sealed.write('a', 'x');
    expect(await files.read('a')).not.toBe(first);
    await sealed.remove('a');
    expect(await sealed.read('a')).toBeUndefined();
  });
});

describe('the keychain of the system', () => {
  test('is asked only where there may be one', () => {
    expect(systemKeychain({}, 'linux')).toBeUndefined();
    expect(systemKeychain({ DBUS_SESSION_BUS_ADDRESS: 'x' }, 'linux')?.name).toBe('the Secret Service');
    expect(systemKeychain({ DBUS_SESSION_BUS_ADDRESS: 'x', TIDEGATE_KEYCHAIN: 'off' }, 'linux')).toBeUndefined();
    expect(systemKeychain({}, 'darwin')?.name).toBe('the macOS keychain');
    expect(systemKeychain({}, 'win32')?.name).toBe('the Windows Credential Manager');
    expect(systemKeychain({}, 'aix')).toBeUndefined();
  });

  test('that does not answer is not waited for without end', async () => {
    const bus = createServer();
    bus.listen(path.join(folder, 'bus'));
    await once(bus, 'listening');
    try {
      const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${path.join(folder, 'bus')}` };
      await expect(systemKeychain(env, 'linux', 500)?.read()).rejects.toThrow('no answer within 0.5 s');
    } finally {
      bus.close();
    }
  });

  test('that cannot be reached says why', async () => {
    const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere', XDG_STATE_HOME: folder };
    await expect(systemKeychain(env, 'linux')?.read()).rejects.toThrow('/nowhere');
    expect(await tokenVault(env).write('a', 'x')).toBe('a file');
  });
});

describe('a lock', () => {
  test('lets one in at a time, and lets go when the work fails', async () => {
    const lock = path.join(folder, 'deep', 'lock');
    let inside = 0;
    const work = async () =>
      withLock(lock, async () => {
        inside += 1;
        expect(inside).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      });
    await Promise.all([work(), work(), work()]);
    await expect(withLock(lock, async () => Promise.reject(new Error('work')))).rejects.toThrow('work');
    expect(await withLock(lock, async () => 7)).toBe(7);
  });
});

describe('when a token ends', () => {
  const jwt = (claims: string): Redacted => new Redacted(`h.${Buffer.from(claims).toString('base64url')}.s`);
  test.each([
    ['{"exp":1700000000}', 1_700_000_000_000],
    ['{"exp":"1700000000"}', undefined],
    ['{"exp":1e999}', undefined],
    ['{}', undefined],
    ['null', undefined],
    ['x', undefined],
  ])('%s', (claims, at) => expect(expiryOf(jwt(claims))).toBe(at));

  test.each(['', 'opaque', 'a.b', 'a.b.c.d', '....'])('"%s" does not say', (token) => {
    expect(expiryOf(new Redacted(token))).toBeUndefined();
  });
});

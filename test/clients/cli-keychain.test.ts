/** Tokens under a real Secret Service: GNOME's, on a bus of its own. */
import { execFile } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { unpacked } from '../support/cli/debian.ts';
import { Machine, type Outcome } from '../support/cli/machine.ts';
import { mainFile } from '../support/gateway/process.ts';
import { AUDIENCE, clientSecret, GuardedGateway, resourceScope } from '../support/oidc/index.ts';

const keyring = unpacked('gnome-keyring', 'libsecret-tools', 'dbus-daemon', 'dbus-session-bus-common');
const testKeyring = 'missing' in keyring ? test.skip : test;

const SEALED = 'the sign-in is kept in a file sealed with a key of the Secret Service.\n';
const PLAIN = 'the sign-in is kept in a file.\n';
const NO_TOKEN = 'tidegate: no usable gateway token: run "tidegate login"\n';

let guarded: GuardedGateway;
let machine: Machine;
/** A line that signs in as a program, without being asked anything. */
let login: string;

beforeAll(async () => {
  guarded = await GuardedGateway.start();
});

afterAll(async () => {
  await guarded[Symbol.asyncDispose]();
});

beforeEach(() => {
  machine = new Machine();
  machine.write('bin/tidegate', `#!/bin/sh\nexec "${process.execPath}" "${mainFile()}" "$@"\n`, 0o755);
  const ca = machine.write('ca.pem', guarded.idp.ca);
  const client = `--client-credentials --client-id ci --scope ${resourceScope} --resource ${AUDIENCE}`;
  login = `TIDEGATE_CLIENT_SECRET=${clientSecret} tidegate login ${guarded.gateway.url} --certificate-authority ${ca} ${client}`;
});

afterEach(() => machine[Symbol.dispose]());

const UNLOCKED = 'printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1';
/** As after a sign-in to the machine without a password: it asks, and nobody is there to answer. */
const LOCKED = 'gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1';

/** Runs lines in a session of a desktop; they end at the first that fails. */
async function session(lines: string, start: typeof UNLOCKED | typeof LOCKED = UNLOCKED): Promise<Outcome> {
  const { PATH = '', ...libraries } = 'missing' in keyring ? {} : keyring.env;
  const env = { ...machine.env, ...libraries, XDG_RUNTIME_DIR: machine.home, PATH: `${machine.home}/bin:${PATH}` };
  return new Promise((resolve) => {
    const bus = 'missing' in keyring ? [] : [`--config-file=${keyring.root}/usr/share/dbus-1/session.conf`];
    const words = [...bus, '--', 'bash', '-ec', `${start}\n${lines}`];
    execFile('dbus-run-session', words, { cwd: machine.home, env }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ status, stdout, stderr });
    });
  });
}

testKeyring('a sign-in is sealed with a key of the keyring, and of no use without it', async () => {
  const outcome = await session(`${login}\ntidegate whoami -o name\ntidegate token`);
  expect(outcome.stderr).toContain(SEALED);
  const [username, token = ''] = outcome.stdout.split('\n');
  expect(username).toBe('ci');
  expect(token).toMatch(/^eyJ/);
  expect(machine.filesWith(token)).toEqual([]);
  // Another session of the same person finds the key again.
  const later = await session('tidegate whoami -o name');
  expect(later.stdout).toBe('ci\n');
  // Through a remote shell there is no session of the desktop.
  const without = await machine.run(['token']);
  expect(without).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining(NO_TOKEN) });
  expect(without.stderr).toContain('the sign-in is sealed with a key of a keychain, and there is none here');
});

testKeyring('a keyring that stays locked is not waited for: the reason is said, and a new sign-in works', async () => {
  await session(login);
  const locked = await session('tidegate token', LOCKED);
  expect(locked).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining(NO_TOKEN) });
  expect(locked.stderr).toContain('the sign-in is sealed with a key of the Secret Service, which cannot be asked: ');
  const again = await session(`${login}\ntidegate whoami -o name`, LOCKED);
  expect(again.stderr).toContain(PLAIN);
  expect(again.stdout).toBe('ci\n');
  // Unlocked, it is read as it is, and sealed by the next sign-in.
  expect(await session('tidegate whoami -o name')).toMatchObject({ status: 0, stdout: 'ci\n' });
  expect((await session(login)).stderr).toContain(SEALED);
});

testKeyring('a key that is gone, or kept elsewhere by another version, is made anew by a sign-in', async () => {
  await session(login);
  const forget = 'key=$(secret-tool lookup service tidegate)\nsecret-tool clear service tidegate';
  const keep = 'printf %s "$key" | secret-tool store --label=Tidegate service tidegate account token-key';
  const lost = await session(`${forget}\n${keep}\ntidegate token`);
  expect(lost).toMatchObject({ status: 2, stdout: '' });
  expect(lost.stderr).toContain('the secret of the client is not known');
  const again = await session(`${login}\ntidegate whoami -o name`);
  expect(again.stderr).toContain(SEALED);
  expect(again.stdout).toBe('ci\n');
});

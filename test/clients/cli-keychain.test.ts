/** Tokens under a real Secret Service: GNOME's, on a bus of its own. */
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { unpacked } from '../support/cli/debian.ts';
import { Machine, type Outcome } from '../support/cli/machine.ts';
import { mainFile } from '../support/gateway/process.ts';
import { AUDIENCE, clientSecret, GuardedGateway, resourceScope } from '../support/oidc/index.ts';

const keyring = unpacked('gnome-keyring', 'libsecret-tools', 'dbus-daemon', 'dbus-session-bus-common');
const testKeyring = 'missing' in keyring ? test.skip : test;

let guarded: GuardedGateway;
let machine: Machine;

beforeAll(async () => {
  guarded = await GuardedGateway.start();
  machine = new Machine({ TIDEGATE_CLIENT_SECRET: clientSecret });
  machine.write('bin/tidegate', `#!/bin/sh\nexec "${process.execPath}" "${mainFile()}" "$@"\n`, 0o755);
});

afterAll(async () => {
  machine[Symbol.dispose]();
  await guarded[Symbol.asyncDispose]();
});

/** Runs lines in a session with an unlocked keyring. */
async function session(lines: string): Promise<Outcome> {
  const unlock = 'printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1';
  const { PATH = '', ...libraries } = 'missing' in keyring ? {} : keyring.env;
  const env = { ...machine.env, ...libraries, XDG_RUNTIME_DIR: machine.home, PATH: `${machine.home}/bin:${PATH}` };
  return new Promise((resolve) => {
    const bus = 'missing' in keyring ? [] : [`--config-file=${keyring.root}/usr/share/dbus-1/session.conf`];
    const words = [...bus, '--', 'bash', '-ec', `${unlock}\n${lines}`];
    execFile('dbus-run-session', words, { cwd: machine.home, env }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ status, stdout, stderr });
    });
  });
}

testKeyring('a sign-in is sealed with a key of the keyring, and of no use without it', async () => {
  const ca = machine.write('ca.pem', guarded.idp.ca);
  const login = `tidegate login ${guarded.gateway.url} --certificate-authority ${ca} --client-credentials --client-id ci`;
  const outcome = await session(`${login} --scope ${resourceScope} --resource ${AUDIENCE}
unset TIDEGATE_CLIENT_SECRET
tidegate whoami -o name
tidegate token`);
  expect(outcome.stderr).toContain('the sign-in is kept in a file sealed with a key of the Secret Service.\n');
  const [username, token = ''] = outcome.stdout.split('\n');
  expect(username).toBe('ci');
  expect(token).toMatch(/^eyJ/);
  expect(machine.filesWith(token)).toEqual([]);
  // Another session of the same person finds the key again.
  const later = await session('unset TIDEGATE_CLIENT_SECRET; tidegate whoami -o name');
  expect(later.stdout).toBe('ci\n');
  const without = await machine.run(['whoami'], { env: { TIDEGATE_CLIENT_SECRET: '' } });
  expect(without.status).not.toBe(0);
});

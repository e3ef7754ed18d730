import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeCertificates } from '../../test/support/control-plane/certificates.ts';
import type { CertificateFiles } from '../../test/support/control-plane/certificates.ts';
import { ManualClock } from '../../test/support/kube/manual-clock.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-kubeconfig-'));
let files: CertificateFiles;

beforeAll(async () => {
  files = await writeCertificates(folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

let written = 0;

/** Writes a kubeconfig with this user; returns how to write it again. */
function write(user: object, cluster: object = {}) {
  written += 1;
  const path = join(folder, `config-${written}`);
  const rewrite = (user: object): void =>
    writeFileSync(
      path,
      JSON.stringify({
        clusters: [
          { name: 'c', cluster: { server: 'https://127.0.0.1:1/', 'certificate-authority': files.ca, ...cluster } },
        ],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'team-a' } }],
        'current-context': 'x',
      }),
    );
  rewrite(user);
  return { path, rewrite };
}

/** An exec plugin that says what its file says, and counts its calls in another. */
function plugin() {
  const says = join(folder, `plugin-${written}-says`);
  const calls = join(folder, `plugin-${written}-calls`);
  writeFileSync(calls, '');
  const script = `require('fs').appendFileSync(${JSON.stringify(calls)}, '.'); console.log(require('fs').readFileSync(${JSON.stringify(says)}, 'utf8'))`;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script] };
  const say = (text: string): void => writeFileSync(says, text);
  const sayToken = (token: string): void => say(JSON.stringify({ kind: 'ExecCredential', status: { token } }));
  return { exec, say, sayToken, calls: () => readFileSync(calls, 'utf8').length };
}

const headersOf = (path: string) => kubeconfigCredentials({ path }).headers({ refresh: false });

describe('credentials of a kubeconfig', () => {
  test('server, namespace, CA and client certificate', async () => {
    const { path } = write({ 'client-certificate': files.adminCertificate, 'client-key': files.adminKey });
    const credentials = kubeconfigCredentials({ path });
    expect([credentials.server, credentials.namespace]).toEqual(['https://127.0.0.1:1', 'team-a']);
    const tls = await credentials.tls();
    expect(String(tls.ca)).toBe(readFileSync(files.ca, 'utf8'));
    expect(String(tls.certificate)).toBe(readFileSync(files.adminCertificate, 'utf8'));
    expect(String(tls.key)).toBe(readFileSync(files.adminKey, 'utf8'));
    expect(await credentials.headers({ refresh: false })).toEqual({});
  });

  test('a token, a password, and whom to impersonate', async () => {
    expect(await headersOf(write({ token: 't' }).path)).toEqual({ authorization: 'Bearer t' });
    expect(await headersOf(write({ username: 'a', password: 'b' }).path)).toEqual({ authorization: 'Basic YTpi' });
    expect(await headersOf(write({ token: 't', as: 'someone' }).path)).toMatchObject({ 'impersonate-user': 'someone' });
  });

  test('a token that is replaced in the file is used after the old one was refused', async () => {
    const { path, rewrite } = write({ token: 'old' });
    const credentials = kubeconfigCredentials({ path });
    await credentials.headers({ refresh: false });
    rewrite({ token: 'new' });
    expect(await credentials.headers({ refresh: false })).toEqual({ authorization: 'Bearer old' });
    expect(await credentials.headers({ refresh: true })).toEqual({ authorization: 'Bearer new' });
    expect(await credentials.headers({ refresh: false })).toEqual({ authorization: 'Bearer new' });
  });

  test('an exec plugin is asked once, however many ask, and again after a refusal', async () => {
    const { exec, sayToken, calls } = plugin();
    sayToken('first');
    const credentials = kubeconfigCredentials({ path: write({ exec }).path });
    const all = await Promise.all([1, 2, 3].map(() => credentials.headers({ refresh: false })));
    expect(all).toEqual(Array.from({ length: 3 }, () => ({ authorization: 'Bearer first' })));
    expect(calls()).toBe(1);
    sayToken('second');
    const refreshed = await Promise.all([1, 2, 3].map(() => credentials.headers({ refresh: true })));
    expect(refreshed[2]).toEqual({ authorization: 'Bearer second' });
    expect(calls()).toBe(2);
  });

  test('a plugin that fails later on does not take away what still works', async () => {
    const { exec, say, sayToken } = plugin();
    sayToken('good');
    const clock = new ManualClock();
    const credentials = kubeconfigCredentials({ path: write({ exec }).path, clock });
    await credentials.headers({ refresh: false });
    say('');
    expect(await credentials.headers({ refresh: true })).toEqual({ authorization: 'Bearer good' });
  });

  test('what a plugin printed is not quoted when it is malformed', async () => {
    const { exec, say } = plugin();
    say('token c2VjcmV0 {');
    const failure = await headersOf(write({ exec }).path).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CredentialsUnavailable' });
    expect(inspect(failure, { depth: 9 })).not.toContain('c2VjcmV0');
  });

  test('a file that is missing, malformed or without the context is an error that says so', () => {
    const broken = join(folder, 'broken');
    writeFileSync(broken, 'users:\n- token: c2VjcmV0\n  x: [\n');
    const failureOf = (path: string, context?: string): unknown => {
      try {
        return kubeconfigCredentials({ path, context });
      } catch (error) {
        return error;
      }
    };
    expect(failureOf(join(folder, 'none'))).toMatchObject({ message: expect.stringContaining('ENOENT') });
    expect(failureOf(broken)).toMatchObject({ code: 'CredentialsUnavailable' });
    expect(inspect(failureOf(broken), { depth: 9 })).not.toContain('c2VjcmV0');
    const { path } = write({});
    expect(failureOf(path, 'other')).toMatchObject({ message: expect.stringContaining('"other"') });
    const proxied = write({}, { 'proxy-url': 'http://127.0.0.1:2' });
    expect(failureOf(proxied.path)).toMatchObject({ message: expect.stringContaining('proxy-url') });
  });
});

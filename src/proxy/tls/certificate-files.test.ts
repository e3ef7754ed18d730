import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { CertificateAuthority } from '../../../test/support/certificates.ts';
import type { IssuedCertificate } from '../../../test/support/certificates.ts';
import { until } from '../../../test/support/exchange.ts';
import { ConfigurationError } from '../../config/document.ts';
import { defaultConfiguration } from '../../config/load.ts';
import { createLogger } from '../../telemetry/log.ts';
import { CertificateFiles } from './certificate-files.ts';

let authority: CertificateAuthority;
let issued: IssuedCertificate;
beforeAll(async () => {
  authority = await CertificateAuthority.create();
  issued = await authority.server();
});

let folder = '';
let files: CertificateFiles | undefined;
let registry: Registry;
let logged: { level: string; problem?: string; msg: string; notAfter?: string }[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-certificates-'));
  registry = new Registry();
  logged = [];
});
afterEach(() => {
  files?.close();
  files = undefined;
  rmSync(folder, { recursive: true });
});

function write(contents: { crt?: string; key?: string; ca?: string }): void {
  for (const [name, text] of Object.entries(contents)) {
    // Whole at once: a file that is written in place is empty for a moment.
    writeFileSync(join(folder, `${name}.new`), text);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  }
}

async function open(withClientCA = false): Promise<void> {
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const lines = chunk.toString().trim().split('\n');
      logged.push(...lines.map((line) => JSON.parse(line) as (typeof logged)[number]));
      done();
    },
  });
  files = await CertificateFiles.open({
    tls: { certFile: join(folder, 'crt'), privateKeyFile: join(folder, 'key'), minVersion: 'VersionTLS12' },
    clientCAFile: withClientCA ? join(folder, 'ca') : undefined,
    limits: defaultConfiguration().limits,
    log: createLogger({ level: 'info', destination }),
    registry,
    pollMilliseconds: 10,
  });
}

async function refusal(withClientCA = false): Promise<string> {
  const error: unknown = await open(withClientCA).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as Error).message.replaceAll(`${folder}/`, '');
}

async function metric(name: string): Promise<number> {
  const line = (await registry.metrics()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

const days = (count: number): Date => new Date(Date.now() + count * 24 * 60 * 60 * 1000);

describe('at the start', () => {
  test('files that fit are in force, and when they expire is told', async () => {
    const notAfter = new Date(Math.floor(days(7).getTime() / 1000) * 1000);
    const week = await authority.issue({ subject: 'CN=a', usages: ['serverAuth'], notAfter });
    write({ crt: week.certificate, key: week.key });
    await open();
    expect(logged).toMatchObject([{ msg: expect.stringContaining('in force'), notAfter: notAfter.toISOString() }]);
    expect(await metric('tidegate_tls_certificate_not_after_timestamp_seconds')).toBe(notAfter.getTime() / 1000);
    expect(await metric('tidegate_tls_certificate_refused')).toBe(0);
  });

  test.each<[string, () => Promise<{ crt?: string; key?: string; ca?: string }>, string]>([
    ['no certificate file', async () => ({ key: issued.key }), 'crt: there is no such file'],
    ['no key file', async () => ({ crt: issued.certificate }), 'key: there is no such file'],
    ['an empty certificate file', async () => ({ crt: '', key: issued.key }), 'crt: has no certificate'],
    [
      'a key in place of the certificate',
      async () => ({ crt: issued.key, key: issued.key }),
      'crt: has no certificate',
    ],
    [
      'a certificate that is cut',
      async () => ({ crt: issued.certificate.replace(/^(.*\n.*\n).*\n/, '$1'), key: issued.key }),
      'crt: certificate 1 of 1 cannot be read',
    ],
    [
      'a certificate in place of the key',
      async () => ({ crt: issued.certificate, key: issued.certificate }),
      'key: has no private key that can be read',
    ],
    [
      'a key with a passphrase',
      async () => ({
        crt: issued.certificate,
        key: generateKeyPairSync('ec', {
          namedCurve: 'P-256',
          publicKeyEncoding: { type: 'spki', format: 'pem' },
          privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
        }).privateKey,
      }),
      'key: is protected by a passphrase',
    ],
    [
      'the key of another certificate',
      async () => ({ crt: issued.certificate, key: (await authority.server()).key }),
      'key: is not the key of the certificate in crt',
    ],
    [
      'a chain that begins with the intermediate',
      async () => {
        const { certificate, key } = await (await authority.subordinate('CN=intermediate')).server();
        const [leaf = '', rest = ''] = certificate.split(/(?<=-----END CERTIFICATE-----\n)/);
        return { crt: rest + leaf, key };
      },
      'crt: the certificate of key must be the first one',
    ],
    [
      'no authority for client certificates',
      async () => ({ crt: issued.certificate, key: issued.key, ca: '# none yet\n' }),
      'ca: has no certificate',
    ],
  ])('%s is a refusal that names the file', async (_what, contents, expected) => {
    const written = await contents();
    write(written);
    const message = await refusal('ca' in written);
    expect(message).toContain(expected);
    expect(message).not.toMatch(/BEGIN (?!CERTIFICATE|PRIVATE KEY-----")|MI[A-Z]/);
  });

  test('a key that is too short to be safe is refused', async () => {
    const short = await weakCertificate();
    write({ crt: short.certificate, key: short.key });
    expect(await refusal()).toBe('crt: is refused by OpenSSL (ERR_SSL_EE_KEY_TOO_SMALL)');
  });

  test('a certificate that has expired is spoken with, since some clients do not mind, and warned of', async () => {
    const old = await authority.issue({
      subject: 'CN=a',
      usages: ['serverAuth'],
      notBefore: days(-9),
      notAfter: days(-1),
    });
    write({ crt: old.certificate, key: old.key });
    await open();
    expect(logged.map(({ level, msg }) => [level, msg.includes('has expired')])).toEqual([
      ['warn', true],
      ['info', false],
    ]);
  });
});

describe('while the proxy runs', () => {
  test('a renewed certificate is in force', async () => {
    write({ crt: issued.certificate, key: issued.key });
    await open();
    const renewed = await authority.issue({ subject: 'CN=a', usages: ['serverAuth'], notAfter: days(90) });
    write({ crt: renewed.certificate, key: renewed.key });
    await until(() =>
      logged.some(({ notAfter }) => notAfter !== undefined && Date.parse(notAfter) > days(60).getTime()),
    );
    expect(await metric('tidegate_tls_certificate_not_after_timestamp_seconds')).toBeGreaterThan(
      days(60).getTime() / 1000,
    );
  });

  test('a pair that does not fit changes nothing, is told once and counted, until it fits again', async () => {
    write({ crt: issued.certificate, key: issued.key });
    await open();
    const before = await metric('tidegate_tls_certificate_not_after_timestamp_seconds');
    const other = await authority.issue({ subject: 'CN=a', usages: ['serverAuth'], notAfter: days(90) });
    write({ crt: other.certificate });
    await until(() => logged.some(({ level }) => level === 'error'));
    expect(await metric('tidegate_tls_certificate_refused')).toBe(1);
    expect(await metric('tidegate_tls_certificate_not_after_timestamp_seconds')).toBe(before);
    rmSync(join(folder, 'key'));
    await until(() => logged.at(-1)?.problem?.includes('there is no such file') === true);
    write({ key: other.key });
    await until(() => logged.at(-1)?.level === 'info');
    expect(await metric('tidegate_tls_certificate_refused')).toBe(0);
    expect(logged.filter(({ level }) => level === 'error')).toHaveLength(2);
    expect(JSON.stringify(logged)).not.toContain(other.key.split('\n')[1]);
  });
});

/** RSA with 1024 bits. */
async function weakCertificate(): Promise<IssuedCertificate> {
  const x509 = await import('@peculiar/x509');
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 1024,
  };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({ name: 'CN=weak', keys });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { certificate: certificate.toString('pem'), key };
}

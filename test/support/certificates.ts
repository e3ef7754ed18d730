/** Certificate authorities of a test's own, and what they issue. Made afresh; nothing of them outlives the test. */
// @peculiar/x509 uses tsyringe, which wants the polyfill loaded first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

x509.cryptoProvider.set(webcrypto);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMilliseconds = 24 * 60 * 60 * 1000;

/** PEM. */
export interface IssuedCertificate {
  /** The certificate, then its intermediates, without the root. */
  readonly certificate: string;
  /** PKCS #8. */
  readonly key: string;
}

/** What a certificate is for. */
export interface CertificateRequest {
  /** `CN=a,O=b`, or its parts when a value may hold anything. */
  readonly subject: string | x509.JsonNameParams;
  /** Extended key usages. Empty: the extension is absent. */
  readonly usages: readonly ('clientAuth' | 'serverAuth')[];
  /** Subject alternative names. */
  readonly names?: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[];
  /** Default: yesterday, so that a clock that is a little off does no harm. */
  readonly notBefore?: Date;
  /** Default: in 30 days. */
  readonly notAfter?: Date;
}

/** The names of a server on loopback. */
export const LOOPBACK = [
  { type: 'ip', value: '127.0.0.1' },
  { type: 'dns', value: 'localhost' },
] as const;

export class CertificateAuthority {
  /** PEM of its own certificate. */
  readonly certificate: string;
  readonly #certificate: x509.X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;
  /** PEM of the certificates between it and its root, its own among them; empty for a root. */
  readonly #intermediates: string;

  private constructor(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair, intermediates: string) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.#intermediates = intermediates;
    this.certificate = certificate.toString('pem');
  }

  /** A root. Two of the same name are two authorities all the same. */
  static async create(name = 'CN=tidegate-test-ca'): Promise<CertificateAuthority> {
    const keys = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name,
      ...validity(),
      keys,
      signingAlgorithm: algorithm,
      extensions: await authorityExtensions(keys),
    });
    return new CertificateAuthority(certificate, keys, '');
  }

  /** An authority that this one vouches for. */
  async subordinate(name: string): Promise<CertificateAuthority> {
    const keys = await makeKeys();
    const certificate = await this.#sign(name, keys, validity(), await authorityExtensions(keys));
    const intermediates = `${certificate.toString('pem')}\n${this.#intermediates}`;
    return new CertificateAuthority(certificate, keys, intermediates);
  }

  async issue({ subject, usages, names = [], ...times }: CertificateRequest): Promise<IssuedCertificate> {
    const keys = await makeKeys();
    const certificate = await this.#sign(subject, keys, { ...validity(), ...times }, [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...(usages.length === 0
        ? []
        : [new x509.ExtendedKeyUsageExtension(usages.map((usage) => x509.ExtendedKeyUsage[usage]))]),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension([...names])]),
    ]);
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return {
      certificate: `${certificate.toString('pem')}\n${this.#intermediates}`,
      key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
    };
  }

  /** A server's certificate for loopback. */
  server(): Promise<IssuedCertificate> {
    return this.issue({ subject: 'CN=tidegate-test-server', usages: ['serverAuth'], names: LOOPBACK });
  }

  /** A client's certificate. */
  client(subject: string | x509.JsonNameParams): Promise<IssuedCertificate> {
    return this.issue({ subject, usages: ['clientAuth'] });
  }

  async #sign(
    subject: string | x509.JsonNameParams,
    keys: webcrypto.CryptoKeyPair,
    times: { notBefore: Date; notAfter: Date },
    extensions: x509.Extension[],
  ): Promise<x509.X509Certificate> {
    return x509.X509CertificateGenerator.create({
      subject: new x509.Name(subject),
      issuer: this.#certificate.subject,
      ...times,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [...extensions, await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey)],
    });
  }
}

async function authorityExtensions(keys: webcrypto.CryptoKeyPair): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - dayMilliseconds), notAfter: new Date(now + 30 * dayMilliseconds) };
}

/** What TLS is spoken with, checked before any connection depends on it. Nothing here repeats a byte of a key. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ConfigurationError } from '../../config/document.ts';
import type { TLSConfiguration } from '../../config/types.ts';

/** A file and what stands in it. */
export interface FileText {
  readonly file: string;
  readonly text: string;
}

export interface TLSFiles {
  /** The server's certificate first, then its intermediates. */
  readonly certificate: FileText;
  readonly privateKey: FileText;
  /** Roots of client certificates. Undefined: clients are asked for none. */
  readonly clientAuthorities: FileText | undefined;
}

/** Certificate, key and authorities that fit together. */
export interface TLSMaterial {
  /** PEM: the server's certificate, then its intermediates. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** PEM of one authority or more. Undefined: clients are asked for no certificate. */
  readonly ca: string | undefined;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** The server's certificate. */
  readonly leaf: X509Certificate;
  /** What is odd and no reason to refuse it. */
  readonly warnings: readonly string[];
}

const MIN_VERSIONS = { VersionTLS12: 'TLSv1.2', VersionTLS13: 'TLSv1.3' } as const;

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * @param now milliseconds since the epoch
 * @throws {ConfigurationError} that says which file cannot be used, and why
 */
export function checkMaterial(
  { certificate, privateKey, clientAuthorities }: TLSFiles,
  minVersion: TLSConfiguration['minVersion'],
  now: number,
): TLSMaterial {
  const chain = certificatesIn(certificate);
  const [leaf] = chain;
  const key = privateKeyIn(privateKey);
  if (!leaf.checkPrivateKey(key)) {
    const isFurtherDown = chain.some((other) => other.checkPrivateKey(key));
    throw new ConfigurationError([
      isFurtherDown
        ? `${certificate.file}: the certificate of ${privateKey.file} must be the first one, its intermediates follow`
        : `${privateKey.file}: is not the key of the certificate in ${certificate.file}`,
    ]);
  }
  return {
    cert: pem(chain),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ca: clientAuthorities && pem(certificatesIn(clientAuthorities)),
    minVersion: MIN_VERSIONS[minVersion],
    leaf,
    warnings: chain.flatMap((each) => timeProblem(each, now)).map((problem) => `${certificate.file}: ${problem}`),
  };
}

/** All of a PEM file, never none. */
function certificatesIn({ file, text }: FileText): [X509Certificate, ...X509Certificate[]] {
  const blocks = text.match(PEM_CERTIFICATE) ?? [];
  const [first, ...rest] = blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new ConfigurationError([`${file}: certificate ${i + 1} of ${blocks.length} cannot be read`]);
    }
  });
  if (first === undefined) {
    throw new ConfigurationError([`${file}: has no certificate; "-----BEGIN CERTIFICATE-----" is expected`]);
  }
  return [first, ...rest];
}

function pem(certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => certificate.toString()).join('');
}

function privateKeyIn({ file, text }: FileText): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // RFC 7468 §11, and OpenSSL's own form.
    const why = /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)
      ? 'is protected by a passphrase: store the key without one'
      : 'has no private key that can be read; "-----BEGIN PRIVATE KEY-----" is expected';
    throw new ConfigurationError([`${file}: ${why}`]);
  }
}

function timeProblem({ validFromDate, validToDate }: X509Certificate, now: number): string[] {
  if (validToDate.getTime() < now) return [`a certificate has expired at ${validToDate.toISOString()}`];
  if (validFromDate.getTime() > now) return [`a certificate is not valid before ${validFromDate.toISOString()}`];
  return [];
}

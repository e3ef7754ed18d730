/**
 * Certificates and keys of one test control plane: a CA, the server's
 * certificate for loopback, the administrator's client certificate, and the key
 * pair that signs ServiceAccount tokens. Made afresh for each control plane.
 */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority, LOOPBACK } from '../certificates.ts';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly ca: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly adminCertificate: string;
  readonly adminKey: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
}

/** Writes a complete set into a folder. */
export async function writeCertificates(folder: string): Promise<CertificateFiles> {
  const authority = await CertificateAuthority.create();
  const server = await authority.issue({
    subject: 'CN=kube-apiserver',
    usages: ['serverAuth'],
    names: [...LOOPBACK, { type: 'dns', value: 'kubernetes.default.svc' }],
  });
  const admin = await authority.client('CN=test-admin,O=system:masters');
  const serviceAccount = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const write = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  return {
    ca: write('ca.crt', authority.certificate),
    serverCertificate: write('server.crt', server.certificate),
    serverKey: write('server.key', server.key),
    adminCertificate: write('admin.crt', admin.certificate),
    adminKey: write('admin.key', admin.key),
    serviceAccountKey: write('service-account.key', serviceAccount.privateKey),
    serviceAccountPublicKey: write('service-account.pub', serviceAccount.publicKey),
  };
}

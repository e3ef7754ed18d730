/** kube-apiserver, as a process that can be stopped and started on the same port. */
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import type { CertificateFiles } from './certificates.ts';
import { ManagedProcess } from './managed-process.ts';
import { waitFor } from './wait.ts';

/** Without etcd its shutdown hangs and keeps the port: then it is killed. */
const graceMilliseconds = 5_000;
const readyTimeoutMilliseconds = 90_000;

/** Everything that stays the same across restarts. */
export interface ApiServerOptions {
  readonly binary: string;
  readonly folder: string;
  readonly port: number;
  readonly etcdUrl: string;
  readonly certificates: CertificateFiles;
  /** Further flags, such as `--watch-cache=false`. */
  readonly flags: readonly string[];
}

/** Starts kube-apiserver and waits until it is ready and has made the `default` namespace. */
export async function startApiServer(options: ApiServerOptions): Promise<ManagedProcess> {
  const { certificates, folder, port } = options;
  const process = await ManagedProcess.start({
    name: 'kube-apiserver',
    command: options.binary,
    args: [
      `--etcd-servers=${options.etcdUrl}`,
      `--cert-dir=${folder}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      `--tls-cert-file=${certificates.serverCertificate}`,
      `--tls-private-key-file=${certificates.serverKey}`,
      `--client-ca-file=${certificates.ca}`,
      `--service-account-issuer=https://127.0.0.1:${port}/`,
      `--service-account-key-file=${certificates.serviceAccountPublicKey}`,
      `--service-account-signing-key-file=${certificates.serviceAccountKey}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--allow-privileged=true',
      '--disable-admission-plugins=ServiceAccount',
      ...options.flags,
    ],
    logFile: join(folder, 'kube-apiserver.log'),
  });
  try {
    await waitFor(
      'kube-apiserver to be ready',
      async () => {
        if (!process.isRunning) return true;
        return (await isOk(options, '/readyz')) && (await isOk(options, '/api/v1/namespaces/default'));
      },
      { timeoutMilliseconds: readyTimeoutMilliseconds },
    );
    if (!process.isRunning) throw new Error(`kube-apiserver ended at once:\n${process.logTail()}`);
    return process;
  } catch (error) {
    await stopApiServer(process);
    throw error;
  }
}

/** Stops it, by force after a grace. */
export async function stopApiServer(process: ManagedProcess): Promise<void> {
  await process.stop(graceMilliseconds);
}

async function isOk(options: ApiServerOptions, path: string): Promise<boolean> {
  const { certificates, port } = options;
  return new Promise((resolve, reject) => {
    const request = get(
      {
        host: '127.0.0.1',
        port,
        path,
        agent: false,
        timeout: 2_000,
        ca: readFileSync(certificates.ca),
        cert: readFileSync(certificates.adminCertificate),
        key: readFileSync(certificates.adminKey),
      },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    request.on('error', reject);
    request.on('timeout', () => request.destroy(new Error('timed out')));
  });
}

/**
 * A real kube-apiserver with its etcd, for tests. No controllers and no nodes:
 * nothing collects garbage, no pod runs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureControlPlane, type ControlPlaneBinaries } from '../../../hack/control-plane/ensure.ts';
import { startApiServer, stopApiServer, type ApiServerOptions } from './api-server.ts';
import { writeCertificates } from './certificates.ts';
import { Connection } from './connection.ts';
import { Etcd } from './etcd.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { ManagedProcess } from './managed-process.ts';
import { freePorts } from './ports.ts';

/** Somebody who is none of the tests can take a port between choosing and binding it. */
const attempts = 3;

/** Settings of a control plane; all have defaults. */
export interface ControlPlaneOptions {
  /** Further kube-apiserver flags, such as `--watch-cache=false`. */
  readonly apiServerFlags?: readonly string[];
}

/** A control plane that this process owns and must stop. */
export class ControlPlane extends Connection implements AsyncDisposable {
  readonly #etcd: Etcd;
  readonly #options: ApiServerOptions;
  #apiServer: ManagedProcess;

  private constructor(connection: Connection, etcd: Etcd, options: ApiServerOptions, apiServer: ManagedProcess) {
    super(connection.details);
    this.#etcd = etcd;
    this.#options = options;
    this.#apiServer = apiServer;
  }

  /** Starts one on free loopback ports; ready when it returns. Finds the binaries by itself. */
  static async start(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
    const binaries = await ensureControlPlane({ needsHelm: false });
    if ('missing' in binaries) throw new Error(binaries.missing);
    for (let attempt = 1; ; attempt++) {
      try {
        return await ControlPlane.#startOnce(binaries, options);
      } catch (error) {
        if (attempt === attempts) throw error;
      }
    }
  }

  static async #startOnce(binaries: ControlPlaneBinaries, options: ControlPlaneOptions): Promise<ControlPlane> {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-control-plane-'));
    let etcd: Etcd | undefined;
    try {
      const [clientPort = 0, peerPort = 0, port = 0] = await freePorts(3);
      const certificates = await writeCertificates(folder);
      etcd = await Etcd.start(binaries.etcd, folder, clientPort, peerPort);
      const apiServerOptions: ApiServerOptions = {
        binary: binaries.kubeApiserver,
        folder,
        port,
        etcdUrl: etcd.url,
        certificates,
        flags: options.apiServerFlags ?? [],
      };
      const apiServer = await startApiServer(apiServerOptions);
      const server = `https://127.0.0.1:${port}`;
      const adminKubeconfig = writeKubeconfig(
        join(folder, 'admin.kubeconfig'),
        { server, caFile: certificates.ca },
        { clientCertificate: certificates.adminCertificate, clientKey: certificates.adminKey },
      );
      const connection = new Connection({
        server,
        caFile: certificates.ca,
        adminKubeconfig,
        adminCertificate: certificates.adminCertificate,
        adminKey: certificates.adminKey,
        folder,
        binaries,
      });
      return new ControlPlane(connection, etcd, apiServerOptions, apiServer);
    } catch (error) {
      await etcd?.stop();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Stops kube-apiserver before etcd and removes the folder. */
  async stop(): Promise<void> {
    await stopApiServer(this.#apiServer);
    await this.#etcd.stop();
    rmSync(this.details.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Ends kube-apiserver: connections are refused until `startApiServer`. */
  async stopApiServer(): Promise<void> {
    await stopApiServer(this.#apiServer);
  }

  /** Kills kube-apiserver without a goodbye to its watchers. */
  async killApiServer(): Promise<void> {
    this.#apiServer.signal('SIGKILL');
    await this.#apiServer.exited;
  }

  /** Starts kube-apiserver again on the same port and data. */
  async startApiServer(): Promise<void> {
    if (this.#apiServer.isRunning) return;
    this.#apiServer = await startApiServer(this.#options);
  }

  /** Freezes kube-apiserver: connections stay open and nothing is answered. */
  pauseApiServer(): void {
    this.#apiServer.signal('SIGSTOP');
  }

  /** Lets a frozen kube-apiserver go on. */
  resumeApiServer(): void {
    this.#apiServer.signal('SIGCONT');
  }

  /** Compacts etcd: continue tokens of earlier lists expire with 410. */
  async compactEtcd(): Promise<void> {
    await this.#etcd.compact();
  }

  /**
   * Makes every earlier resourceVersion too old, so that watches from one get
   * 410 Gone: compacts etcd and restarts kube-apiserver, whose watch cache
   * would otherwise still answer from memory.
   */
  async forgetHistory(): Promise<void> {
    await this.#etcd.compact();
    await this.stopApiServer();
    await this.startApiServer();
  }
}

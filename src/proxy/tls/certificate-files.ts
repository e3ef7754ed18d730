/** The files that TLS is spoken with: read when the proxy starts, and again whenever one of them has changed. */
import type { Registry } from 'prom-client';
import { ConfigurationError } from '../../config/document.ts';
import type { Limits, TLSConfiguration } from '../../config/types.ts';
import { WatchedText } from '../../config/watched-text.ts';
import type { FoundTexts } from '../../config/watched-text.ts';
import type { Logger } from '../../telemetry/log.ts';
import { registerMetric } from '../series.ts';
import { Handshakes } from './handshakes.ts';
import { checkMaterial } from './material.ts';
import type { TLSMaterial } from './material.ts';

export interface CertificateFilesOptions {
  readonly tls: TLSConfiguration;
  /** Undefined: clients are asked for no certificate. */
  readonly clientCAFile: string | undefined;
  readonly limits: Limits;
  readonly log: Logger;
  readonly registry: Registry;
  /** Only tests change it. */
  readonly pollMilliseconds?: number | undefined;
}

/**
 * Files that cannot be used, or not together, change nothing: what was in force stays so. At the start there is nothing
 * that could.
 */
export class CertificateFiles {
  readonly #options: CertificateFilesOptions;
  #watch: WatchedText | undefined;
  #handshakes: Handshakes | undefined;
  #notAfter = 0;
  #problem: string | undefined;

  private constructor(options: CertificateFilesOptions) {
    this.#options = options;
  }

  /** @throws {ConfigurationError} that says which file cannot be used, and why */
  static async open(options: CertificateFilesOptions): Promise<CertificateFiles> {
    const files = new CertificateFiles(options);
    const { tls, clientCAFile, pollMilliseconds } = options;
    files.#watch = await WatchedText.open({
      files: [tls.certFile, tls.privateKeyFile, ...(clientCAFile === undefined ? [] : [clientCAFile])],
      onChange: (found) => files.#found(found),
      pollMilliseconds,
    });
    if (files.#handshakes === undefined) {
      files.close();
      throw new ConfigurationError([files.#problem ?? 'TLS cannot be spoken']);
    }
    files.#register(files.#handshakes);
    return files;
  }

  /** Where connections begin; new ones with what is in force. */
  get handshakes(): Handshakes {
    if (this.#handshakes === undefined) throw new Error('the files have not been read');
    return this.#handshakes;
  }

  /** Why the files as they are now cannot be used; undefined when they can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  close(): void {
    this.#watch?.close();
  }

  #found(found: FoundTexts): void {
    const { log, tls, clientCAFile } = this.#options;
    try {
      if (found.kind === 'Unreadable') throw new ConfigurationError([found.problem]);
      const material = this.#material(found.texts);
      this.#use(material);
      this.#problem = undefined;
      this.#notAfter = material.leaf.validToDate.getTime();
      for (const warning of material.warnings) log.warn(warning);
      const { fingerprint256, validToDate } = material.leaf;
      log.info(
        { certFile: tls.certFile, sha256: fingerprint256, notAfter: validToDate.toISOString(), clientCAFile },
        'TLS certificate in force for new connections',
      );
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.#problem = error.message;
      if (this.#handshakes !== undefined) {
        log.error({ problem: error.message }, 'TLS certificate refused: the one before it stays in force');
      }
    }
  }

  #material(texts: readonly string[]): TLSMaterial {
    const { tls, clientCAFile } = this.#options;
    const [certificate = '', privateKey = '', authorities = ''] = texts;
    return checkMaterial(
      {
        certificate: { file: tls.certFile, text: certificate },
        privateKey: { file: tls.privateKeyFile, text: privateKey },
        clientAuthorities: clientCAFile === undefined ? undefined : { file: clientCAFile, text: authorities },
      },
      tls.minVersion,
      Date.now(),
    );
  }

  #use(material: TLSMaterial): void {
    try {
      if (this.#handshakes === undefined) {
        this.#handshakes = new Handshakes(material, this.#options.limits.headerSeconds * 1000);
      } else this.#handshakes.use(material);
    } catch (error) {
      // For instance a key that is too short to be safe.
      const { code = 'error' } = error as NodeJS.ErrnoException;
      throw new ConfigurationError([`${this.#options.tls.certFile}: is refused by OpenSSL (${code})`]);
    }
  }

  #register(handshakes: Handshakes): void {
    const { registry } = this.#options;
    const gauge = (name: string, help: string, value: () => number): void =>
      registerMetric(registry, { name, help, type: 'gauge' }, () => [{ labels: {}, value: value() }]);
    gauge(
      'tidegate_tls_certificate_not_after_timestamp_seconds',
      'When the certificate of the main listener expires.',
      () => this.#notAfter / 1000,
    );
    gauge(
      'tidegate_tls_certificate_refused',
      '1 while the files of certificate, key and client authorities cannot be used and those before them hold.',
      () => (this.#problem === undefined ? 0 : 1),
    );
    registerMetric(
      registry,
      { name: 'tidegate_tls_handshake_failures_total', help: 'TLS handshakes that have failed.', type: 'counter' },
      () => [{ labels: {}, value: handshakes.failed }],
    );
  }
}

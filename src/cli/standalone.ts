/** `tidegate standalone`: the gateway over a directory of manifests, in one process, without a cluster. */
import { stat } from 'node:fs/promises';
import { openAccess } from '../identity/open.ts';
import { startProxy } from '../proxy/server.ts';
import type { UnservedProvider } from '../proxy/types.ts';
import { watchManifests, DEFAULT_NAMESPACE, type ManifestResult } from '../standalone/index.ts';
import { startAdminServer } from '../telemetry/admin.ts';
import { isLoopback, listenURL, parseListenAddress } from '../telemetry/listen-address.ts';
import { createLogger } from '../telemetry/log.ts';
import { createRegistry } from '../telemetry/process-metrics.ts';
import { VERSION } from '../telemetry/version.ts';
import { CommandError, EXIT, type CommandIO } from './io.ts';
import { aborted, listenError, readConfiguration, tellOfCut } from './server-process.ts';

export interface StandaloneCommandOptions {
  /** Directory of LLMProvider and Secret manifests. */
  readonly manifests: string;
  /** TidegateConfiguration file. */
  readonly config?: string;
  readonly listen: string;
  readonly adminListen: string;
  readonly allowAnonymous?: boolean;
  /** Overrides `logging.level`. */
  readonly logLevel?: string;
}

/** Runs until `io.signal` aborts, then drains. */
export async function runStandalone(options: StandaloneCommandOptions, io: CommandIO): Promise<number> {
  // There is no authority here that could vouch for callers: everybody is anonymous.
  if (!isLoopback(parseListenAddress(options.listen)) && options.allowAnonymous !== true) {
    throw new CommandError(
      `${options.listen} can be reached from other machines, and nobody has to authenticate: ` +
        'listen on 127.0.0.1, or give --allow-anonymous if that is what you want',
    );
  }
  await requireDirectory(options.manifests);
  const config = await readConfiguration(options.config);
  // Without a configuration there is nobody who would have to notice first that this process ends.
  const shutdown = { ...config.shutdown, ...(options.config === undefined ? { endpointSeconds: 0 } : {}) };
  const log = createLogger({ level: options.logLevel ?? config.logging.level });
  const registry = createRegistry('standalone');
  const defaultNamespace = config.defaultNamespace ?? DEFAULT_NAMESPACE;
  const proxy = await startProxy({
    config: { ...config, shutdown },
    listen: options.listen,
    log,
    registry,
    access: openAccess,
    defaultNamespace,
    localOnly: options.allowAnonymous !== true,
  }).catch(listenError('--listen', options.listen));
  const ending = new AbortController();
  try {
    const admin = await startAdminServer({
      listen: parseListenAddress(options.adminListen),
      registry,
      ready: () => {
        if (proxy.draining) return { ok: false, reason: 'draining' };
        return proxy.revision === undefined ? { ok: false, reason: 'no manifests read yet' } : { ok: true };
      },
    }).catch(listenError('--admin-listen', options.adminListen));
    try {
      const watch = await watchManifests({
        directory: options.manifests,
        env: io.env,
        log,
        signal: ending.signal,
        onResult: (result) => {
          proxy.setTable(result.compile.table, unserved(result));
          if (result.compile.verdicts.size === 0) {
            log.warn(
              { directory: options.manifests },
              'no LLMProvider among the manifests: every call is answered with 404',
            );
          }
          log.info({ revision: proxy.revision, providers: result.compile.table.providers.length }, 'serving manifests');
        },
      });
      io.stderr.write(
        `tidegate ${VERSION} is ready: ${proxy.url}/llm/v1/providers (admin: ${listenURL(admin.address)})\n`,
      );
      await aborted(io.signal);
      const { cut } = await proxy.drain();
      if (cut > 0) await tellOfCut(cut, shutdown.drainSeconds, log);
      ending.abort();
      await watch.ended;
      return EXIT.ok;
    } finally {
      ending.abort();
      await admin.close();
    }
  } finally {
    await proxy.close();
  }
}

/** Later the directory may come and go, and what was read stays in force; at the start it is a mistake of the caller's. */
async function requireDirectory(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such directory' : `cannot be read (${code ?? 'error'})`;
    throw new CommandError(`--manifests ${path}: ${why}`, EXIT.usage, { cause: error });
  });
  if (!found.isDirectory()) throw new CommandError(`--manifests ${path}: is a file, not a directory`);
}

function unserved({ compile }: ManifestResult): UnservedProvider[] {
  const served = new Set(compile.table.providers.map(({ namespace, name }) => `${namespace}/${name}`));
  const found: UnservedProvider[] = [];
  for (const [key, { namespace, name, generation, outcome }] of compile.verdicts) {
    if (outcome.kind !== 'Broken' || served.has(key)) continue;
    found.push({ namespace, name, generation, reason: outcome.reason, message: outcome.message });
  }
  return found;
}

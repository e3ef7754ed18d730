/** `tidegate standalone`: the gateway over a directory of manifests, in one process, without a cluster. */
import { stat } from 'node:fs/promises';
import { ConfigurationError } from '../config/document.ts';
import { startProxy } from '../proxy/server.ts';
import type { UnservedProvider } from '../proxy/types.ts';
import { watchManifests, DEFAULT_NAMESPACE, type ManifestResult } from '../standalone/index.ts';
import { listenURL } from '../telemetry/listen-address.ts';
import { createLogger } from '../telemetry/log.ts';
import { createRegistry } from '../telemetry/process-metrics.ts';
import { VERSION } from '../telemetry/version.ts';
import { CommandError, EXIT, type CommandIO } from '../command/io.ts';
import { followConfiguration } from './live-configuration.ts';
import { aborted, listenError, readConfiguration, tellOfCut, warmUp } from './server-process.ts';
import { startServingAdmin, type ServingState } from './serving-admin.ts';
import { accessProblem, isInClear, StandaloneAccess } from './standalone-access.ts';

export interface StandaloneCommandOptions {
  /** Directory of LLMProvider, Guardrail, Secret and RBAC manifests. */
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
  await requireDirectory(options.manifests);
  const config = await readConfiguration(options.config);
  const reach = { listen: options.listen, allowAnonymous: options.allowAnonymous === true };
  const contradiction = accessProblem(config, reach);
  if (contradiction !== undefined) throw new CommandError(contradiction);
  // Without a configuration there is nobody who would have to notice first that this process ends.
  const shutdown = { ...config.shutdown, ...(options.config === undefined ? { endpointSeconds: 0 } : {}) };
  const log = createLogger({ level: options.logLevel ?? config.logging.level });
  const registry = createRegistry('standalone');
  if (isInClear(config, reach)) {
    log.warn(
      { listen: options.listen },
      'callers send their tokens in clear: set tls, or let something before it end TLS',
    );
  }
  const defaultNamespace = config.defaultNamespace ?? DEFAULT_NAMESPACE;
  const access = new StandaloneAccess({ log, registry });
  const proxy = await startProxy({
    config: { ...config, shutdown },
    listen: options.listen,
    log,
    registry,
    access: access.configure(config),
    defaultNamespace,
    localOnly: !reach.allowAnonymous,
  }).catch(listenError('--listen', options.listen));
  const ending = new AbortController();
  const { authentication } = access;
  const state: ServingState = {
    proxy,
    untilTable: 'no manifests read yet',
    authentication,
    isWarm: false,
    configuration: undefined,
  };
  try {
    const admin = await startServingAdmin(options, registry, state);
    try {
      const watch = await watchManifests({
        directory: options.manifests,
        env: io.env,
        log,
        signal: ending.signal,
        onResult: (result) => {
          access.setPolicy(result.policy);
          proxy.setTable(result.compile.table, unserved(result));
          if (result.compile.verdicts.size === 0) {
            log.warn(
              { directory: options.manifests },
              'no LLMProvider among the manifests: every call is answered with 404',
            );
          }
          if (access.isClosed) {
            log.warn(
              { directory: options.manifests },
              'no binding of a role among the manifests: every call is answered with 403',
            );
          }
          log.info({ revision: proxy.revision, providers: result.compile.table.providers.length }, 'serving manifests');
        },
      });
      state.configuration = await followConfiguration(options.config, {
        initial: config,
        log,
        registry,
        apply: (next) => {
          const problem = accessProblem(next, reach) ?? access.lossBy(next);
          if (problem !== undefined) throw new ConfigurationError([problem]);
          proxy.setAccess(access.configure(next));
        },
      });
      await warmUp(authentication, io.signal);
      state.isWarm = true;
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
      state.configuration?.close();
      ending.abort();
      await admin.close();
    }
  } finally {
    await proxy.close();
    await authentication.close();
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

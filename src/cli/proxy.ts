/** `tidegate proxy`: serves the routing table of a cluster. */
import { hostname } from 'node:os';
import type { TidegateConfiguration } from '../config/types.ts';
import { Authentication } from '../identity/authentication.ts';
import type { AccessControl } from '../identity/types.ts';
import { inClusterCredentials, readOwnNamespace } from '../kube/in-cluster.ts';
import { createKubeMetrics } from '../kube/metrics.ts';
import { createTransport } from '../kube/transport.ts';
import { clusterAuthorities, followTable } from '../proxy/cluster/cluster-proxy.ts';
import { startProxy } from '../proxy/server.ts';
import { listenURL } from '../telemetry/listen-address.ts';
import { createLogger } from '../telemetry/log.ts';
import { createRegistry } from '../telemetry/process-metrics.ts';
import { VERSION } from '../telemetry/version.ts';
import { CommandError, EXIT, type CommandIO } from '../command/io.ts';
import { followConfiguration } from './live-configuration.ts';
import { aborted, credentialsError, listenError, readConfiguration, tellOfCut, warmUp } from './server-process.ts';
import { startServingAdmin, type ServingState } from './serving-admin.ts';

export interface ProxyCommandOptions {
  /** TidegateConfiguration file. */
  readonly config?: string;
  readonly listen: string;
  readonly adminListen: string;
  /** Default: that of the ServiceAccount. */
  readonly namespace?: string;
  readonly tableSecret: string;
  /** Directory with the mounted copy of the table. */
  readonly tableDir?: string;
  readonly serviceAccountDir: string;
  readonly apiServerHost?: string;
  readonly apiServerPort: string;
  /** Default: the host name. */
  readonly podName?: string;
  readonly podUid?: string;
  /** Overrides `logging.level`. */
  readonly logLevel?: string;
}

/** Runs until `io.signal` aborts, then drains. */
export async function runProxy(options: ProxyCommandOptions, io: CommandIO): Promise<number> {
  const { apiServerHost, apiServerPort, serviceAccountDir, tableSecret } = options;
  if (apiServerHost === undefined) {
    throw new CommandError(
      '--api-server-host is not set: run in a pod, or try `tidegate standalone` without a cluster',
    );
  }
  const config = await readConfiguration(options.config);
  const namespace = options.namespace ?? (await readOwnNamespace(serviceAccountDir).catch(credentialsError));
  const log = createLogger({ level: options.logLevel ?? config.logging.level });
  const registry = createRegistry('proxy');
  const kubeMetrics = createKubeMetrics(registry);
  const transport = createTransport({
    credentials: inClusterCredentials({
      host: apiServerHost,
      port: apiServerPort,
      serviceAccountDirectory: serviceAccountDir,
    }),
    metrics: kubeMetrics,
    userAgent: `tidegate-proxy/${VERSION}`,
  });
  const { serviceAccounts, authorizer } = clusterAuthorities(transport);
  const authentication = new Authentication({ log, registry, serviceAccounts });
  const accessOf = (current: TidegateConfiguration): AccessControl => ({
    ...authentication.configure(current.authentication),
    authorizer: authorizer(current),
  });
  const proxy = await startProxy({
    config,
    listen: options.listen,
    log,
    registry,
    access: accessOf(config),
    defaultNamespace: config.defaultNamespace ?? namespace,
    hostName: options.podName,
  }).catch(listenError('--listen', options.listen));
  const state: ServingState = {
    proxy,
    untilTable: 'no routing table yet',
    authentication,
    isWarm: false,
    configuration: undefined,
  };
  try {
    const admin = await startServingAdmin(options, registry, state);
    const table = followTable({
      transport,
      kubeMetrics,
      log,
      namespace,
      tableSecret,
      tableDirectory: options.tableDir,
      podName: options.podName ?? hostname(),
      podUID: options.podUid,
      onTable: (next) => proxy.setTable(next),
    });
    try {
      state.configuration = await followConfiguration(options.config, {
        initial: config,
        log,
        registry,
        apply: (next) => proxy.setAccess(accessOf(next)),
      });
      log.info(
        { version: VERSION, namespace, url: proxy.url, admin: listenURL(admin.address), tableSecret },
        'proxy started',
      );
      await warmUp(authentication, io.signal);
      state.isWarm = true;
      await aborted(io.signal);
      // From now on this proxy is none that makes a provider Active, though it serves on for a while.
      const [{ cut }] = await Promise.all([proxy.drain(), table.release()]);
      if (cut > 0) await tellOfCut(cut, config.shutdown.drainSeconds, log);
      return EXIT.ok;
    } finally {
      state.configuration?.close();
      await table.stop();
      await admin.close();
    }
  } finally {
    await proxy.close();
    await authentication.close();
    await transport.close();
  }
}

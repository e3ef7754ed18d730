/** `tidegate operator`: watches LLMProviders and Secrets, publishes the routing table, writes statuses. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

import { inClusterCredentials, readOwnNamespace } from '../kube/in-cluster.ts';
import { createKubeMetrics } from '../kube/metrics.ts';
import { createTransport } from '../kube/transport.ts';
import type { ClusterCredentials } from '../kube/types.ts';
import { Operator } from '../operator/operator.ts';
import { startAdminServer } from '../telemetry/admin.ts';
import { listenURL, parseListenAddress } from '../telemetry/listen-address.ts';
import { createLogger } from '../telemetry/log.ts';
import { createRegistry } from '../telemetry/process-metrics.ts';
import { VERSION } from '../telemetry/version.ts';
import { CommandError, EXIT, type CommandIO } from '../command/io.ts';
import { credentialsError, listenError, readConfiguration } from './server-process.ts';

export interface OperatorCommandOptions {
  /** TidegateConfiguration file. */
  readonly config?: string;
  /** Without it, the ServiceAccount of the pod counts. */
  readonly kubeconfig?: string;
  /** Default: that of the ServiceAccount or of the kubeconfig's context. */
  readonly namespace?: string;
  readonly tableSecret: string;
  /** Default: host name and a random part. */
  readonly identity?: string;
  readonly adminListen: string;
  /** Overrides `logging.level`. */
  readonly logLevel?: string;
}

const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';
/** A label's value holds no more, and the table's name is one. */
const MAX_TABLE_SECRET_NAME = 63;

/** Runs until `io.signal` aborts (exit status 0) or another operator leads (1). */
export async function runOperator(options: OperatorCommandOptions, io: CommandIO): Promise<number> {
  if (options.tableSecret.length > MAX_TABLE_SECRET_NAME) {
    throw new CommandError(`--table-secret must have at most ${String(MAX_TABLE_SECRET_NAME)} characters`);
  }
  const config = await readConfiguration(options.config);
  const { credentials, namespace } = await cluster(options, io).catch(credentialsError);
  const log = createLogger({ level: options.logLevel ?? config.logging.level });
  const registry = createRegistry('operator');
  const kubeMetrics = createKubeMetrics(registry);
  const identity = options.identity ?? `${hostname()}-${randomBytes(4).toString('hex')}`;

  const transport = createTransport({
    credentials,
    metrics: kubeMetrics,
    userAgent: `tidegate-operator/${VERSION}`,
  });
  const operator = new Operator({
    transport,
    kubeMetrics,
    registry,
    log,
    config,
    namespace,
    tableSecret: options.tableSecret,
    identity,
    onLost: () => {
      log.fatal({ identity }, 'another operator leads, or may lead soon: ending at once');
      log.flush();
      process.exit(EXIT.failure);
    },
  });
  try {
    const admin = await startAdminServer({
      listen: parseListenAddress(options.adminListen),
      registry,
      ready: () => operator.ready(),
      health: () => operator.health(),
    }).catch(listenError('--admin-listen', options.adminListen));
    const where = { namespace, identity, admin: listenURL(admin.address), watch: config.watchNamespaces };
    log.info({ version: VERSION, ...where }, 'operator started');
    try {
      await operator.run(io.signal);
      log.info({ identity }, 'operator stopped');
      return EXIT.ok;
    } finally {
      await admin.close();
    }
  } finally {
    await transport.close();
  }
}

async function cluster(
  { kubeconfig, namespace }: OperatorCommandOptions,
  { env }: CommandIO,
): Promise<{ readonly credentials: ClusterCredentials; readonly namespace: string }> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (kubeconfig === undefined && host !== undefined) {
    const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
    const serviceAccountDirectory = SERVICE_ACCOUNT_DIRECTORY;
    const credentials = inClusterCredentials({ host, port, serviceAccountDirectory });
    return { credentials, namespace: namespace ?? (await readOwnNamespace(serviceAccountDirectory)) };
  }
  // Loaded only when needed: a pod does without its 90 MB.
  const { kubeconfigCredentials } = await import('../kube/kubeconfig.ts');
  const credentials = kubeconfigCredentials({ path: kubeconfig });
  return { credentials, namespace: namespace ?? credentials.namespace };
}

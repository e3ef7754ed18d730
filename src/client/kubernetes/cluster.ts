/** The cluster of the kubeconfig, for the commands that write what the gateway only reads. */
import type * as KubernetesClient from '@kubernetes/client-node';
import { CommandError, EXIT } from '../../command/io.ts';

export interface ClusterFlags {
  /** Default: kubectl's own search. */
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Its import costs half a second: only the commands that need a cluster come here. */
export interface Cluster {
  readonly client: typeof KubernetesClient;
  readonly config: KubernetesClient.KubeConfig;
  /** Of the context; `default` when it names none. */
  readonly namespace: string;
}

/** What the library makes up when it finds no kubeconfig, and then refuses to talk to. */
const NOT_FOUND = 'http://localhost:8080';

/** Throws a CommandError when there is no kubeconfig that can be used. */
export async function openCluster({ kubeconfig, context }: ClusterFlags): Promise<Cluster> {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
    if (context !== undefined) {
      if (config.getContextObject(context) === null) throw new Error(`there is no context "${context}"`);
      config.setCurrentContext(context);
    }
  } catch (error) {
    throw new CommandError(`the kubeconfig cannot be used: ${(error as Error).message}`, EXIT.usage, { cause: error });
  }
  if ((config.getCurrentCluster()?.server ?? NOT_FOUND) === NOT_FOUND) {
    throw new CommandError('no cluster is named', EXIT.usage, { hint: 'set KUBECONFIG or --kubeconfig' });
  }
  return { client, config, namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default' };
}

/** The client knows no signal: what it asks goes on, and nobody waits for it. Rejects with a CommandError then. */
export async function unlessInterrupted<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  const interrupted = Promise.withResolvers<never>();
  const stop = (): void => interrupted.reject(new CommandError('interrupted', EXIT.failure));
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([ask(), interrupted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** What the API server said, for a person; whatever else went wrong, as unreachable. */
export function clusterFailure(error: unknown, what: string): CommandError {
  if (error instanceof CommandError) return error;
  const { code, body } = error as { readonly code?: unknown; readonly body?: unknown };
  if (typeof code !== 'number') {
    return new CommandError(`cannot ${what}: ${(error as Error).message}`, EXIT.unreachable, { cause: error });
  }
  const message = messageOf(body) ?? `the API server answers with status ${code}`;
  const status = code === 403 ? EXIT.forbidden : code === 401 ? EXIT.signIn : EXIT.failure;
  return new CommandError(`cannot ${what}: ${message}`, status, { cause: error });
}

function messageOf(body: unknown): string | undefined {
  try {
    const { message } = (typeof body === 'string' ? JSON.parse(body) : body) as { readonly message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

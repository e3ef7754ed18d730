/**
 * The credentials of a kubeconfig, with everything that such a file may ask for (exec plugins, OIDC, client
 * certificates), through `@kubernetes/client-node`. For the operator, the CLI and tests: its import costs 90 MB and
 * 0.4 s, so no module of the proxy's path may import this one.
 */
import type { RequestOptions } from 'node:https';
import { isNativeError } from 'node:util/types';
import { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from './clock.ts';
import { KubeError } from './errors.ts';
import type { ClusterCredentials, Clock, TlsMaterial } from './types.ts';

export interface KubeconfigOptions {
  /** Default: kubectl's own search, `KUBECONFIG`, then `~/.kube/config`. */
  readonly path?: string | undefined;
  /** Default: the file's current context. */
  readonly context?: string | undefined;
  /** How long what the file and its plugins gave is used before they are asked again. Default 60 s. */
  readonly cacheMs?: number;
  readonly clock?: Clock;
}

export interface KubeconfigCredentials extends ClusterCredentials {
  /** The context's namespace, `default` when it names none. */
  readonly namespace: string;
}

interface Access {
  readonly tls: TlsMaterial;
  readonly headers: Readonly<Record<string, string>>;
  readonly readAt: number;
}

/** Reads the file at once and throws `CredentialsUnavailable` when it is of no use. */
export function kubeconfigCredentials(options: KubeconfigOptions = {}): KubeconfigCredentials {
  const { cacheMs = 60_000, clock = systemClock } = options;
  let config = load(options);
  const server = serverOf(config);
  let latest: Access | undefined;
  const pending = new Map<boolean, Promise<Access>>();

  const read = async (refresh: boolean): Promise<Access> => {
    try {
      // Tokens of plugins are cached inside; a new KubeConfig asks anew.
      if (refresh) config = load(options);
      latest = await accessOf(config, clock);
    } catch (error) {
      // What worked a minute ago is better than nothing.
      if (latest === undefined) throw unusable(error);
      latest = { ...latest, readAt: clock.monotonic() };
    } finally {
      pending.delete(refresh);
    }
    return latest;
  };
  const current = async (refresh: boolean): Promise<Access> => {
    if (!refresh && latest !== undefined && clock.monotonic() - latest.readAt < cacheMs) return latest;
    const shared = pending.get(refresh) ?? read(refresh);
    pending.set(refresh, shared);
    return shared;
  };

  return {
    server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    tls: async () => (await current(false)).tls,
    headers: async ({ refresh }) => (await current(refresh)).headers,
  };
}

function load({ path, context }: KubeconfigOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
    if (context !== undefined) config.setCurrentContext(context);
  } catch (error) {
    throw unusable(error);
  }
  return config;
}

function serverOf(config: KubeConfig): string {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new KubeError({
      code: 'CredentialsUnavailable',
      message: `the kubeconfig has no context "${config.getCurrentContext()}" with a cluster`,
    });
  }
  if (cluster.proxyUrl !== undefined) {
    throw new KubeError({
      code: 'CredentialsUnavailable',
      message: `cluster "${cluster.name}" of the kubeconfig sets proxy-url, which is not supported`,
    });
  }
  return cluster.server.replace(/\/+$/, '');
}

async function accessOf(config: KubeConfig, clock: Clock): Promise<Access> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = String(value);
  }
  if (typeof options.auth === 'string')
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return { tls: tlsOf(options), headers, readAt: clock.monotonic() };
}

function tlsOf({ ca, cert, key, passphrase, servername, rejectUnauthorized }: RequestOptions): TlsMaterial {
  return {
    ca: single(ca),
    ...(cert !== undefined && { certificate: single(cert) }),
    ...(key !== undefined && { key: single(key) }),
    ...(passphrase !== undefined && { passphrase }),
    ...(servername !== undefined && { serverName: servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  } as TlsMaterial;
}

/** Of the many shapes that Node allows, the library uses only one string or buffer. */
function single(value: unknown): string | Buffer | undefined {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined;
}

/** Without the cause: the messages of parsers quote the text that they could not read, and that text holds credentials. */
function unusable(error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  const isPlain = isNativeError(error) && error.name === 'Error';
  const why = isPlain ? error.message.trim() : 'it, or what its plugin printed, is malformed';
  return new KubeError({ code: 'CredentialsUnavailable', message: `the kubeconfig can't be used: ${why}` });
}

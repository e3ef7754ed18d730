/** The credentials of a pod: the files that the kubelet keeps fresh in its ServiceAccount directory. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from './clock.ts';
import { KubeError } from './errors.ts';
import type { ClusterCredentials, Clock } from './types.ts';

export interface InClusterOptions {
  /** `KUBERNETES_SERVICE_HOST`. */
  readonly host: string;
  /** `KUBERNETES_SERVICE_PORT`. */
  readonly port: number | string;
  /** Holds `token` and `ca.crt`. */
  readonly serviceAccountDirectory: string;
  /** How long a token is used before its file is read again. Default 60 s. */
  readonly tokenMs?: number;
  readonly clock?: Clock;
}

/** Reads nothing yet: the first request does. */
export function inClusterCredentials(options: InClusterOptions): ClusterCredentials {
  const { host, port, serviceAccountDirectory, tokenMs = 60_000, clock = systemClock } = options;
  const tokenFile = join(serviceAccountDirectory, 'token');
  const caFile = join(serviceAccountDirectory, 'ca.crt');
  let token: { readonly value: string; readonly readAt: number } | undefined;
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tls: async () => ({ ca: await readCredential(caFile) }),
    headers: async ({ refresh }) => {
      if (token === undefined || refresh || clock.monotonic() - token.readAt >= tokenMs) {
        try {
          token = { value: await readToken(tokenFile), readAt: clock.monotonic() };
        } catch (error) {
          // A token that is still good is better than none.
          if (token === undefined) throw error;
        }
      }
      return { authorization: `Bearer ${token.value}` };
    },
  };
}

/** The namespace that the pod runs in. */
export async function readOwnNamespace(serviceAccountDirectory: string): Promise<string> {
  return (await readCredential(join(serviceAccountDirectory, 'namespace'))).trim();
}

async function readToken(file: string): Promise<string> {
  const token = (await readCredential(file)).trim();
  if (!/^[\w.~+/=-]+$/.test(token)) {
    throw new KubeError({ code: 'CredentialsUnavailable', message: `${file} does not hold a bearer token` });
  }
  return token;
}

async function readCredential(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new KubeError({ code: 'CredentialsUnavailable', message: `can't read ${file}`, cause });
  }
}

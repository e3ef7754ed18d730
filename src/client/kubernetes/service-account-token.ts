/** A token of a ServiceAccount, by the TokenRequest API. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { Redacted } from '../../redacted.ts';
import { Gateway } from '../gateway/gateway.ts';
import { NoGatewayError, resolveSettings } from '../settings.ts';
import type { ClientFlags } from '../types.ts';
import { clusterFailure, openCluster, unlessInterrupted, type ClusterFlags } from './cluster.ts';

export interface ServiceAccountTokenOptions extends ClientFlags, ClusterFlags {
  /** Default: the first that the gateway accepts; `tidegate` when no gateway is named. */
  readonly audience?: string;
}

/** Seconds; the API server gives none for less than 600. */
const SECONDS = 3600;
const DEFAULT_AUDIENCE = 'tidegate';

/** @param account `namespace/name`, or `name` in the namespace of the kubeconfig's context */
export async function serviceAccountToken(
  options: ServiceAccountTokenOptions,
  account: string,
  io: CommandIO,
): Promise<Redacted> {
  const [first = '', second, more] = account.split('/');
  if (first === '' || second === '' || more !== undefined)
    throw new CommandError(`"${account}" must be written as namespace/name`);
  const cluster = await openCluster(options);
  const [namespace, name] = second === undefined ? [cluster.namespace, first] : [first, second];
  const audience = options.audience ?? (await acceptedAudience(options, io));
  const api = cluster.config.makeApiClient(cluster.client.CoreV1Api);
  try {
    const { status } = await unlessInterrupted(io.signal, async () =>
      api.createNamespacedServiceAccountToken({
        namespace,
        name,
        body: { spec: { audiences: audience === undefined ? [] : [audience], expirationSeconds: SECONDS } },
      }),
    );
    if (status?.token === undefined) throw new Error('the answer holds no token');
    return new Redacted(status.token);
  } catch (error) {
    throw clusterFailure(error, `get a token of the ServiceAccount "${namespace}/${name}"`);
  }
}

/** Undefined: that of the API server. */
async function acceptedAudience(options: ClientFlags, io: CommandIO): Promise<string | undefined> {
  let found: Awaited<ReturnType<typeof resolveSettings>>;
  try {
    found = await resolveSettings(options, io.env);
  } catch (error) {
    if (error instanceof NoGatewayError) return DEFAULT_AUDIENCE;
    throw error;
  }
  const { settings } = found;
  const { serviceAccountTokens } = await new Gateway(settings, undefined, io.signal).authentication();
  if (serviceAccountTokens === undefined) {
    throw new CommandError(`${settings.url} does not accept ServiceAccount tokens of its cluster`, EXIT.failure, {
      hint: 'name the audience that an issuer of the gateway wants with --audience',
    });
  }
  return serviceAccountTokens.audiences[0];
}

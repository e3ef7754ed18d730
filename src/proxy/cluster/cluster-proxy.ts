/** A proxy in a cluster: the table from a watched Secret, an acknowledgement by Lease, callers reviewed by the API server. */
import { isDeepStrictEqual } from 'node:util';
import { LLM_PROVIDER } from '../../api/group.ts';
import type { AuthenticationConfiguration, TidegateConfiguration } from '../../config/types.ts';
import { alwaysAllow } from '../../identity/open.ts';
import type { ReviewClient } from '../../identity/review-client.ts';
import { ServiceAccountAuthenticator, type ServiceAccountOptions } from '../../identity/service-account.ts';
import { SubjectAccessAuthorizer, type SubjectAccessOptions } from '../../identity/subject-access.ts';
import type { Authorizer } from '../../identity/types.ts';
import { sleep, systemClock } from '../../kube/clock.ts';
import type { KubeMetrics } from '../../kube/metrics.ts';
import type { Transport } from '../../kube/types.ts';
import type { Logger } from '../../telemetry/log.ts';
import { Acknowledger } from './acknowledgement.ts';
import { TableSource } from './table-source.ts';
import type { TableSourceOptions } from './table-source.ts';

/** A review that takes longer is not waited for: its caller hangs on it. */
const REVIEW_MILLISECONDS = 10_000;

/** Milliseconds that the watch is given at the start before the mounted copy of the table is taken, and between tries. */
const PATIENCE_MILLISECONDS = 2000;

/** The API server as the authority on callers: whose a ServiceAccount's token is, and what anybody may do. */
export interface ClusterAuthorities {
  readonly serviceAccounts: (config: AuthenticationConfiguration) => ServiceAccountAuthenticator;
  readonly authorizer: (config: Pick<TidegateConfiguration, 'authentication' | 'authorization'>) => Authorizer;
}

/** What is cached of their answers lives through a change of the configuration that does not concern it. */
export function clusterAuthorities(transport: Transport): ClusterAuthorities {
  const client: ReviewClient = {
    create: async (path, review) => {
      const { body } = await transport.request({
        method: 'POST',
        path,
        body: review,
        timeoutMs: REVIEW_MILLISECONDS,
      });
      return body;
    },
  };
  const reviewTokens = remembered(
    (options: Pick<ServiceAccountOptions, 'audiences' | 'grace'>) =>
      new ServiceAccountAuthenticator({ client, ...options }),
  );
  const reviewAccess = remembered(
    ({ grace }: Pick<SubjectAccessOptions, 'grace'>) =>
      new SubjectAccessAuthorizer({ client, resource: LLM_PROVIDER, grace }),
  );
  return {
    serviceAccounts: ({ serviceAccountTokens: { audiences }, graceSeconds }) =>
      reviewTokens({ audiences, grace: graceSeconds * 1000 }),
    authorizer: ({ authentication, authorization }) =>
      authorization.mode === 'AlwaysAllow' ? alwaysAllow : reviewAccess({ grace: authentication.graceSeconds * 1000 }),
  };
}

/** Makes it anew only when something else is asked for. */
function remembered<Options, Made>(make: (options: Options) => Made): (options: Options) => Made {
  let last: { readonly options: Options; readonly made: Made } | undefined;
  return (options) => {
    if (last === undefined || !isDeepStrictEqual(last.options, options)) last = { options, made: make(options) };
    return last.made;
  };
}

export interface ClusterTableOptions extends Pick<TableSourceOptions, 'namespace' | 'tableSecret' | 'onTable'> {
  readonly transport: Transport;
  readonly kubeMetrics: KubeMetrics;
  readonly log: Logger;
  readonly podName: string;
  readonly podUID: string | undefined;
  /** Directory with the mounted copy of the table. */
  readonly tableDirectory: string | undefined;
  /** Milliseconds before the first look at it, and before each further one until there is a table. */
  readonly patience?: number;
}

/** The table's way into a proxy, and the word about it back to the operator. */
export interface ClusterTable {
  /** Stops counting as a proxy that serves; the table stays in force. */
  release(): Promise<void>;
  /** Ends watch and Lease. */
  stop(): Promise<void>;
}

export function followTable(options: ClusterTableOptions): ClusterTable {
  const { tableDirectory, patience = PATIENCE_MILLISECONDS } = options;
  const source = new TableSource({ ...options, onChange: () => acknowledger.renew() });
  const acknowledger = new Acknowledger({
    ...options,
    say: () => ({
      ...(source.revision === undefined ? {} : { revision: source.revision }),
      ...(source.problem === undefined ? {} : { tableError: source.problem }),
    }),
  });
  source.start();
  acknowledger.renew();
  const stopped = new AbortController();
  if (tableDirectory !== undefined) void takeMounted(source, tableDirectory, patience, stopped.signal);
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => (released ??= acknowledger.release());
  return {
    release,
    stop: async () => {
      stopped.abort();
      await Promise.all([source.stop(), release()]);
    },
  };
}

/** The kubelet may fill the directory later than the container starts. */
async function takeMounted(
  source: TableSource,
  directory: string,
  patience: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(systemClock, patience, signal);
    if (signal.aborted || source.revision !== undefined || (await source.takeMounted(directory))) return;
  }
}

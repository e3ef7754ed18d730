/** LLMProviders of the cluster of the kubeconfig, and the Secrets that are made with them. */
import type * as KubernetesClient from '@kubernetes/client-node';
import { GROUP, LLM_PROVIDER, VERSION } from '../../api/group.ts';
import type { CommandIO } from '../../command/io.ts';
import { requireObjectName } from '../names.ts';
import { namespaceOf, NoGatewayError, resolveSettings } from '../settings.ts';
import type { ClientFlags } from '../types.ts';
import { clusterFailure, openCluster, unlessInterrupted, type Cluster, type ClusterFlags } from './cluster.ts';

const FIELD_MANAGER = 'tidegate-cli';

/** As far as the commands look at it. */
export interface ProviderObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string };
  readonly spec: { readonly type: string; readonly enabled?: boolean; readonly displayName?: string };
}

export interface SecretManifest {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly stringData: Readonly<Record<string, string>>;
}

/** Of the flag, the environment or the profile; undefined: of the context. */
export async function wantedNamespace(
  flags: ClientFlags,
  { env }: Pick<CommandIO, 'env'>,
): Promise<string | undefined> {
  const named = namespaceOf(flags, env);
  if (named !== undefined) return named;
  try {
    return (await resolveSettings(flags, env)).settings.namespace;
  } catch (error) {
    if (error instanceof NoGatewayError) return undefined;
    throw error;
  }
}

export class ClusterProviders {
  readonly namespace: string;
  readonly #signal: AbortSignal;
  readonly #objects: KubernetesClient.CustomObjectsApi;
  readonly #core: KubernetesClient.CoreV1Api;
  readonly #mergePatch: ReturnType<typeof KubernetesClient.setHeaderOptions>;

  private constructor({ client, config, namespace }: Cluster, wanted: string | undefined, signal: AbortSignal) {
    this.#signal = signal;
    this.namespace = wanted ?? namespace;
    this.#objects = config.makeApiClient(client.CustomObjectsApi);
    this.#core = config.makeApiClient(client.CoreV1Api);
    this.#mergePatch = client.setHeaderOptions('Content-Type', client.PatchStrategy.MergePatch);
  }

  static async open(flags: ClusterFlags & ClientFlags, io: CommandIO): Promise<ClusterProviders> {
    return new ClusterProviders(await openCluster(flags), await wantedNamespace(flags, io), io.signal);
  }

  async get(name: string): Promise<ProviderObject> {
    requireObjectName('provider', name);
    return this.#asked(`get LLMProvider "${this.namespace}/${name}"`, async (): Promise<unknown> =>
      this.#objects.getNamespacedCustomObject({ ...this.#kind, name }),
    ) as Promise<ProviderObject>;
  }

  /** Changes this one field, whoever else writes the object. */
  async setEnabled(name: string, enabled: boolean): Promise<void> {
    requireObjectName('provider', name);
    await this.#asked(
      `${enabled ? 'enable' : 'disable'} LLMProvider "${this.namespace}/${name}"`,
      async (): Promise<unknown> =>
        this.#objects.patchNamespacedCustomObject(
          { ...this.#kind, name, body: { spec: { enabled } }, fieldManager: FIELD_MANAGER },
          this.#mergePatch,
        ),
    );
  }

  /** Deletes that object, and none that has come in its place. */
  async delete({ metadata: { name, uid } }: ProviderObject): Promise<void> {
    const body = { ...(uid !== undefined && { preconditions: { uid } }) };
    await this.#asked(`delete LLMProvider "${this.namespace}/${name}"`, async (): Promise<unknown> =>
      this.#objects.deleteNamespacedCustomObject({ ...this.#kind, name, body }),
    );
  }

  /** Creates a provider and, before it, its Secret; all of it or nothing. */
  async create(provider: ProviderObject, secret: SecretManifest | undefined): Promise<void> {
    const { name } = provider.metadata;
    const what = `create LLMProvider "${this.namespace}/${name}"`;
    const create = async (dryRun?: 'All'): Promise<unknown> =>
      this.#objects.createNamespacedCustomObject({
        ...this.#kind,
        body: provider,
        fieldManager: FIELD_MANAGER,
        fieldValidation: 'Strict',
        ...(dryRun !== undefined && { dryRun }),
      });
    await this.#asked(what, async () => create('All'));
    const undo = secret === undefined ? undefined : await this.#createSecret(secret);
    try {
      await this.#asked(what, async () => create());
    } catch (error) {
      await undo?.();
      throw error;
    }
  }

  /** Returns what takes it away again. */
  async #createSecret(secret: SecretManifest): Promise<() => Promise<unknown>> {
    const { namespace } = this;
    const { name } = secret.metadata;
    const { metadata } = await this.#asked(`create Secret "${namespace}/${name}"`, async () =>
      this.#core.createNamespacedSecret({
        namespace,
        body: { ...secret, type: 'Opaque' },
        fieldManager: FIELD_MANAGER,
      }),
    );
    const { uid } = metadata ?? {};
    return async () =>
      this.#core
        .deleteNamespacedSecret({ namespace, name, body: { ...(uid !== undefined && { preconditions: { uid } }) } })
        .catch(() => undefined);
  }

  get #kind() {
    return { group: GROUP, version: VERSION, namespace: this.namespace, plural: LLM_PROVIDER.plural };
  }

  async #asked<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await unlessInterrupted(this.#signal, ask);
    } catch (error) {
      throw clusterFailure(error, what);
    }
  }
}

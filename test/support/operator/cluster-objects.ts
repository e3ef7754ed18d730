/** What tests of the operator write and read: providers, Guardrails, Secrets, conditions, columns. */
import { waitFor, type Connection } from '../control-plane/index.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

export interface Provider {
  readonly metadata: { readonly name: string; readonly generation: number; readonly resourceVersion: string };
  readonly status: {
    readonly observedGeneration?: number;
    readonly proxies?: string;
    readonly url?: string;
    readonly modelSummary?: string;
    readonly conditions: readonly Condition[];
  };
}

export interface Guardrail {
  readonly metadata: Provider['metadata'];
  readonly status: {
    readonly observedGeneration?: number;
    readonly testsPassed?: string;
    readonly usedBy?: string;
    readonly conditions: readonly Condition[];
  };
}

interface KubernetesEvent {
  readonly reason: string;
  readonly note: string;
  readonly type: string;
  readonly regarding: { readonly name: string };
}

/** The condition of this type. */
export function condition(object: Provider | Guardrail, type: string): Condition | undefined {
  return object.status.conditions.find((item) => item.type === type);
}

/** LLMProviders, Guardrails and Secrets of one namespace. */
export class ClusterObjects {
  readonly cluster: Connection;
  readonly namespace: string;

  constructor(cluster: Connection, namespace: string) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  /** A provider of type OpenAI that references the Secret of its own name. */
  async applyProvider(name: string, spec: object = {}): Promise<void> {
    const { namespace } = this;
    const metadata = { name, namespace };
    await this.cluster.apply({
      apiVersion: 'tidegate.io/v1alpha1',
      kind: 'LLMProvider',
      metadata,
      spec: { type: 'OpenAI', secretRef: { name }, ...spec },
    });
  }

  /** A Guardrail that masks e-mail addresses, unless `spec` has other rules. */
  async applyGuardrail(name: string, spec: object = {}): Promise<void> {
    await this.cluster.apply({
      apiVersion: 'tidegate.io/v1alpha1',
      kind: 'Guardrail',
      metadata: { name, namespace: this.namespace },
      spec: { pii: { entities: [{ type: 'Email', action: 'Mask' }] }, ...spec },
    });
  }

  /** The Secret with exactly this data. */
  async putSecret(name: string, stringData: Record<string, string>): Promise<void> {
    const { namespace } = this;
    const input = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData };
    try {
      await this.cluster.kubectl('replace', '-f', '-', { input });
    } catch {
      await this.cluster.kubectl('create', '-f', '-', { input });
    }
  }

  async delete(kind: string, name: string): Promise<void> {
    await this.cluster.kubectl('delete', kind, name, '-n', this.namespace);
  }

  provider(name: string): Promise<Provider> {
    return this.cluster.get<Provider>('llmprovider', name, '-n', this.namespace);
  }

  /** Waits until the provider is so. */
  until(name: string, what: string, accept: (provider: Provider) => boolean): Promise<Provider> {
    return this.cluster.waitForObject<Provider>(
      ['llmprovider', name, '-n', this.namespace],
      accept,
      `${name} to be ${what}`,
    );
  }

  /** Waits until the provider's Active has this reason. */
  untilActiveIs(name: string, reason: string): Promise<Provider> {
    return this.until(name, reason, (provider) => condition(provider, 'Active')?.reason === reason);
  }

  guardrail(name: string): Promise<Guardrail> {
    return this.cluster.get<Guardrail>('guardrail', name, '-n', this.namespace);
  }

  /** Waits until the Guardrail is so. */
  untilGuardrail(name: string, what: string, accept: (guardrail: Guardrail) => boolean): Promise<Guardrail> {
    return this.cluster.waitForObject<Guardrail>(
      ['guardrail', name, '-n', this.namespace],
      accept,
      `${name} to be ${what}`,
    );
  }

  /** Waits until the Guardrail's Ready has this reason, of its newest generation. */
  untilReadyIs(name: string, reason: string): Promise<Guardrail> {
    return this.untilGuardrail(
      name,
      reason,
      (guardrail) =>
        guardrail.status.observedGeneration === guardrail.metadata.generation &&
        condition(guardrail, 'Ready')?.reason === reason,
    );
  }

  /** What a person reads in the STATUS column. */
  async statusColumn(name: string): Promise<string | undefined> {
    return (await this.columns('llmp', name)).get('STATUS');
  }

  /** What a person reads of an object, by column. */
  async columns(kind: string, name: string): Promise<ReadonlyMap<string, string>> {
    const table = await this.cluster.kubectl('get', kind, name, '-n', this.namespace);
    const [header = [], row = []] = table
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s{2,}/));
    return new Map(header.map((column, at) => [column, row[at] ?? '']));
  }

  /** Events about an object, as `Type Reason: note`, in no order. */
  async events(name: string): Promise<readonly string[]> {
    const list = await this.cluster.get<{ items: readonly KubernetesEvent[] }>(
      'events.events.k8s.io',
      '-n',
      this.namespace,
    );
    return list.items
      .filter((event) => event.regarding.name === name)
      .map((event) => `${event.type} ${event.reason}: ${event.note}`);
  }

  /** Waits until there is such an event. */
  untilEvent(name: string, event: RegExp): Promise<string> {
    return waitFor(`an event ${String(event)}`, async () => (await this.events(name)).find((text) => event.test(text)));
  }

  /** resourceVersion by `kind/name` of everything in the namespace that the operator could write. */
  async versions(): Promise<ReadonlyMap<string, string>> {
    interface Item {
      readonly kind: string;
      readonly metadata: { readonly name: string; readonly resourceVersion: string };
    }
    const { items } = await this.cluster.get<{ items: readonly Item[] }>(
      'llmproviders,guardrails,secrets,events',
      '-n',
      this.namespace,
    );
    return new Map(items.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]));
  }
}

/** A gateway with providers of every type, each in several variants, and the fake providers behind them. */
import type { IncomingMessage } from 'node:http';
import { TOKEN_CLASSES, type TokenClass } from '../../../src/usage/record.ts';
import { bedrock } from '../../upstreams/bedrock/index.ts';
import { anthropic, google, openAI, scenarioHeader, UpstreamServer, type Scenario } from '../../upstreams/index.ts';
import { waitFor } from '../control-plane/wait.ts';
import { anthropicProvider, anthropicSecret } from '../gateway/anthropic.ts';
import { bedrockKey, bedrockKeys, bedrockProvider } from '../gateway/bedrock.ts';
import { callerSockets } from '../gateway/caller-sockets.ts';
import type { Exposition } from '../gateway/exposition.ts';
import { googleProvider, googleSecret } from '../gateway/google.ts';
import { post, provider, secret, send, StandaloneGateway, upstreamKey, type RawAnswer } from '../gateway/index.ts';
import { TYPES, type Call, type Family, type TypeName } from './families.ts';

/** `spec` of a variant, over that of a provider that says nothing special. */
export type Variant = (type: TypeName, family: readonly Family[]) => object;

/** How to start. */
export interface EveryTypeOptions {
  readonly families: readonly Family[];
  /** By the name that follows the type's: `{ drained: … }` makes `openai-drained` and so on. */
  readonly variants?: Readonly<Record<string, Variant>>;
  /** TidegateConfiguration without `apiVersion` and `kind`. */
  readonly config?: object;
}

export class EveryType implements AsyncDisposable {
  readonly gateway: StandaloneGateway;
  readonly #upstreams: ReadonlyMap<TypeName, UpstreamServer>;

  private constructor(gateway: StandaloneGateway, upstreams: ReadonlyMap<TypeName, UpstreamServer>) {
    this.gateway = gateway;
    this.#upstreams = upstreams;
  }

  static async start({ families, variants = {}, config = {} }: EveryTypeOptions): Promise<EveryType> {
    const keys = [upstreamKey];
    const upstreams = new Map<TypeName, UpstreamServer>([
      ['openai', await UpstreamServer.start({ wire: openAI({ models: [] }), keys })],
      ['anthropic', await UpstreamServer.start({ wire: anthropic({ models: [] }), keys })],
      ['google', await UpstreamServer.start({ wire: google({ models: [] }), keys })],
      ['bedrock', await UpstreamServer.start({ wire: bedrock({ keys: bedrockKeys() }) })],
    ]);
    const manifests = TYPES.map((type) => {
      const origin = upstreams.get(type)?.origin ?? '';
      const own = families.filter((family) => family.type === type);
      const specs = [
        [type, {}] as const,
        ...Object.entries(variants).map(([name, spec]) => [`${type}-${name}`, spec(type, own)] as const),
      ];
      const documents = specs.flatMap(([name, spec]) => [providerOf(type, name, origin, spec), secretOf(type, name)]);
      return [`${type}.yaml`, documents] as const;
    });
    const gateway = await StandaloneGateway.start({ manifests: Object.fromEntries(manifests), config });
    return new EveryType(gateway, upstreams);
  }

  upstream(type: TypeName): UpstreamServer {
    const upstream = this.#upstreams.get(type);
    if (upstream === undefined) throw new Error(`no upstream of the type ${type}`);
    return upstream;
  }

  /** Forgets what every upstream has heard and booked. */
  forget(): void {
    for (const upstream of this.#upstreams.values()) upstream.forget();
  }

  url(call: Call, name: string): string {
    return `${this.gateway.provider(name)}/${call.path}`;
  }

  /** Makes a call and collects its answer. */
  post(family: Family, call: Call, scenario: Scenario = {}, variant?: string): Promise<RawAnswer> {
    return post(this.url(call, nameOf(family, variant)), call.body, headersFor(scenario));
  }

  /** Begins a call; its answer is there when its head is. */
  begin(family: Family, scenario: Scenario, variant?: string, signal?: AbortSignal): Promise<IncomingMessage> {
    const call = family.streamed;
    return send(this.url(call, nameOf(family, variant)), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersFor(scenario) },
      body: JSON.stringify(call.body),
      ...(signal !== undefined && { signal }),
    });
  }

  /**
   * Begins a stream that stops after some frames, takes all of them and leaves. Resolves with the request's id when the
   * gateway knows that its client is gone.
   */
  async hangUp(family: Family, scenario: Scenario, variant?: string): Promise<string> {
    const upstream = this.upstream(family.type);
    const leaving = new AbortController();
    const answer = await this.begin(family, { hangAfterFrames: 3, ...scenario }, variant, leaving.signal);
    let received = 0;
    answer.on('data', (chunk: Buffer) => (received += chunk.length));
    answer.on('error', () => undefined);
    await waitFor('what the upstream said', () => upstream.last.isHanging && received >= upstream.last.sentBytes);
    leaving.abort();
    await waitFor('the gateway to see it', () => callerSockets(this.gateway.url) === 0);
    return String(answer.headers['x-tidegate-request-id']);
  }

  /** Waits until no call is open, here and there; then the metrics are those of all calls so far. */
  async settled(): Promise<Exposition> {
    await waitFor('all records', async () => (await this.gateway.metrics()).sum('tidegate_open_requests') === 0);
    await waitFor('the upstreams', () => [...this.#upstreams.values()].every(({ openRequests }) => openRequests === 0));
    return this.gateway.metrics();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    for (const upstream of this.#upstreams.values()) await upstream[Symbol.asyncDispose]();
  }
}

/** What a metric has grown by. */
export class Growth {
  readonly #before: Exposition;
  readonly #after: Exposition;

  constructor(before: Exposition, after: Exposition) {
    this.#before = before;
    this.#after = after;
  }

  of(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.#after.sum(name, labels) - this.#before.sum(name, labels);
  }

  tokens(labels: Readonly<Record<string, string>> = {}): Readonly<Record<TokenClass, number>> {
    const entries = TOKEN_CLASSES.map((token_type) => [
      token_type,
      this.of('tidegate_tokens_total', { ...labels, token_type }),
    ]);
    return Object.fromEntries(entries) as Record<TokenClass, number>;
  }
}

/** Models of the families, as an allowlist. */
export const limited: Variant = (_type, families) => ({
  models: [...new Set(families.map(({ model }) => model))].map((name) => ({ name })),
});

export function nameOf({ type }: Family, variant?: string): string {
  return variant === undefined ? type : `${type}-${variant}`;
}

export function headersFor(scenario: Scenario): Record<string, string> {
  return { 'anthropic-version': '2023-06-01', [scenarioHeader]: JSON.stringify(scenario) };
}

/** A key that the upstream of the type takes. */
export function rightKey(type: TypeName): string {
  return type === 'bedrock' ? bedrockKey.secretAccessKey : upstreamKey;
}

/** A Secret for a provider of the type. */
export function secretOf(type: TypeName, name: string, key = rightKey(type)): object {
  switch (type) {
    case 'openai':
      return secret(name, key);
    case 'anthropic':
      return anthropicSecret(name, key);
    case 'google':
      return googleSecret(name, key);
    case 'bedrock':
    default: {
      const stringData = { AWS_ACCESS_KEY_ID: bedrockKey.accessKeyID, AWS_SECRET_ACCESS_KEY: key };
      return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
    }
  }
}

/** A provider of the type, whose Secret has its own name. */
export function providerOf(type: TypeName, name: string, origin: string, spec: object = {}): object {
  const own = { secretRef: { name }, ...spec };
  switch (type) {
    case 'openai':
      return provider(name, origin, own);
    case 'anthropic':
      return anthropicProvider(name, origin, own);
    case 'google':
      return googleProvider(name, origin, own);
    case 'bedrock':
    default:
      return bedrockProvider(name, origin, spec)[0] ?? {};
  }
}

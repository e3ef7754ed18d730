/** A gateway with one provider of each kind, every model with a price of its own, and the fake providers behind it. */
import { KeyRing } from '../../upstreams/aws/index.ts';
import { bedrock } from '../../upstreams/bedrock/index.ts';
import { anthropic, google, openAI, UpstreamServer } from '../../upstreams/index.ts';
import { StandaloneGateway, upstreamKey } from '../gateway/index.ts';
import { billedCalls, type BilledCall } from './calls.ts';
import { pricingOf } from './prices.ts';

const awsKey = {
  accessKeyID: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'example-secret-access-key-of-the-tests',
  principal: 'arn:aws:iam::123456789012:user/gateway',
};

type Name = BilledCall['provider'];

export class BooksGateway implements AsyncDisposable {
  readonly gateway: StandaloneGateway;
  readonly upstreams: readonly UpstreamServer[];
  readonly #byName: ReadonlyMap<Name, UpstreamServer>;

  private constructor(gateway: StandaloneGateway, byName: ReadonlyMap<Name, UpstreamServer>) {
    this.gateway = gateway;
    this.#byName = byName;
    this.upstreams = [...byName.values()];
  }

  static async start(): Promise<BooksGateway> {
    const keys = [upstreamKey];
    const byName = new Map<Name, UpstreamServer>([
      ['openai', await UpstreamServer.start({ wire: openAI(), keys })],
      ['anthropic', await UpstreamServer.start({ wire: anthropic(), keys })],
      ['google', await UpstreamServer.start({ wire: google(), keys })],
      ['bedrock', await UpstreamServer.start({ wire: bedrock({ keys: new KeyRing(awsKey) }) })],
    ]);
    const origin = (name: Name): string => byName.get(name)?.origin ?? '';
    const gateway = await StandaloneGateway.start({
      manifests: {
        'secret.yaml': [
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: 'keys' },
            stringData: {
              OPENAI_API_KEY: upstreamKey,
              ANTHROPIC_API_KEY: upstreamKey,
              GOOGLE_AI_API_KEY: upstreamKey,
              AWS_ACCESS_KEY_ID: awsKey.accessKeyID,
              AWS_SECRET_ACCESS_KEY: awsKey.secretAccessKey,
            },
          },
        ],
        'providers.yaml': [
          manifest('openai', { type: 'OpenAI', baseURL: `${origin('openai')}/v1`, secretRef: { name: 'keys' } }),
          manifest('anthropic', { type: 'Anthropic', baseURL: origin('anthropic'), secretRef: { name: 'keys' } }),
          manifest('google', { type: 'GoogleAI', baseURL: origin('google'), secretRef: { name: 'keys' } }),
          manifest('bedrock', {
            type: 'Bedrock',
            baseURL: origin('bedrock'),
            bedrock: {
              region: 'us-east-1',
              credentials: {
                type: 'StaticKeys',
                staticKeys: { accessKeyIDRef: { name: 'keys' }, secretAccessKeyRef: { name: 'keys' } },
              },
            },
          }),
        ],
      },
    });
    return new BooksGateway(gateway, byName);
  }

  upstreamOf(call: BilledCall): UpstreamServer {
    const upstream = this.#byName.get(call.provider);
    if (upstream === undefined) throw new Error(`no upstream for ${call.provider}`);
    return upstream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    for (const upstream of this.upstreams) await upstream[Symbol.asyncDispose]();
  }
}

function manifest(name: Name, spec: object): object {
  const models = [...new Set(billedCalls.filter(({ provider }) => provider === name).map(({ model }) => model))];
  return {
    apiVersion: 'tidegate.io/v1alpha1',
    kind: 'LLMProvider',
    metadata: { name },
    spec: { ...spec, models: models.map((model) => ({ name: model, pricing: pricingOf(model) })) },
  };
}

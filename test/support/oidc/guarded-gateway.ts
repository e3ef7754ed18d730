/** A gateway process whose callers sign in at an {@link IdentityProvider}, with one provider of each type behind it. */
import { anthropicProvider, anthropicSecret } from '../gateway/anthropic.ts';
import { bedrockKeys, bedrockProvider } from '../gateway/bedrock.ts';
import { googleProvider, googleSecret } from '../gateway/google.ts';
import { provider, secret, StandaloneGateway, upstreamKey } from '../gateway/index.ts';
import { bedrock } from '../../upstreams/bedrock/index.ts';
import { anthropic, google, openAI, UpstreamServer } from '../../upstreams/index.ts';
import { IdentityProvider, type IdentityProviderOptions } from './identity-provider.ts';

export const AUDIENCE = 'https://gateway.example.com';

/** What every fake upstream says. */
export const GREETING = 'Hello world grüße 日本';

/** A ClusterRole and its binding: these subjects may call every provider. */
export function invokers(...subjects: readonly { readonly kind: 'User' | 'Group'; readonly name: string }[]): object[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const apiVersion = `${apiGroup}/v1`;
  return [
    {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name: 'invoker' },
      rules: [{ apiGroups: ['tidegate.io'], resources: ['llmproviders'], verbs: ['invoke'] }],
    },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'invokers' },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'invoker' },
      subjects: subjects.map((subject) => ({ apiGroup, ...subject })),
    },
  ];
}

/** Name of the file of manifests that says who may call. */
export const ACCESS = 'access.yaml';

export interface GuardedGatewayOptions extends Partial<IdentityProviderOptions> {
  /** Put over the provider's own entry of `authentication.jwt`. */
  readonly entry?: object;
  /** Further entries of `authentication.jwt`. */
  readonly issuers?: readonly object[];
  /** Put over the configuration. */
  readonly config?: object;
  /** Default `trace`: most of what might leak a credential is logged then. */
  readonly logLevel?: string;
}

/** Who may call: the client `ci`, and whoever is in the group `research`. */
export class GuardedGateway implements AsyncDisposable {
  readonly idp: IdentityProvider;
  readonly gateway: StandaloneGateway;
  readonly upstreams: Readonly<Record<'openai' | 'anthropic' | 'gemini' | 'bedrock', UpstreamServer>>;

  private constructor(
    idp: IdentityProvider,
    gateway: StandaloneGateway,
    upstreams: Readonly<Record<'openai' | 'anthropic' | 'gemini' | 'bedrock', UpstreamServer>>,
  ) {
    this.idp = idp;
    this.gateway = gateway;
    this.upstreams = upstreams;
  }

  static async start(options: GuardedGatewayOptions = {}): Promise<GuardedGateway> {
    const idp = await IdentityProvider.start({ audience: AUDIENCE, ...options });
    idp.claims.set('ada', { groups: ['research'] });
    const keys = [upstreamKey];
    const upstreams = {
      openai: await UpstreamServer.start({ wire: openAI(), keys }),
      anthropic: await UpstreamServer.start({ wire: anthropic(), keys }),
      gemini: await UpstreamServer.start({ wire: google(), keys }),
      bedrock: await UpstreamServer.start({ wire: bedrock({ keys: bedrockKeys() }) }),
    };
    const gateway = await StandaloneGateway.start({
      manifests: {
        'openai.yaml': [provider('openai', upstreams.openai.origin), secret('openai')],
        'anthropic.yaml': [anthropicProvider('anthropic', upstreams.anthropic.origin), anthropicSecret()],
        'gemini.yaml': [googleProvider('gemini', upstreams.gemini.origin), googleSecret('gemini')],
        'bedrock.yaml': bedrockProvider('bedrock', upstreams.bedrock.origin),
        [ACCESS]: invokers({ kind: 'User', name: 'ci' }, { kind: 'Group', name: 'research' }),
      },
      config: {
        logging: { level: options.logLevel ?? 'trace' },
        authentication: { jwt: [idp.gatewayConfiguration(options.entry), ...(options.issuers ?? [])] },
        ...options.config,
      },
    });
    return new GuardedGateway(idp, gateway, upstreams);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    for (const upstream of Object.values(this.upstreams)) await upstream[Symbol.asyncDispose]();
    await this.idp[Symbol.asyncDispose]();
  }
}

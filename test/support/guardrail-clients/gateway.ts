/** A gateway before fakes of every provider, each once without Guardrails, once with some that are enforced, once with them in Audit. */
import { anthropic, google, openAI, type Scenario, UpstreamServer } from '../../upstreams/index.ts';
import { bedrock } from '../../upstreams/bedrock/index.ts';
import { anthropicProvider, anthropicSecret } from '../gateway/anthropic.ts';
import { bedrockKeys, bedrockProvider } from '../gateway/bedrock.ts';
import { googleProvider, googleSecret } from '../gateway/google.ts';
import { provider, secret, StandaloneGateway, upstreamKey } from '../gateway/index.ts';

export type WireName = 'openai' | 'anthropic' | 'google' | 'bedrock';

/** Which Guardrails are on the way: none, those that are enforced, the same in Audit, or one of the test's own called `own`. */
export type Guarding = 'open' | 'guarded' | 'audited' | 'own';

/** A Guardrail as users write it. */
export function guardrail(name: string, spec: object): object {
  return { apiVersion: 'tidegate.io/v1alpha1', kind: 'Guardrail', metadata: { name }, spec };
}

/** What is blocked, in either direction. */
export const SECRET_WORD = 'Blue Heron';

/** What callers read then. */
export const INPUT_MESSAGE = 'Please leave project names out of it.';
export const OUTPUT_MESSAGE = 'Withheld by policy.';

const personalData = {
  pii: {
    entities: [
      { type: 'Email', action: 'Mask' },
      { type: 'CreditCard', action: 'Mask' },
    ],
  },
};

const secrecy = {
  messages: { input: INPUT_MESSAGE, output: OUTPUT_MESSAGE },
  wordFilters: [{ name: 'project-names', words: [SECRET_WORD], action: 'Block' }],
};

const refs: Readonly<Record<Guarding, object>> = {
  open: {},
  guarded: { guardrailRefs: [{ name: 'personal-data' }, { name: 'secrecy' }] },
  audited: { guardrailRefs: [{ name: 'personal-data-audit' }, { name: 'secrecy-audit' }] },
  own: { guardrailRefs: [{ name: 'own' }] },
};

/** The name of a provider. */
export function providerName(wire: WireName, guarding: Guarding): string {
  return `${guarding}-${wire}`;
}

/** A running gateway with what is behind it. */
export class GuardedGateway implements AsyncDisposable {
  readonly gateway: StandaloneGateway;
  readonly #upstreams: Readonly<Record<WireName, UpstreamServer>>;

  private constructor(gateway: StandaloneGateway, upstreams: Readonly<Record<WireName, UpstreamServer>>) {
    this.gateway = gateway;
    this.#upstreams = upstreams;
  }

  /** `own`: manifests of the test's own, a Guardrail called `own` among them. */
  static async start(own: readonly object[] = []): Promise<GuardedGateway> {
    const keys = [upstreamKey];
    const upstreams = {
      openai: await UpstreamServer.start({ wire: openAI(), keys }),
      anthropic: await UpstreamServer.start({ wire: anthropic(), keys }),
      google: await UpstreamServer.start({ wire: google(), keys }),
      bedrock: await UpstreamServer.start({ wire: bedrock({ keys: bedrockKeys() }) }),
    };
    const guardings: readonly Guarding[] = ['open', 'guarded', 'audited', ...(own.length > 0 ? ['own' as const] : [])];
    const providers = guardings.flatMap((guarding) => {
      const name = (wire: WireName): string => providerName(wire, guarding);
      const spec = refs[guarding];
      return [
        provider(name('openai'), upstreams.openai.origin, { ...spec, secretRef: { name: 'openai' } }),
        anthropicProvider(name('anthropic'), upstreams.anthropic.origin, spec),
        googleProvider(name('google'), upstreams.google.origin, { ...spec, secretRef: { name: 'google' } }),
        ...bedrockProvider(name('bedrock'), upstreams.bedrock.origin, spec),
      ];
    });
    const gateway = await StandaloneGateway.start({
      manifests: {
        'guardrails.yaml': [
          guardrail('personal-data', personalData),
          guardrail('secrecy', secrecy),
          guardrail('personal-data-audit', { ...personalData, mode: 'Audit' }),
          guardrail('secrecy-audit', { ...secrecy, mode: 'Audit' }),
          ...own,
        ],
        'providers.yaml': [...providers, secret('openai'), anthropicSecret(), googleSecret('google')],
      },
      config: { guardrails: { responseHeader: true } },
    });
    return new GuardedGateway(gateway, upstreams);
  }

  /** What is behind providers of a wire. */
  upstream(wire: WireName): UpstreamServer {
    return this.#upstreams[wire];
  }

  /** The next request to a wire is answered so. */
  next(wire: WireName, scenario: Scenario): void {
    this.#upstreams[wire].misbehave(scenario);
  }

  /** Base URL for an SDK. */
  url(wire: WireName, guarding: Guarding): string {
    return this.gateway.provider(providerName(wire, guarding));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await Promise.all(Object.values(this.#upstreams).map((upstream) => upstream[Symbol.asyncDispose]()));
  }
}

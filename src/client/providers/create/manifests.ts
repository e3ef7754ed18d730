/** The objects of a new provider, from what was asked for. */
import { DEFAULT_SECRET_KEYS } from '../../../api/defaults.ts';
import type { ProviderType } from '../../../api/generated/llmprovider.ts';
import { API_VERSION } from '../../../api/group.ts';
import { CommandError } from '../../../command/io.ts';
import type { SecretManifest } from '../../kubernetes/providers.ts';
import { resourceName } from './name.ts';

export interface NewProvider {
  readonly displayName: string;
  /** Default: derived from `displayName`. */
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly type: ProviderType;
  readonly baseURL?: string | undefined;
  /** Of Bedrock. */
  readonly region?: string | undefined;
  /** Empty: every one. */
  readonly models: readonly string[];
  /** Name of the Secret with the key. */
  readonly secret?: string | undefined;
  /** Key within it; default: that of the type. */
  readonly secretKey?: string | undefined;
  /** Of Anthropic: callers bring their own credential. */
  readonly passthrough: boolean;
  /** A Secret is made, with a value that is told later. */
  readonly makesSecret: boolean;
}

export interface NewObjects {
  readonly provider: {
    readonly apiVersion: string;
    readonly kind: 'LLMProvider';
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly spec: { readonly type: ProviderType } & Readonly<Record<string, unknown>>;
  };
  /** With this value. */
  readonly secret:
    ((value: string) => SecretManifest & { readonly apiVersion: string; readonly kind: 'Secret' }) | undefined;
  /** Key within the Secret. */
  readonly secretKey: string;
}

/** Throws a CommandError when something is missing. What else is wrong, the schema says. */
export function objectsOf(wanted: NewProvider): NewObjects {
  const { displayName, type, namespace, baseURL, region, models, passthrough, makesSecret } = wanted;
  const name = wanted.name ?? resourceName(displayName);
  if (name === undefined) {
    throw new CommandError(`no name of an object can be made of "${displayName}"`, undefined, {
      hint: 'say one with --name',
    });
  }
  const ownKey = type === 'Bedrock' ? '' : DEFAULT_SECRET_KEYS[type];
  const secretKey = wanted.secretKey ?? ownKey;
  const takesSecret = type !== 'Bedrock' && !passthrough;
  const secretName = wanted.secret ?? (makesSecret ? name : undefined);
  requireSecret(type, takesSecret, secretName);
  const metadata = (of: string) => ({ name: of, ...(namespace !== undefined && { namespace }) });
  return {
    provider: {
      apiVersion: API_VERSION,
      kind: 'LLMProvider',
      metadata: metadata(name),
      spec: {
        ...(displayName !== name && { displayName }),
        type,
        ...(baseURL !== undefined && { baseURL }),
        ...(region !== undefined && { bedrock: { region } }),
        ...(secretName !== undefined && {
          secretRef: { name: secretName, ...(secretKey !== ownKey && { key: secretKey }) },
        }),
        ...(passthrough && { anthropic: { authPassthrough: true } }),
        ...(models.length > 0 && { models: models.map((model) => ({ name: model })) }),
      },
    },
    secret:
      makesSecret && secretName !== undefined
        ? (value) => ({
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: metadata(secretName),
            stringData: { [secretKey]: value },
          })
        : undefined,
    secretKey,
  };
}

function requireSecret(type: ProviderType, takesSecret: boolean, secretName: string | undefined): void {
  if (!takesSecret && secretName !== undefined) {
    throw new CommandError(
      type === 'Bedrock'
        ? 'Bedrock takes no key: AWS credentials sign'
        : 'with --passthrough callers bring their own key',
      undefined,
      { hint: 'leave --secret, --secret-from-file and --secret-from-env away' },
    );
  }
  if (takesSecret && type !== 'OpenAICompatible' && secretName === undefined) {
    throw new CommandError(`a provider of the type ${type} needs a Secret with its key`, undefined, {
      hint: 'name one that is there with --secret, or have one made with --secret-from-file or --secret-from-env',
    });
  }
}

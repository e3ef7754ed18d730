/** `tidegate env -L PROVIDER`: the variables with which the SDKs and tools of a provider's kind work through the gateway. */
import type { ProviderType } from '../../api/generated/llmprovider.ts';
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { filled } from '../profiles/paths.ts';
import { openSession } from '../session.ts';
import type { AccessToken, ClientFlags } from '../types.ts';
import { UNUSED_KEY } from '../unused-key.ts';
import { showVariables, type EnvFormat } from './shells.ts';
import { findTarget, warn } from './target.ts';
import { endingWarning } from './token-life.ts';
import type { KnownTarget, Target } from './types.ts';

interface EnvOptions extends ClientFlags {
  readonly provider: string;
  readonly format: EnvFormat;
  /** What the provider is, for those who may not read it. */
  readonly type?: ProviderType;
}

/** It is copied and used for a while. */
const FRESH_MS = 30 * 60 * 1000;

export async function runEnv(options: EnvOptions, io: CommandIO): Promise<number> {
  const { tokens, gateway } = await openSession(options, io);
  const token = await tokens.token(FRESH_MS);
  const target = await findTarget(gateway, options.provider);
  const known = target.known ?? assumed(options);
  const variables = variablesOf(target, known, token, io.env);
  const ending = endingWarning(token, Date.now(), 'nothing refreshes what is printed here: call this again then');
  warn(io, [...(ending === undefined ? [] : [ending]), ...contradictions(known, io.env)]);
  io.stdout.write(showVariables(options.format, variables));
  return EXIT.ok;
}

/** Variables that the SDKs of a type take before, or beside, what is printed here. */
const CONTRADICTING: Readonly<Partial<Record<ProviderType, readonly string[]>>> = {
  Anthropic: ['ANTHROPIC_API_KEY'],
  GoogleAI: ['GOOGLE_API_KEY', 'GOOGLE_GENAI_USE_VERTEXAI'],
  Bedrock: ['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'],
};

/** One line for each that is set: the key of somebody else would be sent to the gateway, or the call would pass it by. */
export function contradictions(
  { type, isPassthrough }: Pick<KnownTarget, 'type' | 'isPassthrough'>,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  // There the caller's own key is what goes on.
  if (isPassthrough) return [];
  return (CONTRADICTING[type] ?? [])
    .filter((name) => filled(env[name]) !== undefined)
    .map((name) => `${name} is set, too, and tools use it beside or instead of what is printed here: unset ${name}`);
}

function assumed({ type, provider }: EnvOptions): KnownTarget {
  if (type !== undefined) return { type, isPassthrough: false, models: [] };
  throw new CommandError(`you may not read the provider "${provider}", so its type is not known`, EXIT.forbidden, {
    hint: 'name it with --type',
  });
}

/** @param env keeps the region of Amazon's, which the gateway does not look at */
export function variablesOf(
  { url }: Pick<Target, 'url'>,
  { type, isPassthrough }: KnownTarget,
  token: AccessToken | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const key = token === undefined ? UNUSED_KEY : token.value.reveal();
  switch (type) {
    case 'Anthropic':
      return isPassthrough
        ? {
            ANTHROPIC_BASE_URL: url,
            ...(token !== undefined && { ANTHROPIC_CUSTOM_HEADERS: `X-Tidegate-Authorization: Bearer ${key}` }),
          }
        : { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: key };
    case 'OpenAI':
    case 'OpenAICompatible':
      return { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key };
    case 'GoogleAI':
      return { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key };
    case 'Bedrock':
    default:
      return {
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
        AWS_BEARER_TOKEN_BEDROCK: key,
        AWS_REGION: filled(env['AWS_REGION']) ?? filled(env['AWS_DEFAULT_REGION']) ?? 'us-east-1',
      };
  }
}

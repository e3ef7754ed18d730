/** A provider as snippets name it. */
import type { ProviderType } from '../../api/generated/llmprovider.ts';
import { PROVIDER_TYPES } from '../../api/provider-types.ts';
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import type { ProviderDocument } from '../gateway/documents.ts';
import { isPrintable } from '../output/style.ts';
import { filled } from '../profiles/paths.ts';
import { openSession, type Session } from '../session.ts';
import type { ClientFlags } from '../types.ts';
import { shell } from './snippets/quote.ts';
import type { Place } from './snippets/types.ts';

export interface PlaceOptions extends ClientFlags {
  readonly model?: string;
  readonly arguments: readonly string[];
}

/** Models to show where every one is allowed. */
const USUAL_MODELS: Readonly<Record<ProviderType, string | undefined>> = {
  OpenAI: 'gpt-5-mini',
  Anthropic: 'claude-haiku-4-5-20251001',
  GoogleAI: 'gemini-2.5-flash',
  Bedrock: 'us.amazon.nova-lite-v1:0',
  OpenAICompatible: undefined,
};

/** Asks the gateway. Throws a CommandError when no model can be named. */
export async function placeOf(
  options: PlaceOptions,
  io: CommandIO,
): Promise<{ readonly type: ProviderType; readonly place: Place }> {
  const [name = ''] = options.arguments;
  const session = await openSession(options, io);
  const provider = await session.gateway.provider(name);
  const type = typeOf(provider);
  const model = options.model ?? provider.models?.[0]?.name ?? USUAL_MODELS[type];
  if (model === undefined) {
    throw new CommandError(`"${name}" allows every model, and none is known`, EXIT.usage, {
      hint: 'name one with --model',
    });
  }
  if (!isPrintable(model)) {
    throw new CommandError(`"${name}" names a model that no terminal should show`, EXIT.failure, {
      hint: 'name another one with --model',
    });
  }
  requireAllowed(provider, model);
  const isAnonymous = (await session.tokens.token()) === undefined;
  return {
    type,
    place: {
      provider: name,
      url: session.gateway.providerURL(provider),
      model,
      tokenCommand: isAnonymous ? undefined : tokenCommand(options, session, io),
      passthrough: provider.auth?.mode === 'Passthrough',
    },
  };
}

function typeOf({ name, type }: ProviderDocument): ProviderType {
  const known = PROVIDER_TYPES.find((each) => each === type);
  if (known !== undefined) return known;
  throw new CommandError(
    type === undefined
      ? `"${name}" is not valid: the gateway tells no type`
      : `"${name}" is of the type "${type}", which this version does not know`,
    EXIT.failure,
  );
}

function requireAllowed({ name, models = [] }: ProviderDocument, model: string): void {
  if (models.length === 0 || models.some((each) => each.name === model)) return;
  const allowed = models.slice(0, 10).map((each) => each.name);
  throw new CommandError(`"${name}" does not allow the model "${model}"`, EXIT.usage, {
    hint: `allowed: ${allowed.join(', ')}${models.length > allowed.length ? ', …' : ''}`,
  });
}

/** As short as it can be and still mean this gateway in another terminal. */
function tokenCommand({ profile, certificateAuthority }: ClientFlags, session: Session, { env }: CommandIO): string {
  const words = ['tidegate', 'token'];
  const { settings } = session;
  if (settings.profile === undefined) {
    words.push('--url', settings.url);
    if (certificateAuthority !== undefined) words.push('--certificate-authority', certificateAuthority);
  } else if ((profile ?? filled(env['TIDEGATE_PROFILE'])) !== undefined) words.push('--profile', settings.profile);
  return words.map((word) => shell(word)).join(' ');
}

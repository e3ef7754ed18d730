/** What can be known of a provider before an agent starts: an agent would take minutes to say that nothing works. */
import type { ProviderType } from '../../api/generated/llmprovider.ts';
import { PROVIDER_TYPES } from '../../api/provider-types.ts';
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import type { ProviderDocument } from '../gateway/documents.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { plain } from '../output/style.ts';
import { statusOf } from '../providers/describe.ts';
import { isAllowed, namesOf } from './allowlist.ts';
import type { AgentName, Target } from './types.ts';

interface AgentFacts {
  /** As people call it. */
  readonly title: string;
  readonly types: readonly ProviderType[];
  /** How it is installed. */
  readonly install: string;
}

export const AGENTS: Readonly<Record<AgentName, AgentFacts>> = {
  claude: {
    title: 'Claude Code',
    types: ['Anthropic', 'Bedrock'],
    install: 'npm install -g @anthropic-ai/claude-code',
  },
  codex: { title: 'Codex', types: ['OpenAI', 'OpenAICompatible'], install: 'npm install -g @openai/codex' },
  gemini: { title: 'Gemini CLI', types: ['GoogleAI'], install: 'npm install -g @google/gemini-cli' },
};

/** Rejects with a CommandError when the provider is not there, is disabled or does not work. */
export async function findTarget(gateway: Gateway, name: string): Promise<Target> {
  let provider: ProviderDocument;
  try {
    provider = await gateway.provider(name);
  } catch (error) {
    // Calling a provider and reading it are two rights: the gateway judges the call itself.
    const isUnreadable = error instanceof CommandError && error.status === EXIT.forbidden;
    if (isUnreadable) return { name, url: gateway.providerURL({ name }), known: undefined };
    throw error;
  }
  requireActive(provider);
  const { type, auth, models = [] } = provider;
  const knownType = PROVIDER_TYPES.find((each) => each === type);
  if (knownType === undefined) {
    throw new CommandError(
      `the provider "${name}" is of the type "${type ?? ''}", which is not known here`,
      EXIT.failure,
      {
        hint: 'the gateway is newer than this program: update it',
      },
    );
  }
  return {
    name,
    url: gateway.providerURL(provider),
    known: {
      type: knownType,
      isPassthrough: auth?.mode === 'Passthrough',
      models: models.map((model) => model.name),
    },
  };
}

function requireActive(provider: ProviderDocument): void {
  const { name, enabled } = provider;
  if (enabled === false) {
    throw new CommandError(`the provider "${name}" is disabled`, EXIT.failure, {
      hint: `whoever may change it can say "tidegate provider enable ${name}"`,
    });
  }
  const { isActive, reason, message } = statusOf(provider);
  if (!isActive) throw new CommandError(`the provider "${name}" is not active: ${reason}: ${message}`, EXIT.failure);
}

/** Throws a CommandError when an agent cannot work with a provider of this type. */
export function requireType(agent: AgentName, { name, known }: Target): void {
  if (known === undefined) return;
  const { title, types } = AGENTS[agent];
  if (types.includes(known.type)) return;
  const other = (Object.keys(AGENTS) as AgentName[]).find((each) => AGENTS[each].types.includes(known.type));
  throw new CommandError(
    `the provider "${name}" is of type ${known.type}; ${title} needs ${types.join(' or ')}`,
    EXIT.usage,
    {
      hint: other === undefined ? '"tidegate provider list" shows what there is' : `tidegate run ${other} -L ${name}`,
    },
  );
}

/** Throws a CommandError that names the allowed models when this one is not among them. */
export function requireModel({ name, known }: Target, model: string): void {
  const models = known?.models ?? [];
  if (isAllowed(models, model)) return;
  throw new CommandError(`the provider "${name}" does not allow the model "${model}"`, EXIT.usage, {
    hint: `it allows: ${namesOf(models)}`,
  });
}

/** Where a line about what is not an error goes. */
export function warn(io: Pick<CommandIO, 'stderr'>, warnings: readonly string[]): void {
  for (const warning of warnings) io.stderr.write(`warning: ${plain(warning)}\n`);
}

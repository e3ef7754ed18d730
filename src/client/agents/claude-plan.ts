/** How Claude Code is started: in the user's own configuration home, with settings and variables of this session. */
import { CommandError } from '../../command/io.ts';
import { filled } from '../profiles/paths.ts';
import { UNUSED_KEY } from '../unused-key.ts';
import { modelArgument } from './agent-arguments.ts';
import { claudeModels } from './claude-models.ts';
import { withSettings } from './claude-settings.ts';
import { requireType } from './target.ts';
import { shellCommand } from './token-command.ts';
import { trusting } from './trust.ts';
import { endingWarning, refreshMilliseconds } from './token-life.ts';
import type { AccessToken } from '../types.ts';
import type { LaunchPlan, PlanInput, Target } from './types.ts';

export interface ClaudeFlags {
  readonly model?: string;
  readonly passthrough?: boolean;
  readonly bedrock?: boolean;
}

/**
 * How the agent gets through the gateway.
 *
 * - `Managed`: the gateway has the key; the agent sends the gateway token
 * - `Passthrough`: the user's own subscription goes on to the provider; the gateway token goes in a header of its own
 * - `Bedrock`: the agent speaks Bedrock's API; the gateway signs
 */
export type ClaudeMode = 'Managed' | 'Passthrough' | 'Bedrock';

/** Variables that would lead the agent elsewhere, or let somebody else sign in. */
const ELSEWHERE = [
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
  'CLAUDE_CODE_USE_MANTLE',
  'CLAUDE_CODE_USE_ANTHROPIC_AWS',
  'CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD',
  'ANTHROPIC_BASE_URL',
  'ANTHROPIC_BEDROCK_BASE_URL',
];
const OTHER_KEYS = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'];
/** Amazon's own credentials have no business here: the gateway signs. */
const AMAZON_KEYS = ['AWS_BEARER_TOKEN_BEDROCK'];

const HEADERS = 'ANTHROPIC_CUSTOM_HEADERS';
const DEFAULT_REGION = 'us-east-1';

export interface ClaudeInput extends PlanInput<ClaudeFlags> {
  /** A throw-away directory, where the user's own settings are in a file. */
  readonly home?: string;
}

/** Throws a CommandError when it cannot work like this. */
export function planClaude(input: ClaudeInput): LaunchPlan {
  const { target, env, token, now, agentArguments, certificateAuthority } = input;
  requireType('claude', target);
  const { mode, warnings } = modeOf(target, input.flags);
  const models = claudeModels(target, {
    model: modelArgument(agentArguments, ['--model']) ?? input.flags.model ?? filled(env['ANTHROPIC_MODEL']),
    background: filled(env['ANTHROPIC_DEFAULT_HAIKU_MODEL']) ?? filled(env['ANTHROPIC_SMALL_FAST_MODEL']),
    isBedrock: mode === 'Bedrock',
  });
  const open = { ...cleared([...ELSEWHERE, ...OTHER_KEYS]), ...addressOf(mode, input), ...models.env };
  const refresh = token === undefined ? undefined : refreshMilliseconds(token, now);
  const isHelped = token !== undefined && mode !== 'Passthrough';
  const session = {
    ...open,
    ...(token === undefined && mode !== 'Passthrough' && { ANTHROPIC_AUTH_TOKEN: UNUSED_KEY }),
    ...(isHelped && { CLAUDE_CODE_API_KEY_HELPER_TTL_MS: String(refresh) }),
  };
  const settings = {
    ...(isHelped && { apiKeyHelper: shellCommand(input.tokenCommand) }),
    env: session,
  };
  return {
    ...withSettings(agentArguments, settings, input.home),
    env: {
      ...taken(session),
      ...(mode === 'Managed' && { CLAUDE_CODE_OAUTH_TOKEN: undefined }),
      ...(mode === 'Bedrock' && Object.fromEntries(AMAZON_KEYS.map((name) => [name, undefined]))),
      ...headersOf(env[HEADERS], mode === 'Passthrough' ? token : undefined),
      ...trusting('NODE_EXTRA_CA_CERTS', certificateAuthority, env),
    },
    warnings: [...warnings, ...ignoredKeys(mode, env), ...endings(mode, input), ...models.warnings],
  };
}

function modeOf(
  target: Target,
  flags: ClaudeFlags,
): { readonly mode: ClaudeMode; readonly warnings: readonly string[] } {
  const { passthrough = false, bedrock = false } = flags;
  const { known, name } = target;
  const isBedrock = known === undefined ? bedrock : known.type === 'Bedrock';
  if (isBedrock && passthrough) {
    throw new CommandError('--passthrough does not go with Bedrock: a subscription is for the API of Anthropic alone');
  }
  if (known === undefined) return { mode: bedrock ? 'Bedrock' : passthrough ? 'Passthrough' : 'Managed', warnings: [] };
  const warnings: string[] = [];
  if (bedrock && !isBedrock) warnings.push(`--bedrock is ignored: the provider "${name}" is of type ${known.type}`);
  if (passthrough && !known.isPassthrough) {
    warnings.push(`--passthrough is ignored: the provider "${name}" calls with its own key`);
  }
  return { mode: isBedrock ? 'Bedrock' : known.isPassthrough ? 'Passthrough' : 'Managed', warnings };
}

function addressOf(mode: ClaudeMode, { target, env }: PlanInput<ClaudeFlags>): Readonly<Record<string, string>> {
  if (mode !== 'Bedrock') return { ANTHROPIC_BASE_URL: target.url };
  return {
    CLAUDE_CODE_USE_BEDROCK: '1',
    CLAUDE_CODE_SKIP_BEDROCK_AUTH: '1',
    ANTHROPIC_BEDROCK_BASE_URL: target.url,
    // It must have one; the gateway calls that of the provider.
    AWS_REGION: filled(env['AWS_REGION']) ?? filled(env['AWS_DEFAULT_REGION']) ?? DEFAULT_REGION,
  };
}

function ignoredKeys(mode: ClaudeMode, env: PlanInput<ClaudeFlags>['env']): readonly string[] {
  if (mode !== 'Passthrough') return [];
  return OTHER_KEYS.filter((name) => filled(env[name]) !== undefined).map(
    (name) => `${name} is not used: your own Claude subscription signs in`,
  );
}

function endings(mode: ClaudeMode, { token, now }: PlanInput<ClaudeFlags>): readonly string[] {
  const fixed = 'Claude Code cannot take another one while it runs: start it anew then';
  const spent = 'it cannot be refreshed: run "tidegate login" again before';
  if (mode !== 'Passthrough' && token?.isRefreshable === true) return [];
  const warning = endingWarning(token, now, mode === 'Passthrough' ? fixed : spent);
  return warning === undefined ? [] : [warning];
}

/**
 * `Name: Value` each on its line. A header of ours that is left from elsewhere goes: the gateway would take its token, which
 * has ended by now, before the one of this session.
 */
function headersOf(
  present: string | undefined,
  token: AccessToken | undefined,
): Readonly<Record<string, string | undefined>> {
  const lines = (present ?? '').split('\n').filter((line) => line.trim() !== '' && !/^\s*x-tidegate-/i.test(line));
  if (token !== undefined) lines.push(`X-Tidegate-Authorization: Bearer ${token.value.reveal()}`);
  return present === undefined && lines.length === 0 ? {} : { [HEADERS]: filled(lines.join('\n')) };
}

/** Settings can only set a variable to nothing, not take it away: to the agent that is the same. */
function cleared(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, '']));
}

/** What is set to nothing is taken away. */
function taken(env: Readonly<Record<string, string>>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]));
}

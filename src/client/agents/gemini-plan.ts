/** How Gemini CLI is started: in the user's own home, with settings of this session above all others. */
import path from 'node:path';
import { CommandError } from '../../command/io.ts';
import { filled } from '../profiles/paths.ts';
import { modelArgument } from './agent-arguments.ts';
import { namesOf } from './allowlist.ts';
import { requireModel, requireType } from './target.ts';
import { endingWarning } from './token-life.ts';
import { trusting } from './trust.ts';
import type { LaunchPlan, PlanInput } from './types.ts';

export interface GeminiFlags {
  readonly model?: string;
}

export interface GeminiInput extends PlanInput<GeminiFlags> {
  /** The throw-away directory. */
  readonly home: string;
  /** The administrator's settings of this machine: their file, and what is in it if there is one. */
  readonly system: { readonly file: string; readonly content: string | undefined };
}

const SETTINGS = 'settings.json';
const SETTINGS_PATH = 'GEMINI_CLI_SYSTEM_SETTINGS_PATH';
const DEFAULTS_PATH = 'GEMINI_CLI_SYSTEM_DEFAULTS_PATH';
/** Names that it makes a model of by itself. */
const ALIASES = ['auto', 'pro', 'flash', 'flash-lite'];
/** It does not start without a key, even where nobody asks for one. */
const ANONYMOUS = 'anonymous';

/** Variables that would lead the agent elsewhere, or let somebody else sign in. */
const ELSEWHERE = [
  'GOOGLE_GENAI_USE_VERTEXAI',
  'GOOGLE_GENAI_USE_GCA',
  'GOOGLE_API_KEY',
  'GEMINI_API_KEY_AUTH_MECHANISM',
];

/** Where the administrator's settings are, unless a variable says otherwise. */
export function systemSettingsFile(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = filled(env[SETTINGS_PATH]);
  if (named !== undefined) return named;
  if (platform === 'darwin') return '/Library/Application Support/GeminiCli/settings.json';
  return platform === 'win32' ? String.raw`C:\ProgramData\gemini-cli\settings.json` : '/etc/gemini-cli/settings.json';
}

/** Throws a CommandError when it cannot work like this. */
export function planGemini(input: GeminiInput): LaunchPlan {
  const { target, flags, env, agentArguments, token, now, home, system } = input;
  requireType('gemini', target);
  const allowed = target.known?.models ?? [];
  const wanted = modelArgument(agentArguments, ['-m', '--model']) ?? flags.model ?? filled(env['GEMINI_MODEL']);
  if (wanted !== undefined && !ALIASES.includes(wanted)) requireModel(target, wanted);
  const model = wanted ?? allowed[0];
  const warnings: string[] = [];
  if (wanted === undefined && model !== undefined) {
    warnings.push(`no model is named: "${model}" is used. The provider "${target.name}" allows: ${namesOf(allowed)}`);
  }
  const ending = endingWarning(token, now, 'Gemini CLI cannot take another one while it runs: start it anew then');
  if (ending !== undefined) warnings.push(ending);
  return {
    arguments: agentArguments,
    env: {
      ...Object.fromEntries(ELSEWHERE.map((name) => [name, undefined])),
      GOOGLE_GEMINI_BASE_URL: target.url,
      GEMINI_API_KEY: token === undefined ? ANONYMOUS : token.value.reveal(),
      ...(model !== undefined && { GEMINI_MODEL: model }),
      [SETTINGS_PATH]: path.join(home, SETTINGS),
      // It looks for them beside the settings.
      [DEFAULTS_PATH]: filled(env[DEFAULTS_PATH]) ?? path.join(path.dirname(system.file), 'system-defaults.json'),
      ...trusting('NODE_EXTRA_CA_CERTS', input.certificateAuthority, env),
    },
    files: { [SETTINGS]: `${JSON.stringify(settings(system), undefined, 2)}\n` },
    warnings,
  };
}

type JSONObject = Readonly<Record<string, unknown>>;

/** The administrator's, with the one way to sign in that leads through the gateway. */
function settings({ file, content }: GeminiInput['system']): JSONObject {
  const theirs = content === undefined ? {} : parsed(file, content);
  const security = objectAt(theirs, 'security');
  const auth = { ...objectAt(security, 'auth'), selectedType: 'gemini-api-key' };
  return { ...theirs, security: { ...security, auth } };
}

function parsed(file: string, content: string): JSONObject {
  // Comments are allowed in it; text in quotes is left alone.
  const plain = content.replaceAll(
    /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_all, text?: string) => text ?? '',
  );
  try {
    return JSON.parse(plain) as JSONObject;
  } catch (error) {
    throw new CommandError(`cannot read the settings of Gemini CLI in ${file}: ${(error as Error).message}`);
  }
}

function objectAt(object: JSONObject, name: string): JSONObject {
  const value = object[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JSONObject) : {};
}

/**
 * How Gemini CLI is started: in a throw-away home that leads to what is in the user's own, but for the settings, which say
 * how to sign in. Settings above the user's it takes from the administrator of the machine alone.
 */
import { homedir } from 'node:os';
import path from 'node:path';
import { CommandError } from '../../command/io.ts';
import { filled } from '../profiles/paths.ts';
import { UNUSED_KEY } from '../unused-key.ts';
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
  /** The throw-away home. */
  readonly home: string;
  /** The user's settings: their file, and what is in it if there is one. */
  readonly settings: SettingsFile;
  /** Those of the launch directory, which win over the user's where it is trusted. */
  readonly workspace: SettingsFile;
}

export interface SettingsFile {
  readonly file: string;
  readonly content: string | undefined;
}

/** Where its own things are, below the home. */
export const FOLDER = '.gemini';
export const SETTINGS = 'settings.json';
const HOME = 'GEMINI_CLI_HOME';
/** Without it, trust that is given in the session would go with the throw-away home. */
const TRUSTED_FOLDERS = 'GEMINI_CLI_TRUSTED_FOLDERS_PATH';
/** The way to sign in that leads through the gateway. */
const KEY = 'gemini-api-key';
/** Names that it makes a model of by itself. */
const ALIASES = ['auto', 'pro', 'flash', 'flash-lite'];

/** Variables that would lead the agent elsewhere, or let somebody else sign in. */
const ELSEWHERE = [
  'GOOGLE_GENAI_USE_VERTEXAI',
  'GOOGLE_GENAI_USE_GCA',
  'GOOGLE_API_KEY',
  'GEMINI_API_KEY_AUTH_MECHANISM',
];

/** The user's own folder. */
export function geminiFolder(env: Readonly<Record<string, string | undefined>>): string {
  return path.join(filled(env[HOME]) ?? filled(env['HOME']) ?? homedir(), FOLDER);
}

/** Throws a CommandError when it cannot work like this. */
export function planGemini(input: GeminiInput): LaunchPlan {
  const { target, flags, env, agentArguments, token, now, home, settings } = input;
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
  warnings.push(...otherSignIn(input.workspace));
  return {
    arguments: agentArguments,
    env: {
      ...Object.fromEntries(ELSEWHERE.map((name) => [name, undefined])),
      GOOGLE_GEMINI_BASE_URL: target.url,
      GEMINI_API_KEY: token === undefined ? UNUSED_KEY : token.value.reveal(),
      ...(model !== undefined && { GEMINI_MODEL: model }),
      [HOME]: home,
      [TRUSTED_FOLDERS]: filled(env[TRUSTED_FOLDERS]) ?? path.join(path.dirname(settings.file), 'trustedFolders.json'),
      ...trusting('NODE_EXTRA_CA_CERTS', input.certificateAuthority, env),
    },
    files: { [path.join(FOLDER, SETTINGS)]: `${JSON.stringify(signingIn(settings), undefined, 2)}\n` },
    warnings,
  };
}

/** A launch directory that is trusted says how to sign in before the user does. */
function otherSignIn({ file, content }: SettingsFile): readonly string[] {
  const { selectedType } = objectAt(objectAt(content === undefined ? {} : parsed(file, content), 'security'), 'auth');
  if (selectedType === undefined || selectedType === KEY) return [];
  return [`${file} signs in by other means, past the gateway, if this directory is trusted: launch it elsewhere`];
}

type JSONObject = Readonly<Record<string, unknown>>;

/** The user's, with the way to sign in that leads through the gateway. */
function signingIn({ file, content }: SettingsFile): JSONObject {
  const theirs = content === undefined ? {} : parsed(file, content);
  const security = objectAt(theirs, 'security');
  const auth = { ...objectAt(security, 'auth'), selectedType: KEY };
  return { ...theirs, security: { ...security, auth } };
}

function parsed(file: string, content: string): JSONObject {
  // Comments are allowed in it; text in quotes is left alone.
  const plain = content.replaceAll(
    /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_all, text?: string) => text ?? '',
  );
  let value: unknown;
  try {
    value = JSON.parse(plain);
  } catch (error) {
    throw new CommandError(`cannot read the settings of Gemini CLI in ${file}: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JSONObject;
  throw new CommandError(`cannot read the settings of Gemini CLI in ${file}: they are no JSON object`);
}

function objectAt(object: JSONObject, name: string): JSONObject {
  const value = object[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JSONObject) : {};
}

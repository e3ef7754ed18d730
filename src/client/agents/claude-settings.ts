/** Settings for one session of Claude Code, by its command line: they win over those of the user and of the project. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError } from '../../command/io.ts';

type JSONObject = Readonly<Record<string, unknown>>;

export interface SessionSettings {
  readonly apiKeyHelper?: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface WithSettings {
  readonly arguments: readonly string[];
  /** To write into the session's home, by name. */
  readonly files: Readonly<Record<string, string>>;
}

const FILE = 'settings.json';

/** Whether the user's own `--settings` are in a file. */
export function hasSettingsFile(agentArguments: readonly string[]): boolean {
  const own = lastSettings(agentArguments);
  return own !== undefined && !isJSON(own.value);
}

/**
 * The agent's own arguments with our settings put in. It takes the last `--settings` alone, so where the user gives some
 * they are put under ours: what came from a file goes into one, since a command line is for all to read. Throws a
 * CommandError when theirs cannot be read.
 *
 * @param home the session's throw-away directory; needed where {@link hasSettingsFile}
 * @param read gives the content of a file
 */
export function withSettings(
  agentArguments: readonly string[],
  settings: SessionSettings,
  home: string | undefined,
  read: (file: string) => string = (file) => readFileSync(path.resolve(file), 'utf8'),
): WithSettings {
  const own = lastSettings(agentArguments);
  if (own === undefined) return { arguments: ['--settings', JSON.stringify(settings), ...agentArguments], files: {} };
  const { value, after } = own;
  const theirs = objectOf(value, read);
  const env = { ...(isObject(theirs['env']) ? theirs['env'] : {}), ...settings.env };
  const merged = JSON.stringify({ ...theirs, ...settings, env });
  const put = (word: string): readonly string[] => [
    ...agentArguments.slice(0, after),
    '--settings',
    word,
    ...agentArguments.slice(after),
  ];
  if (isJSON(value)) return { arguments: put(merged), files: {} };
  if (home === undefined) throw new TypeError('there is no home for the settings');
  return { arguments: put(path.join(home, FILE)), files: { [FILE]: merged } };
}

/** The one that the agent takes, and where what comes after it begins. */
function lastSettings(words: readonly string[]): { readonly value: string; readonly after: number } | undefined {
  const end = words.indexOf('--');
  const options = end === -1 ? words : words.slice(0, end);
  const last = options.findLastIndex((each) => each === '--settings' || each.startsWith('--settings='));
  const option = options[last];
  if (option === undefined) return undefined;
  return option === '--settings'
    ? { value: options[last + 1] ?? '', after: last + 2 }
    : { value: option.slice('--settings='.length), after: last + 1 };
}

function isJSON(value: string): boolean {
  return value.trimStart().startsWith('{');
}

/** JSON, or a file that holds some. */
function objectOf(value: string, read: (file: string) => string): JSONObject {
  let content: unknown;
  try {
    content = JSON.parse(isJSON(value) ? value : read(value));
  } catch (error) {
    throw new CommandError(`cannot read the --settings after "--": ${(error as Error).message}`);
  }
  if (!isObject(content)) throw new CommandError('the --settings after "--" must be a JSON object');
  return content;
}

function isObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

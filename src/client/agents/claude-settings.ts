/** Settings for one session of Claude Code, on its command line: they win over those of the user and of the project. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError } from '../../command/io.ts';

type JSONObject = Readonly<Record<string, unknown>>;

export interface SessionSettings {
  readonly apiKeyHelper?: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The agent's own arguments with our settings put in. It takes the last `--settings` alone, so where the user gives some
 * they are put under ours. Throws a CommandError when theirs cannot be read.
 *
 * @param read gives the content of a file
 */
export function withSettings(
  agentArguments: readonly string[],
  settings: SessionSettings,
  read: (file: string) => string = (file) => readFileSync(path.resolve(file), 'utf8'),
): readonly string[] {
  const end = agentArguments.indexOf('--');
  const options = end === -1 ? agentArguments : agentArguments.slice(0, end);
  const last = options.findLastIndex((each) => each === '--settings' || each.startsWith('--settings='));
  const option = options[last];
  if (option === undefined) return ['--settings', JSON.stringify(settings), ...agentArguments];
  const isApart = option === '--settings';
  const theirs = objectOf(isApart ? (options[last + 1] ?? '') : option.slice('--settings='.length), read);
  const env = { ...(isObject(theirs['env']) ? theirs['env'] : {}), ...settings.env };
  const merged = JSON.stringify({ ...theirs, ...settings, env });
  const after = last + (isApart ? 2 : 1);
  return [...agentArguments.slice(0, after), '--settings', merged, ...agentArguments.slice(after)];
}

/** JSON, or a file that holds some. */
function objectOf(value: string, read: (file: string) => string): JSONObject {
  const isJSON = value.trimStart().startsWith('{');
  let content: unknown;
  try {
    content = JSON.parse(isJSON ? value : read(value));
  } catch (error) {
    throw new CommandError(`cannot read the --settings after "--": ${(error as Error).message}`);
  }
  if (!isObject(content)) throw new CommandError('the --settings after "--" must be a JSON object');
  return content;
}

function isObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

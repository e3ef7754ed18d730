/** Where the client keeps what it remembers (XDG Base Directory; `%APPDATA%` and `%LOCALAPPDATA%` on Windows). */
import { homedir } from 'node:os';
import path from 'node:path';
import { CommandError } from '../../command/io.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The file with the profiles: `TIDEGATE_CONFIG`, else `tidegate/config.yaml` where configuration is kept. */
export function configurationFile(env: Environment, platform: NodeJS.Platform = process.platform): string {
  return filled(env['TIDEGATE_CONFIG']) ?? path.join(directory(env, platform, CONFIGURATION), 'config.yaml');
}

/** The directory for what is not configuration, tokens above all: `tidegate` where state is kept. */
export function stateDirectory(env: Environment, platform: NodeJS.Platform = process.platform): string {
  return directory(env, platform, STATE);
}

interface Place {
  readonly windows: string;
  readonly xdg: string;
  /** Below the home directory. */
  readonly fallback: readonly string[];
}

const CONFIGURATION: Place = { windows: 'APPDATA', xdg: 'XDG_CONFIG_HOME', fallback: ['.config'] };
const STATE: Place = { windows: 'LOCALAPPDATA', xdg: 'XDG_STATE_HOME', fallback: ['.local', 'state'] };

function directory(env: Environment, platform: NodeJS.Platform, { windows, xdg, fallback }: Place): string {
  const set = platform === 'win32' ? filled(env[windows]) : absolute(filled(env[xdg]));
  return path.join(set ?? path.join(homeOf(env), ...fallback), 'tidegate');
}

/** The specification has relative paths ignored. */
function absolute(value: string | undefined): string | undefined {
  return value !== undefined && path.isAbsolute(value) ? value : undefined;
}

/** A user without a home, as containers have them, may have none: Node.js throws then. */
function homeOf(env: Environment): string {
  const set = filled(env['HOME']);
  if (set !== undefined) return set;
  try {
    return homedir();
  } catch {
    throw new CommandError('there is no home directory', undefined, { hint: 'set HOME' });
  }
}

/** Whether what could not be read is not there: a home may be no directory, such as /dev/null. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** A variable that is set to nothing is not set. */
export function filled(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

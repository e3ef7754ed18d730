import { readFile } from 'node:fs/promises';
import { ConfigurationError } from './document.ts';
import { defaultConfiguration, parseConfiguration } from './load.ts';
import type { TidegateConfiguration } from './types.ts';

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a directory, not a file',
  EACCES: 'may not be read by this user',
};

/**
 * The configuration in `file`, or every default when there is none.
 *
 * @throws {ConfigurationError} when it cannot be read or is wrong; the message names file, line and column
 */
export async function loadConfiguration(file: string | undefined): Promise<TidegateConfiguration> {
  return file === undefined ? defaultConfiguration() : parseConfiguration(await readText(file), file);
}

/**
 * What stands in a file of ours.
 *
 * @throws {ConfigurationError} that says which file cannot be read, and why
 */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new ConfigurationError([`${file}: ${READ_ERRORS[code] ?? `cannot be read (${code})`}`]);
  }
}

import { readFile } from 'node:fs/promises';
import { ConfigurationError, defaultConfiguration, parseConfiguration } from './load.ts';
import type { TidegateConfiguration } from './types.ts';

/**
 * The configuration in `file`, or every default when there is none.
 *
 * @throws {ConfigurationError} when it cannot be read or is wrong; the message names file, line and column
 */
export async function loadConfiguration(file: string | undefined): Promise<TidegateConfiguration> {
  if (file === undefined) return defaultConfiguration();
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError([`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`]);
  }
  return parseConfiguration(text, file);
}

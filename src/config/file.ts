import { createReadStream } from 'node:fs';
import { ConfigurationError } from './document.ts';
import { defaultConfiguration, parseConfiguration } from './load.ts';
import type { TidegateConfiguration } from './types.ts';

/** Most that is read of a file of ours, in bytes. A ConfigMap and a Secret hold no more. */
const MAX_FILE_BYTES = 1024 * 1024;

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
 * What stands in a file of ours, at most 1 MiB.
 *
 * @throws {ConfigurationError} that says which file cannot be read, and why
 */
export async function readText(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_FILE_BYTES) throw new ConfigurationError([`${file}: larger than 1 MiB`]);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new ConfigurationError([`${file}: ${READ_ERRORS[code] ?? `cannot be read (${code})`}`]);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The secret of a program's client: from a file or the environment, never from a command line. */
import { readFile } from 'node:fs/promises';
import { CommandError } from '../../command/io.ts';
import { Redacted } from '../../redacted.ts';

const VARIABLE = 'TIDEGATE_CLIENT_SECRET';

/** Throws a CommandError when there is none. */
export async function clientSecret(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Redacted> {
  if (file === undefined) {
    const value = env[VARIABLE] ?? '';
    if (value !== '') return new Redacted(value);
    throw new CommandError('the secret of the client is not known', undefined, {
      hint: `set ${VARIABLE}, or name a file with --client-secret-file`,
    });
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError(`cannot read the secret of the client: ${(error as Error).message}`);
  });
  // Files end with a line break that was not meant.
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new CommandError(`${file} is empty`);
  return new Redacted(value);
}

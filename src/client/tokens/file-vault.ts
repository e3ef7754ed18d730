/** Tokens in files: one a profile, 0600, in a directory that is 0700. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, EXIT } from '../../command/io.ts';
import { isMissing, stateDirectory } from '../profiles/paths.ts';
import type { TokenVault } from './kept-tokens.ts';

export class FileVault implements TokenVault {
  readonly #directory: string;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#directory = path.join(stateDirectory(env), 'tokens');
  }

  async read(profile: string): Promise<string | undefined> {
    try {
      return await readFile(this.#file(profile), 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw new CommandError(`cannot read ${this.#file(profile)}: ${(error as Error).message}`, EXIT.failure);
    }
  }

  /** A new file in the place of the old one: whoever reads finds one of them whole. */
  async write(profile: string, text: string): Promise<string> {
    const draft = `${this.#file(profile)}.${randomUUID()}`;
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await chmod(this.#directory, 0o700);
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, this.#file(profile));
      return 'a file';
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw new CommandError(`cannot write ${this.#file(profile)}: ${(error as Error).message}`, EXIT.failure);
    }
  }

  async remove(profile: string): Promise<void> {
    try {
      await rm(this.#file(profile), { force: true });
    } catch (error) {
      if (isMissing(error)) return;
      throw new CommandError(`cannot delete ${this.#file(profile)}: ${(error as Error).message}`, EXIT.failure);
    }
  }

  #file(profile: string): string {
    return path.join(this.#directory, `${profile}.json`);
  }
}

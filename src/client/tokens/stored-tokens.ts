/** The sign-in of a profile. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { Gateway } from '../gateway/gateway.ts';
import { stateDirectory } from '../profiles/paths.ts';
import type { Profile } from '../profiles/profile.ts';
import type { AccessToken, ClientSettings, TokenSource } from '../types.ts';

export class StoredTokens implements TokenSource {
  readonly #settings: ClientSettings;
  readonly #profile: Profile | undefined;
  readonly #io: CommandIO;

  constructor(settings: ClientSettings, profile: Profile | undefined, io: CommandIO) {
    this.#settings = settings;
    this.#profile = profile;
    this.#io = io;
  }

  async token(_validMilliseconds?: number): Promise<AccessToken | undefined> {
    if (this.#profile?.login === undefined && (await this.#isAnonymous())) return undefined;
    throw new CommandError('no usable gateway token', EXIT.signIn, { hint: 'run "tidegate login"' });
  }

  async #isAnonymous(): Promise<boolean> {
    const { anonymous } = await new Gateway(this.#settings, undefined, this.#io.signal).authentication();
    return anonymous;
  }
}

/** Takes everything that is kept of a profile's sign-in away from this machine. */
export async function forgetTokens(profile: string, io: Pick<CommandIO, 'env'>): Promise<void> {
  await rm(path.join(stateDirectory(io.env), 'tokens', `${profile}.json`), { force: true });
}

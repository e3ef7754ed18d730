/** The sign-in of a profile, refreshed before it ends. */
import path from 'node:path';
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { Redacted } from '../../redacted.ts';
import { Gateway } from '../gateway/gateway.ts';
import { stateDirectory } from '../profiles/paths.ts';
import type { Profile } from '../profiles/profile.ts';
import type { AccessToken, ClientSettings, TokenSource } from '../types.ts';
import { readTokens, writeTokens, type KeptTokens, type TokenVault } from './kept-tokens.ts';
import { NoLockError, withLock } from './lock.ts';
import { noUsableToken } from './no-token.ts';
import { tokenVault } from './vault.ts';

const DEFAULT_VALID_MS = 30_000;

export class StoredTokens implements TokenSource {
  readonly #settings: ClientSettings;
  readonly #profile: Profile | undefined;
  readonly #io: CommandIO;
  /** Why what is kept cannot be got at. */
  #unreadable: Error | undefined;

  constructor(settings: ClientSettings, profile: Profile | undefined, io: CommandIO) {
    this.#settings = settings;
    this.#profile = profile;
    this.#io = io;
  }

  async token(validMilliseconds = DEFAULT_VALID_MS): Promise<AccessToken | undefined> {
    const { login, name } = this.#profile ?? {};
    if (login === undefined || name === undefined) {
      if (await this.#isAnonymous()) return undefined;
      throw noUsableToken();
    }
    const vault = tokenVault(this.#io.env);
    const kept = await this.#kept(vault, name);
    if (kept !== undefined && isGood(kept, validMilliseconds)) return this.#shown(kept);
    const lock = path.join(stateDirectory(this.#io.env), 'tokens', `${name}.lock`);
    const renewed = async (): Promise<AccessToken> => {
      // Another command may have been faster.
      const now = await this.#kept(vault, name);
      if (now !== undefined && isGood(now, validMilliseconds)) return this.#shown(now);
      return this.#renewed(vault, name, now, validMilliseconds);
    };
    return withLock(lock, renewed, this.#io.signal).catch(async (error: unknown) => {
      // A program spends no refresh token: nobody has to wait for it.
      if (error instanceof NoLockError && login.grantType === 'client_credentials') return renewed();
      throw error;
    });
  }

  async #renewed(
    vault: TokenVault,
    name: string,
    kept: KeptTokens | undefined,
    validMilliseconds: number,
  ): Promise<AccessToken> {
    const profile = this.#profile;
    const { renew } = await import('../login/renew.ts');
    const fresh =
      profile === undefined
        ? undefined
        : await this.#try(kept, async () => renew(profile, kept, this.#settings, this.#io));
    if (fresh !== undefined) {
      await writeTokens(vault, name, fresh).catch((error: unknown) => {
        // The file system of a container may be read-only; a program gets its next token as it got this one.
        if (profile?.login?.grantType !== 'client_credentials') throw error;
      });
      return this.#shown(fresh);
    }
    // It cannot be refreshed, and is good for less than was asked for: better than nothing.
    if (kept !== undefined && isGood(kept, Math.min(0, validMilliseconds))) return this.#shown(kept);
    throw noUsableToken(kept === undefined ? undefined : 'the sign-in has expired');
  }

  /** A refresh that fails is no reason to throw a good token away. */
  async #try(
    kept: KeptTokens | undefined,
    renewal: () => Promise<KeptTokens | undefined>,
  ): Promise<KeptTokens | undefined> {
    try {
      return await renewal();
    } catch (error) {
      if (kept !== undefined && isGood(kept, 0)) return undefined;
      if (this.#unreadable !== undefined) throw this.#unreadable;
      if (error instanceof CommandError && error.status === EXIT.signIn) {
        throw noUsableToken(error.message, { cause: error });
      }
      throw error;
    }
  }

  /** Tokens of another gateway, issuer or client than the profile's are not its own. */
  async #kept(vault: TokenVault, name: string): Promise<KeptTokens | undefined> {
    const { url, login } = this.#profile ?? {};
    const kept = await readTokens(vault, name).catch((error: unknown) => {
      if (login?.grantType !== 'client_credentials') throw error;
      // A program that knows its secret needs nothing that was kept.
      this.#unreadable = error instanceof Error ? error : new Error(String(error));
      return undefined;
    });
    const isOwn = kept?.url === url && kept?.issuer === login?.issuer && kept?.clientID === login?.clientID;
    return isOwn ? kept : undefined;
  }

  #shown({ token, expiresAt, refreshToken }: KeptTokens): AccessToken {
    const isRefreshable = refreshToken !== undefined || this.#profile?.login?.grantType === 'client_credentials';
    return { value: new Redacted(token), expiresAt, isRefreshable };
  }

  async #isAnonymous(): Promise<boolean> {
    const { anonymous } = await new Gateway(this.#settings, undefined, this.#io.signal).authentication();
    return anonymous;
  }
}

function isGood({ expiresAt }: KeptTokens, validMilliseconds: number): boolean {
  return expiresAt === undefined || expiresAt - Date.now() > validMilliseconds;
}

/** Takes everything that is kept of a profile's sign-in away from this machine. */
export async function forgetTokens(profile: string, io: Pick<CommandIO, 'env'>): Promise<void> {
  await tokenVault(io.env).remove(profile);
}

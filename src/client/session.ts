/** What a client command works with: settings, tokens, gateway. */
import { CommandError, EXIT, type CommandIO } from '../command/io.ts';
import { Redacted } from '../redacted.ts';
import { Gateway } from './gateway/gateway.ts';
import { filled } from './profiles/paths.ts';
import type { Profile } from './profiles/profile.ts';
import { resolveSettings } from './settings.ts';
import { expiryOf } from './tokens/expiry.ts';
import type { AccessToken, ClientFlags, ClientSettings, TokenSource } from './types.ts';

export interface Session {
  readonly settings: ClientSettings;
  readonly profile: Profile | undefined;
  readonly tokens: TokenSource;
  readonly gateway: Gateway;
}

/** Throws a CommandError when no gateway is named anywhere. Nothing is asked of it, and no token is fetched yet. */
export async function openSession(flags: ClientFlags, io: CommandIO): Promise<Session> {
  const { settings, profile } = await resolveSettings(flags, io.env);
  const tokens = tokenSource(settings, profile, io);
  return { settings, profile, tokens, gateway: new Gateway(settings, tokens, io.signal) };
}

/** `TIDEGATE_TOKEN` wins over the sign-in of the profile. */
export function tokenSource(settings: ClientSettings, profile: Profile | undefined, io: CommandIO): TokenSource {
  const given = filled(io.env['TIDEGATE_TOKEN']?.trim());
  if (given !== undefined) return new GivenToken(given);
  return {
    token: async (validMilliseconds) => {
      const { StoredTokens } = await import('./tokens/stored-tokens.ts');
      return new StoredTokens(settings, profile, io).token(validMilliseconds);
    },
  };
}

/** Somebody else sees to its being fresh. */
class GivenToken implements TokenSource {
  readonly #value: Redacted;

  constructor(value: string) {
    this.#value = new Redacted(value);
  }

  async token(): Promise<AccessToken> {
    if (!/^[\u0021-\u007e]+$/.test(this.#value.reveal())) {
      throw new CommandError('no usable gateway token: TIDEGATE_TOKEN holds what no token has', EXIT.signIn, {
        hint: 'set it to a token alone, of one line and without "Bearer"',
      });
    }
    const expiresAt = expiryOf(this.#value);
    if (expiresAt !== undefined && expiresAt <= Date.now()) {
      throw new CommandError(
        `no usable gateway token: TIDEGATE_TOKEN expired at ${new Date(expiresAt).toISOString()}`,
        EXIT.signIn,
        {
          hint: 'set it anew, or unset it and run "tidegate login"',
        },
      );
    }
    return { value: this.#value, expiresAt, isRefreshable: false, variable: 'TIDEGATE_TOKEN' };
  }
}

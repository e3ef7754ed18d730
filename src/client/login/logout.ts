/** `tidegate logout`: takes the sign-in away from this machine, and from the identity provider where it lets go. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import type { Profile } from '../profiles/profile.ts';
import { filled } from '../profiles/paths.ts';
import { ProfileStore } from '../profiles/store.ts';
import { resolveSettings } from '../settings.ts';
import { readTokens } from '../tokens/kept-tokens.ts';
import { tokenVault } from '../tokens/vault.ts';
import type { ClientFlags } from '../types.ts';
import { discover } from './issuer.ts';

export async function runLogout(options: ClientFlags, io: CommandIO): Promise<number> {
  const { profile, settings } = await resolveSettings(options, io.env);
  if (profile === undefined) throw new CommandError('there is no profile to sign out of', EXIT.usage);
  const vault = tokenVault(io.env);
  // What cannot be got at is taken away all the same.
  const tokens = await readTokens(vault, profile.name).catch(() => undefined);
  const { login } = profile;
  await vault.remove(profile.name);
  await new ProfileStore(io.env).update(({ profiles, currentProfile }) => ({
    currentProfile,
    profiles: profiles.map((each) => (each.name === profile.name ? withoutLogin(each) : each)),
  }));
  const told =
    login !== undefined &&
    tokens?.refreshToken !== undefined &&
    (await revoke(login, tokens.refreshToken, settings.ca, io));
  const wasSignedIn = login !== undefined || tokens !== undefined;
  io.stderr.write(wasSignedIn ? `Signed out of ${profile.url}.\n` : `Nobody was signed in to ${profile.url}.\n`);
  if (filled(io.env['TIDEGATE_TOKEN']) !== undefined)
    io.stderr.write('TIDEGATE_TOKEN is set: its token goes on being used.\n');
  if (tokens?.refreshToken !== undefined && !told)
    io.stderr.write('The identity provider could not be told: its session ends by itself.\n');
  return EXIT.ok;
}

function withoutLogin(profile: Profile): Profile {
  const { login: _, ...rest } = profile;
  return rest;
}

/** RFC 7009. Whether the identity provider took it. */
async function revoke(
  login: NonNullable<Profile['login']>,
  refreshToken: string,
  ca: string | undefined,
  io: CommandIO,
): Promise<boolean> {
  const { tokenRevocation } = await import('openid-client');
  try {
    const config = await discover({ ...login, clientSecret: undefined, ca, signal: io.signal });
    await tokenRevocation(config, refreshToken, { token_type_hint: 'refresh_token' });
    return true;
  } catch {
    return false;
  }
}

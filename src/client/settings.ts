/** Where a command works: flags win over the environment, the environment over the profile. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../command/io.ts';
import { requireObjectName } from './names.ts';
import { filled } from './profiles/paths.ts';
import type { Profile } from './profiles/profile.ts';
import { ProfileStore } from './profiles/store.ts';
import type { ClientFlags, ClientSettings } from './types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** No flag, variable or profile says which gateway is meant. */
export class NoGatewayError extends CommandError {}

/** What was found, with the profile that it comes from. */
export interface ResolvedSettings {
  readonly settings: ClientSettings;
  /** The profile of the gateway that is meant; undefined when another gateway is named than the profile's. */
  readonly profile: Profile | undefined;
}

/** Throws a {@link NoGatewayError}, or a CommandError when what is named cannot be used. */
export async function resolveSettings(flags: ClientFlags, env: Environment): Promise<ResolvedSettings> {
  const store = new ProfileStore(env);
  const { profiles, currentProfile } = await store.read();
  const wanted = flags.profile ?? filled(env['TIDEGATE_PROFILE']);
  const name = wanted ?? currentProfile;
  const found = profiles.find((profile) => profile.name === name);
  if (wanted !== undefined && found === undefined) {
    throw new CommandError(`there is no profile "${wanted}" in ${store.file}`, undefined, {
      hint: 'tidegate profile list shows those that there are',
    });
  }
  const named = flags.url ?? filled(env['TIDEGATE_URL']);
  // People write them by hand, too.
  const own = found === undefined ? undefined : gatewayURL(found.url);
  const url = named === undefined ? own : gatewayURL(named);
  if (url === undefined) {
    throw new NoGatewayError('no gateway is named', undefined, {
      hint: 'run "tidegate login URL", or set TIDEGATE_URL or --url',
    });
  }
  // The tokens of a profile are for its gateway and for no other.
  const profile = found === undefined || own !== url ? undefined : { ...found, url };
  const caFile = flags.certificateAuthority ?? profile?.certificateAuthority;
  return {
    settings: {
      url,
      namespace: namespaceOf(flags, env, profile),
      profile: profile?.name,
      ca: caFile === undefined ? undefined : await readCA(caFile),
    },
    profile,
  };
}

/** What is set to nothing is not set. Throws a CommandError for what cannot be one. */
export function namespaceOf(
  flags: Pick<ClientFlags, 'namespace'>,
  env: Environment,
  profile?: Profile,
): string | undefined {
  const named = filled(flags.namespace) ?? filled(env['TIDEGATE_NAMESPACE']) ?? filled(profile?.namespace);
  return named === undefined ? undefined : requireObjectName('namespace', named);
}

/**
 * The gateway's URL as it is kept: with a scheme, without a trailing slash, without the part that is the same for every
 * gateway. Throws a CommandError for what is none.
 */
export function gatewayURL(text: string): string {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  // A gateway on this machine rarely has a certificate.
  const scheme = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::|\/|$)/.test(text) ? 'http' : 'https';
  const withScheme = hasScheme ? text : `${scheme}://${text}`;
  const url = URL.parse(withScheme);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new CommandError(`"${text}" is no URL of a gateway`, undefined, {
      hint: 'write it like https://llm.example.com',
    });
  if (url.username !== '' || url.password !== '')
    throw new CommandError('the URL of the gateway must not hold a user name or password');
  if (url.search !== '' || url.hash !== '')
    throw new CommandError('the URL of the gateway must have no query or fragment');
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/llm\/v1(\/.*)?$/, '');
}

async function readCA(file: string): Promise<string> {
  const text = await readFile(path.resolve(file), 'utf8').catch((error: unknown) => {
    throw new CommandError(`cannot read the certificate authority: ${(error as Error).message}`);
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new CommandError(`${file} holds no certificate in PEM`);
}

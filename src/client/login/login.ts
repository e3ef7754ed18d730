/** `tidegate login [URL]`: signs in, and remembers the gateway as a profile. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { Redacted } from '../../redacted.ts';
import type { AuthenticationDocument, IssuerDocument } from '../gateway/documents.ts';
import { Gateway } from '../gateway/gateway.ts';
import { plain } from '../output/style.ts';
import { filled } from '../profiles/paths.ts';
import type { Profile } from '../profiles/profile.ts';
import { ProfileStore, requireProfileName, withProfile } from '../profiles/store.ts';
import { NoGatewayError, resolveSettings } from '../settings.ts';
import { writeTokens, type KeptTokens } from '../tokens/kept-tokens.ts';
import { tokenVault } from '../tokens/vault.ts';
import type { ClientFlags, ClientSettings } from '../types.ts';
import { chooseLogin, type AskForIssuer, type Choice, type LoginOptions } from './choose.ts';

export interface LoginCommandOptions extends ClientFlags, LoginOptions {
  readonly arguments: readonly string[];
  /** False: the page is shown, and opened by nobody. */
  readonly browser: boolean;
  readonly callbackPort?: number;
}

export async function runLogin(options: LoginCommandOptions, io: CommandIO): Promise<number> {
  const { settings, profile } = await target(options, io);
  const methods = await new Gateway(settings, undefined, io.signal).authentication();
  if (methods.anonymous && options.issuer === undefined && options.clientId === undefined) {
    await tokenVault(io.env).remove(profile.name);
    await remember(profile, io);
    io.stderr.write(
      `${settings.url} asks nobody who they are: nothing to sign in to.\nUsing profile "${profile.name}".\n`,
    );
    return EXIT.ok;
  }
  const choice = await chooseLogin(methods, options, io, prompt(io));
  const signedIn: Profile = { ...profile, login: choice.login };
  const tokens = await signIn(signedIn, choice, settings, options, io);
  const caller = await recognised(settings, tokens, io);
  const place = await writeTokens(tokenVault(io.env), profile.name, tokens);
  await remember(signedIn, io);
  io.stderr.write(`Signed in to ${settings.url} as ${caller}${lasting(tokens, choice)}.\n`);
  io.stderr.write(`Using profile "${profile.name}"; the sign-in is kept in ${place}.\n`);
  return EXIT.ok;
}

/** Which gateway is meant, and under which name it is remembered. */
async function target(
  options: LoginCommandOptions,
  io: CommandIO,
): Promise<{ readonly settings: ClientSettings; readonly profile: Profile }> {
  const [given] = options.arguments;
  const store = new ProfileStore(io.env);
  const { profiles } = await store.read();
  const wanted = options.profile ?? filled(io.env['TIDEGATE_PROFILE']);
  const named = wanted === undefined ? undefined : requireProfileName(wanted);
  const isNew = named !== undefined && !profiles.some(({ name }) => name === named);
  // A new profile's name is no mistake here.
  const { profile: _, ...others } = options;
  const flags = { ...(isNew ? others : options), ...(given !== undefined && { url: given }) };
  const found = await resolveSettings(flags, isNew ? { ...io.env, TIDEGATE_PROFILE: undefined } : io.env).catch(
    (error: unknown) => {
      if (!(error instanceof NoGatewayError)) throw error;
      throw new CommandError('no gateway is named', EXIT.usage, { hint: 'tidegate login https://llm.example.com' });
    },
  );
  const { settings } = found;
  // A profile that is of another gateway is given to this one by the flag only.
  const own = options.profile !== undefined || isNew || found.profile !== undefined ? named : undefined;
  // Several may be of one gateway: that which is in use is meant before the others.
  const old = found.profile ?? (own === undefined ? profiles.find(({ url }) => url === settings.url) : undefined);
  const ca = options.certificateAuthority ?? old?.certificateAuthority;
  const namespace = options.namespace ?? old?.namespace;
  return {
    settings,
    profile: {
      name: own ?? old?.name ?? freeName(nameFor(settings.url), profiles),
      url: settings.url,
      ...(namespace !== undefined && { namespace }),
      ...(ca !== undefined && { certificateAuthority: (await import('node:path')).resolve(ca) }),
    },
  };
}

/** Another gateway may have the name: http and https, `a-b` and `a/b` come to the same one. */
function freeName(name: string, profiles: readonly Profile[]): string {
  const isFree = (candidate: string): boolean => !profiles.some((each) => each.name === candidate);
  let candidate = name;
  for (let n = 2; !isFree(candidate); n += 1) candidate = `${name.slice(0, 60)}-${String(n)}`;
  return candidate;
}

/** `https://llm.example.com:8443/ai` → `llm.example.com-8443-ai`. */
function nameFor(url: string): string {
  const { host, pathname } = new URL(url);
  const name = `${host}${pathname}`.replaceAll(/[^A-Za-z0-9.]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '');
  return name.slice(0, 63).replaceAll(/[-.]+$/g, '');
}

async function signIn(
  profile: Profile,
  { login, kind }: Choice,
  { ca, url }: ClientSettings,
  { browser, callbackPort, prompt: asked }: LoginCommandOptions,
  io: CommandIO,
): Promise<KeptTokens> {
  const { keptOf, parametersOf, renew } = await import('./renew.ts');
  if (login.grantType === 'client_credentials') {
    const tokens = await renew(profile, undefined, { ca }, io);
    if (tokens === undefined) throw new CommandError('the identity provider gives no token', EXIT.signIn);
    return tokens;
  }
  const { discover, failure } = await import('./issuer.ts');
  const config = await discover({ ...login, clientSecret: undefined, ca, signal: io.signal });
  const parameters = { ...parametersOf(login), ...(asked !== undefined && { prompt: asked }) };
  const request = { parameters, opensBrowser: browser, port: callbackPort };
  const grant =
    login.grantType === 'device_code'
      ? await (await import('./device-sign-in.ts')).signInByDevice(config, request, io)
      : await (await import('./browser-sign-in.ts')).signInByBrowser(config, request, io);
  try {
    return keptOf(grant, { url, login, kind, refreshToken: undefined });
  } catch (error) {
    throw failure(error, 'the sign-in failed');
  }
}

/** As whom the gateway takes this token; rejects with its own words when it does not. */
async function recognised(settings: ClientSettings, { token }: KeptTokens, io: CommandIO): Promise<string> {
  const shown = { value: new Redacted(token), expiresAt: undefined, isRefreshable: false };
  const gateway = new Gateway(settings, { token: async () => shown }, io.signal);
  let document: AuthenticationDocument;
  try {
    document = await gateway.authentication();
  } catch (error) {
    if (!(error instanceof CommandError) || error.status !== EXIT.signIn) throw error;
    throw new CommandError(`the identity provider signed you in, but ${error.message}`, EXIT.signIn, {
      hint: 'scopes, audience or client are not those that the gateway wants: ask whoever runs it, or see --scope, --audience and --resource',
      cause: error,
    });
  }
  return plain(document.caller?.username ?? 'nobody in particular');
}

async function remember(profile: Profile, io: CommandIO): Promise<void> {
  await new ProfileStore(io.env).update((profiles) => withProfile(profiles, profile));
}

function lasting({ refreshToken, expiresAt }: KeptTokens, { login }: Choice): string {
  if (refreshToken !== undefined || login.grantType === 'client_credentials' || expiresAt === undefined) return '';
  // OpenID Connect Core 1.0 §11 lets an issuer want it; many don't, and Entra ID would ask for an administrator.
  const hint = login.grantType === 'authorization_code' ? '; some do with --prompt consent' : '';
  return `, until ${new Date(expiresAt).toISOString()} (the identity provider gave no refresh token${hint})`;
}

function prompt({ stderr }: CommandIO): AskForIssuer {
  if (!process.stdin.isTTY || stderr.isTTY !== true) return undefined;
  return async (issuers: readonly IssuerDocument[]): Promise<IssuerDocument> => {
    const { isCancel, select } = await import('@clack/prompts');
    const picked = await select({
      message: 'Sign in with',
      options: issuers.map(({ issuer }) => ({ value: issuer, label: issuer })),
      output: process.stderr,
    });
    const found = isCancel(picked) ? undefined : issuers.find(({ issuer }) => issuer === picked);
    if (found === undefined) throw new CommandError('interrupted', EXIT.failure);
    return found;
  };
}

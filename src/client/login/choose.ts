/** By which issuer, as which client and in which way somebody signs in. */
import path from 'node:path';
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import type { AuthenticationDocument, IssuerDocument } from '../gateway/documents.ts';
import type { LoginGrantType, ProfileLogin } from '../profiles/profile.ts';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

export interface LoginOptions {
  readonly issuer?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  /** Sign in as a program. */
  readonly clientCredentials?: boolean;
  readonly device?: boolean;
  /** False: the person opens the page, whatever this machine seems to be. */
  readonly browser?: boolean;
  readonly scope?: readonly string[];
  readonly audience?: string;
  readonly resource?: string;
  /** Of OpenID Connect: `consent`, `login`, `select_account`. Of this sign-in only. */
  readonly prompt?: string;
}

/** Asks a person which of several; undefined: nobody can be asked. */
export type AskForIssuer = ((issuers: readonly IssuerDocument[]) => Promise<IssuerDocument>) | undefined;

export interface Choice {
  readonly login: ProfileLogin;
  readonly kind: 'AccessToken' | 'IDToken';
}

/** Throws a CommandError that says what is missing. */
export async function chooseLogin(
  { jwt }: AuthenticationDocument,
  options: LoginOptions,
  { env }: Pick<CommandIO, 'env'>,
  ask: AskForIssuer,
): Promise<Choice> {
  const isProgram = options.clientCredentials === true || options.clientSecretFile !== undefined;
  const issuer = await chooseIssuer(jwt, options, isProgram, ask);
  const clientID = options.clientId ?? (isProgram ? undefined : issuer.login?.clientID);
  if (clientID === undefined) {
    throw new CommandError(
      isProgram
        ? 'the id of the client is not known'
        : `the gateway does not say by which client people sign in at "${issuer.issuer}"`,
      EXIT.usage,
      { hint: 'name it with --client-id' },
    );
  }
  const grantType = isProgram ? 'client_credentials' : grantFor(issuer, options, env);
  const scopes = options.scope ?? (isProgram ? [] : (issuer.login?.scopes ?? ['openid', 'offline_access']));
  const { audience, resource, clientSecretFile } = options;
  const login: ProfileLogin = {
    issuer: issuer.issuer,
    clientID,
    grantType,
    scopes,
    ...(audience !== undefined && { audience }),
    ...(resource !== undefined && { resource }),
    ...(isProgram && clientSecretFile !== undefined && { clientSecretFile: path.resolve(clientSecretFile) }),
  };
  const { tokenTypes } = issuer;
  return { login, kind: tokenTypes?.includes('AccessToken') === false ? 'IDToken' : 'AccessToken' };
}

async function chooseIssuer(
  issuers: readonly IssuerDocument[],
  { issuer, clientId }: LoginOptions,
  isProgram: boolean,
  ask: AskForIssuer,
): Promise<IssuerDocument> {
  if (issuers.length === 0) {
    throw new CommandError('the gateway accepts no tokens of an identity provider', EXIT.failure, {
      hint: 'use a token of a ServiceAccount: TIDEGATE_TOKEN=$(tidegate token --service-account namespace/name)',
    });
  }
  if (issuer !== undefined) {
    const found = issuers.find((each) => sameIssuer(each.issuer, issuer));
    if (found !== undefined) return found;
    throw new CommandError(`the gateway accepts no tokens of "${issuer}"`, EXIT.usage, { hint: oneOf(issuers) });
  }
  // Where a client has to be named anyway, every issuer will do.
  const able = isProgram || clientId !== undefined ? issuers : issuers.filter(({ login }) => login !== undefined);
  const [first, second] = able;
  if (first === undefined) {
    throw new CommandError('the gateway does not say by which client people sign in', EXIT.usage, {
      hint: `name one with --client-id, and ${oneOf(issuers)}`,
    });
  }
  if (second === undefined) return first;
  if (ask === undefined) throw new CommandError('there are several issuers', EXIT.usage, { hint: oneOf(able) });
  return ask(able);
}

/** A slash at the end is easily forgotten. */
function sameIssuer(a: string, b: string): boolean {
  return a.replace(/\/$/, '') === b.replace(/\/$/, '');
}

function oneOf(issuers: readonly IssuerDocument[]): string {
  return `say which with --issuer: ${issuers.map(({ issuer }) => issuer).join(', ')}`;
}

function grantFor({ login }: IssuerDocument, { device, browser }: LoginOptions, env: CommandIO['env']): LoginGrantType {
  const { grantTypes } = login ?? {};
  const can = (grant: string): boolean => grantTypes?.includes(grant) !== false;
  if (device === true) return 'device_code';
  if (!can(DEVICE)) return 'authorization_code';
  if (!can('authorization_code')) return 'device_code';
  return browser === false || hasBrowser(env) ? 'authorization_code' : 'device_code';
}

/** Whether a browser on this machine can show a page to the person, and come back to this machine. */
function hasBrowser(env: CommandIO['env'], platform: NodeJS.Platform = process.platform): boolean {
  const has = (name: string): boolean => (env[name] ?? '') !== '';
  if (has('BROWSER')) return true;
  if (has('SSH_CONNECTION') || has('SSH_TTY')) return false;
  return platform !== 'linux' || has('DISPLAY') || has('WAYLAND_DISPLAY') || has('WSL_DISTRO_NAME');
}

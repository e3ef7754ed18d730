/** A new token without a person: by the refresh token, or as a program. */
import * as client from 'openid-client';
import type { CommandIO } from '../../command/io.ts';
import { Redacted } from '../../redacted.ts';
import type { Profile, ProfileLogin } from '../profiles/profile.ts';
import { expiryOf } from '../tokens/expiry.ts';
import type { KeptTokens } from '../tokens/kept-tokens.ts';
import type { ClientSettings } from '../types.ts';
import { clientSecret } from './client-secret.ts';
import type { Grant } from './grant.ts';
import { discover, failure } from './issuer.ts';

/** Undefined: it takes a person. Rejects with a CommandError, exit status `signIn` when the issuer refuses. */
export async function renew(
  { url, login }: Profile,
  kept: KeptTokens | undefined,
  { ca }: Pick<ClientSettings, 'ca'>,
  io: CommandIO,
): Promise<KeptTokens | undefined> {
  if (login === undefined) return undefined;
  const isProgram = login.grantType === 'client_credentials';
  const refreshToken = kept?.refreshToken;
  if (!isProgram && refreshToken === undefined) return undefined;
  const secret = isProgram ? await clientSecret(login.clientSecretFile, io.env) : undefined;
  const config = await discover({ ...login, clientSecret: secret, ca, signal: io.signal });
  const { resource } = parametersOf(login);
  try {
    const grant =
      isProgram || refreshToken === undefined
        ? await client.clientCredentialsGrant(config, parametersOf(login))
        : await client.refreshTokenGrant(config, refreshToken, resource === undefined ? {} : { resource });
    return keptOf(grant, { url, login, kind: kept?.kind ?? 'AccessToken', refreshToken });
  } catch (error) {
    throw failure(error, isProgram ? 'the identity provider gives no token' : 'the sign-in could not be refreshed');
  }
}

/** Of every request for a token. */
export function parametersOf({ scopes, audience, resource }: ProfileLogin): Record<string, string> {
  return {
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(audience !== undefined && { audience }),
    ...(resource !== undefined && { resource }),
  };
}

export interface Kept {
  readonly url: string;
  readonly login: ProfileLogin;
  readonly kind: KeptTokens['kind'];
  /** That which was spent: an issuer that gives no new one lets it be used again (RFC 6749 §6). */
  readonly refreshToken: string | undefined;
}

/** What to keep of a grant; throws when the token that the gateway wants is not in it. */
export function keptOf(grant: Grant, { url, login, kind, refreshToken }: Kept): KeptTokens {
  const token = kind === 'IDToken' ? grant.id_token : grant.access_token;
  if (token === undefined) throw new Error('the identity provider gave no ID token, which is what this gateway takes');
  const lifetime = kind === 'AccessToken' && typeof grant.expires_in === 'number' ? grant.expires_in * 1000 : undefined;
  // What is left of it is right by any clock; its `exp` is by that of the issuer, which this machine's may be far from.
  const expiresAt = lifetime === undefined ? expiryOf(new Redacted(token)) : Date.now() + lifetime;
  const next = grant.refresh_token ?? refreshToken;
  return {
    token,
    ...(next !== undefined && { refreshToken: next }),
    ...(expiresAt !== undefined && { expiresAt }),
    url,
    issuer: login.issuer,
    clientID: login.clientID,
    kind,
  };
}

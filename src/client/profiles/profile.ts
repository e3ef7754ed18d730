/** A gateway that somebody works with, as it stands in the file with the profiles. No token is ever in it. */
export interface Profile {
  readonly name: string;
  /** Without a trailing slash and without `/llm/v1`. */
  readonly url: string;
  readonly namespace?: string;
  /** File with the CA of the gateway, PEM. */
  readonly certificateAuthority?: string;
  /** How the last sign-in went, so that it can be refreshed and repeated. */
  readonly login?: ProfileLogin;
}

export type LoginGrantType = 'authorization_code' | 'device_code' | 'client_credentials';

export interface ProfileLogin {
  readonly issuer: string;
  readonly clientID: string;
  readonly grantType: LoginGrantType;
  readonly scopes: readonly string[];
  /** What the token has to be for, where the issuer takes it by this parameter (Auth0). */
  readonly audience?: string;
  /** The same by the parameter of RFC 8707; Entra ID refuses it. */
  readonly resource?: string;
  /** With `client_credentials`: the file with the client's secret; absent: `TIDEGATE_CLIENT_SECRET`. */
  readonly clientSecretFile?: string;
}

export interface Profiles {
  readonly currentProfile: string | undefined;
  readonly profiles: readonly Profile[];
}

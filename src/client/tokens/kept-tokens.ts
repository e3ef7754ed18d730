/** What is kept of a sign-in: in the keychain of the system where there is one, else in a file that only its owner reads. */
export interface KeptTokens {
  /** What the gateway is shown. */
  readonly token: string;
  readonly refreshToken?: string;
  /** Milliseconds since the epoch; absent: not known. */
  readonly expiresAt?: number;
  /** The gateway and the issuer that they are for: those of another are never shown to it. */
  readonly url: string;
  readonly issuer: string;
  readonly clientID: string;
  /** Which of the issuer's tokens `token` is. */
  readonly kind: 'AccessToken' | 'IDToken';
}

/** A place for the tokens of profiles, as text. */
export interface TokenVault {
  read(profile: string): Promise<string | undefined>;
  /** Resolves with the place where it is now, as people call it. */
  write(profile: string, text: string): Promise<string>;
  remove(profile: string): Promise<void>;
}

/** Undefined: nothing, or nothing of use, is kept. Rejects where it is kept and cannot be got at. */
export async function readTokens(vault: TokenVault, profile: string): Promise<KeptTokens | undefined> {
  const text = await vault.read(profile);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<KeptTokens>;
    const { token, url, issuer, clientID, kind } = value;
    const isWhole = [token, url, issuer, clientID, kind].every((each) => typeof each === 'string' && each !== '');
    return isWhole ? (value as KeptTokens) : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves with the place where they are now, as people call it. */
export async function writeTokens(vault: TokenVault, profile: string, tokens: KeptTokens): Promise<string> {
  return vault.write(profile, JSON.stringify(tokens));
}

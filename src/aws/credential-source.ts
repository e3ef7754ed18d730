/**
 * Where the credentials of AWS come from that sign a provider's requests. One source per provider, kept as long as its
 * credential stays the same.
 */
import type { SigningCredentials } from '../providers/wire.ts';
import type { AWSCredentialSource } from '../table/types.ts';

/** Credentials that are at hand or being fetched. */
export interface CredentialSource {
  /**
   * Credentials that are valid now: at once when they are cached. A rejection is a {@link CredentialError}; the next call
   * tries again.
   */
  current(): SigningCredentials | Promise<SigningCredentials>;
}

/** No credentials could be had. The message is for callers: it says which source failed and how, and holds no secret. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

/** The source that `credential` describes. `name` is the provider's, for sessions and messages; `region` that of STS. */
export function createCredentialSource(
  source: AWSCredentialSource,
  { name }: { readonly name: string; readonly region: string },
): CredentialSource {
  if (source.type !== 'StaticKeys') {
    return {
      current: () =>
        Promise.reject(new CredentialError(`credentials of type ${source.type} for "${name}" cannot be had`)),
    };
  }
  const credentials: SigningCredentials = {
    accessKeyID: source.accessKeyID.reveal(),
    secretAccessKey: source.secretAccessKey.reveal(),
    ...(source.sessionToken === undefined ? {} : { sessionToken: source.sessionToken.reveal() }),
  };
  return { current: () => credentials };
}

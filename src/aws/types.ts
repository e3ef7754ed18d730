/** What a request that has to be signed asks for, and what it gets instead. */
import type { SigningCredentials } from '../providers/wire.ts';

/** Credentials that are at hand or being fetched. */
export interface CredentialSource {
  /**
   * Credentials that are valid now: at once when they are cached. A rejection is a {@link CredentialError}; for some
   * seconds the next calls get the same one, then it is tried again.
   */
  current(): SigningCredentials | Promise<SigningCredentials>;
}

/** No credentials could be had. The message is for callers: it says which source failed and how, and holds no secret. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

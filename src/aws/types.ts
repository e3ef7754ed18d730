/** What a request that has to be signed asks for, and what it gets instead. */
import type { SigningCredentials } from '../providers/wire.ts';

/** Credentials that are at hand or being fetched. */
export interface CredentialSource {
  /**
   * Credentials that are valid now: at once when they are cached. A rejection is a {@link CredentialError}; for some
   * seconds the next calls get the same one, then it is tried again.
   */
  current(): SigningCredentials | Promise<SigningCredentials>;
  /** AWS does not know these, or no longer: others are fetched before the next request is signed. */
  rejected?(credentials: SigningCredentials): void;
}

/**
 * Whether an answer says that AWS does not know the credentials, or no longer; `type` is the kind of its error, as in the
 * header `x-amzn-errortype` or the `Code` of STS. Keys are deleted, and files with keys are rotated.
 */
export function isRejection(type: string | undefined): boolean {
  return type !== undefined && /^(?:UnrecognizedClient|InvalidClientTokenId|ExpiredToken)/.test(type);
}

/** No credentials could be had. The message is for callers: it says which source failed and how, and holds no secret. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

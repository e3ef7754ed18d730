/** `WWW-Authenticate` of a 401 (RFC 6750 §3, RFC 9728 §5.1). */
import { resourceMetadataURL } from './protected-resource.ts';

/** Characters of `error_description` at most: the answer's body has the whole message. */
const MAX_DESCRIPTION = 400;

/** What may not stand in `error_description`: RFC 6750 §3 leaves out quotes and backslashes, so that nothing is escaped. */
const NOT_ALLOWED = /[^\x20-\x21\x23-\x5B\x5D-\x7E]/g;

/**
 * The challenge. `problem`: what is wrong with the credential that came; undefined when none came, for then the client is
 * told no error (RFC 6750 §3.1).
 */
export function bearerChallenge(problem: string | undefined, publicURL: string | undefined): string {
  const parts = ['realm="tidegate"'];
  if (problem !== undefined) {
    parts.push('error="invalid_token"', `error_description="${inDescription(problem)}"`);
  }
  if (publicURL !== undefined) parts.push(`resource_metadata="${resourceMetadataURL(publicURL)}"`);
  return `Bearer ${parts.join(', ')}`;
}

function inDescription(text: string): string {
  const plain = text
    .slice(0, MAX_DESCRIPTION + 1)
    .replaceAll('"', "'")
    .replace(NOT_ALLOWED, '?');
  return plain.length > MAX_DESCRIPTION ? `${plain.slice(0, MAX_DESCRIPTION - 3)}...` : plain;
}

/** The sentence of 401 answers that says what to send. It tells what the public list of methods tells, and no more. */
import type { AuthenticationMethods } from './types.ts';

/** Issuers that are named; the list of methods has all of them. */
const MAX_NAMED = 4;

export function expectedCredentials(methods: Omit<AuthenticationMethods, 'anonymous'>): string {
  const { jwt, serviceAccountTokens, x509 } = methods;
  const tokens = jwt
    .slice(0, MAX_NAMED)
    .map(({ issuer, audiences }) => `a token of the issuer "${issuer}"${withAudience(audiences)}`);
  if (jwt.length > MAX_NAMED) {
    tokens.push(`one of ${jwt.length - MAX_NAMED} further issuers (GET /llm/v1/authentication names them)`);
  }
  if (serviceAccountTokens !== undefined) {
    tokens.push(`a Kubernetes ServiceAccount token${withAudience(serviceAccountTokens.audiences)}`);
  }
  if (tokens.length === 0) return 'Use a client certificate of an authority that is accepted here.';
  const list = tokens.length === 1 ? tokens[0] : `${tokens.join(', or ')},`;
  const certificate = x509 ? ', or use a client certificate' : '';
  return `Send ${list} as "Authorization: Bearer <token>" or "X-Tidegate-Authorization: Bearer <token>"${certificate}.`;
}

function withAudience(audiences: readonly string[]): string {
  return audiences.length === 0 ? '' : ` with audience ${audiences.map((audience) => `"${audience}"`).join(' or ')}`;
}

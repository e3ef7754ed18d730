/** What the AWS SDK says when it has no credentials, in words for callers: short, and without anything that is a secret. */
import { CredentialError } from './types.ts';

const MAX_MESSAGE = 400;

/** Codes of Node's for a host that cannot be reached. */
const NETWORK_CODE = /\b(E(?:CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|PIPE))\b/;

/** `what` failed for the reason that `error` says. Without the error as its cause, which a logger would print whole. */
export function fetchFailure(what: string, error: unknown): CredentialError {
  return new CredentialError(`${what} gave no credentials of AWS: ${reasonOf(error)}`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  const { name, message } = error;
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  const cause = typeof code === 'string' ? code : message;
  const network = NETWORK_CODE.exec(cause)?.[1];
  if (network !== undefined) return `it could not be reached (${network})`;
  if (/timeout/i.test(name) || /timed ?out|timeout/i.test(cause)) return 'it did not answer in time';
  const status = $metadata?.httpStatusCode ?? 0;
  if (status >= 500) return `it answered with status ${status}`;
  // Node quotes what it could not read, which may be half of an answer with keys.
  if (name === 'SyntaxError' || /\bSyntaxError: | is not valid JSON/.test(message))
    return 'it answered with something that is not JSON';
  // A command line may hold secrets.
  if (message.startsWith('Command failed')) return 'the credential_process of the profile failed';
  const text = withoutSecrets(message.split(/[\r\n]/, 1)[0] ?? '').replace(/\.$/, '');
  return /^(?:Error|(?:Credentials|Token)?ProviderError)$/.test(name) ? text : `${name}: ${text}`;
}

/**
 * A message without what may be a key or a token of AWS: 40 characters and more of Base64. STS names users, roles and
 * actions by ARN, which says what is wrong, and quotes no secret; this is for the day that it does.
 */
function withoutSecrets(message: string): string {
  const text = message.replaceAll(/[A-Za-z0-9+/=]{40,}/g, (word) => (isRandom(word) ? '…' : word));
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
}

function isRandom(word: string): boolean {
  return /\d/.test(word) && /[a-z]/.test(word) && /[A-Z]/.test(word);
}

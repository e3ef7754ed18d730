/** Takes credentials out of what an upstream says: some repeat the key that they refuse. Pure. */
import type { SigningCredentials } from '../../providers/wire.ts';
import type { ProviderEntry } from '../../table/types.ts';

const REMOVED = '[redacted]';

/** Shorter values are no secrets, and taking them out would spoil any text. */
const LEAST_CHARACTERS = 6;

/** Characters of a masked key (`sk-pr****cdef`) that must agree with ours for it to count as ours. */
const LEAST_AGREEING = 3;

const WORD = /[^\s"'`<>,;:()]+/gu;
const MASK = /\*{2,}|\.{3}|…/u;

/**
 * Everything secret that a call carries: the provider's key, its static headers, the client's own credential (header
 * names and values in turn), the credentials that signed.
 */
export function secretsOf(
  entry: ProviderEntry,
  passed: readonly string[],
  signing: SigningCredentials | undefined,
): readonly string[] {
  const { credential } = entry;
  return [
    ...(credential.kind === 'APIKey' ? [credential.value.reveal()] : []),
    ...entry.headers.map(({ value }) => value),
    ...passed.filter((_text, i) => i % 2 === 1).map((value) => value.replace(/^Bearer /i, '')),
    ...(signing === undefined ? [] : [signing.accessKeyID, signing.secretAccessKey, signing.sessionToken ?? '']),
  ];
}

/** `text` without any of `secrets`, as they are, in the encodings in which they may come back, or masked in part. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let result = text;
  const known = secrets.filter((secret) => secret.length >= LEAST_CHARACTERS);
  for (const secret of known) for (const form of formsOf(secret)) result = result.replaceAll(form, REMOVED);
  return result.replaceAll(WORD, (word) => (known.some((secret) => isMasked(word, secret)) ? REMOVED : word));
}

function formsOf(secret: string): ReadonlySet<string> {
  return new Set([
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
  ]);
}

/** Whether a word shows the beginning or the end of a secret and hides the rest. */
function isMasked(word: string, secret: string): boolean {
  if (!MASK.test(word)) return false;
  const parts = word.split(MASK);
  const first = parts[0] ?? '';
  const last = parts.at(-1)?.replace(/\.$/, '') ?? '';
  return (
    (first.length >= LEAST_AGREEING && secret.startsWith(first)) ||
    (last.length >= LEAST_AGREEING && secret.endsWith(last))
  );
}

/** Takes credentials out of what an upstream says: some repeat the key that they refuse. Pure. */
import type { SigningCredentials } from '../../providers/wire.ts';
import type { ProviderEntry } from '../../table/types.ts';

const REMOVED = '[redacted]';

/** Shorter values are no secrets, and taking them out would spoil any text. */
const LEAST_CHARACTERS = 6;

/** Characters of a masked key (`sk-pr****cdef`) that must agree with ours for it to count as ours. */
const LEAST_AGREEING = 3;

/** Characters of a key's beginning or end that count as ours where nothing says that the rest is left out. */
const LEAST_PART = 8;

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

/**
 * `text` without any of `secrets`, as they are, in the encodings in which they may come back, masked in part, or cut: by
 * the upstream, or by whoever read its message.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let result = text;
  const known = secrets.filter((secret) => secret.length >= LEAST_CHARACTERS);
  // The longest first: one may be part of another, of which the rest would stay.
  const forms = known.flatMap((secret) => [...formsOf(secret)]).toSorted((a, b) => b.length - a.length);
  for (const form of forms) result = result.replaceAll(form, REMOVED);
  result = withoutBeginning(result, forms);
  return result.replaceAll(WORD, (word) => (known.some((secret) => isPartOf(word, secret)) ? REMOVED : word));
}

/** Without what stands at the end of a text that was cut in the middle of a secret, of whatever characters. */
function withoutBeginning(text: string, forms: readonly string[]): string {
  for (const form of forms) {
    for (let length = form.length - 1; length >= LEAST_PART; length -= 1) {
      if (text.endsWith(form.slice(0, length))) return text.slice(0, -length) + REMOVED;
    }
  }
  return text;
}

function formsOf(secret: string): ReadonlySet<string> {
  return new Set([
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll(/%../g, (escape) => escape.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
    Buffer.from(secret).toString('base64'),
  ]);
}

/** Whether a word shows the beginning or the end of a secret, and hides the rest or leaves it out. */
function isPartOf(word: string, secret: string): boolean {
  if (!MASK.test(word)) {
    const plain = word.replace(/\.$/, '');
    return plain.length >= LEAST_PART && (secret.startsWith(plain) || secret.endsWith(plain));
  }
  const parts = word.split(MASK);
  const first = parts[0] ?? '';
  const last = parts.at(-1)?.replace(/\.$/, '') ?? '';
  return (
    (first.length >= LEAST_AGREEING && secret.startsWith(first)) ||
    (last.length >= LEAST_AGREEING && secret.endsWith(last))
  );
}

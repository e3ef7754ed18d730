/** What is a secret, and what only stands where one would. */

/** Words of types, of forms and of masks. */
const words = new Set(
  (
    'null none nil true false undefined string str text number int integer boolean bool bytes any object array required optional ' +
    'password passwd passphrase secret token hidden redacted masked empty unset unknown changed invalid incorrect wrong expired ' +
    'missing input field value yes no default self this varchar char securestring secretstr credentials username user example your ' +
    'uint8array bytearray float int32 int64 ' +
    'access_token refresh_token auth_token api_key apikey client_secret accesstoken refreshtoken clientsecret pass'
  ).split(' '),
);
/** Words of sentences about passwords. */
const sentence =
  /(?:^|\s)(?:password|passwords|enter|must|your|please|is|are|the|required|forgot|reset|new|confirm|should|cannot|invalid)(?:[\s,.:;!?]|$)/i;
/** `${A}`, `$(a)`, `$NAME`, `%NAME%`, `{{ a }}`, `{a}`, `<a>`, `#{a}`, `@Microsoft.KeyVault(…)`, `[a]`. */
const reference =
  /^(?:[$#@%]?[{(<[]|\$[A-Z_][A-Z0-9_]*$|%[A-Z_][A-Z0-9_]*%$|@Microsoft\.|(?:vault|ssm|secretref|env|file|arn):)/;
const startsNoValue = /^[\s,;:)=]/;
/** Names of files. */
const path = /^(?:~|\.{0,2})\//;
/** A member of an object of a program. */
const member = /^[A-Za-z_$][\w$]*(?:(?:\?\.|\.|->|::)[A-Za-z_$][\w$]*)+$/;
/** Stars, dots and the like, and the same letter again and again. */
const mask = /^(?:[*.•xX#_?-]+|(.)\1+)$/u;
/** Names of constants and of types, parameters and the like: `API_KEY`, `V1Secret`, `!received`. */
const constant = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
const identifier = /^(?:!+[A-Za-z_$.]+|[A-Za-z_$][\w$]*(?:password|secret|token|key|pwd))$/i;
const nameOfSecret = /pass|pwd|secret|token|key/i;
const lettersOnly = /^[\p{L}._/-]+$/u;
const LEAST = 4;

/** How the value was written. */
export interface Writing {
  /** In quotes, in an element, in a URL: with an end of its own. */
  readonly isEnclosed: boolean;
  /** Right after `=`, as in files of settings and queries, not as in programs. */
  readonly isAssigned: boolean;
}

/** Whether a value of a name for secrets is a secret. At most 128 code units; every pattern here is linear. */
export function isSecret(value: string, { isEnclosed, isAssigned }: Writing): boolean {
  if (value.length < LEAST || words.has(value.toLowerCase())) return false;
  // A quote that ended the name and began no value: `log('password:', password)`; and texts with a place for a value.
  if (startsNoValue.test(value) || value.includes('${')) return false;
  if (mask.test(value) || reference.test(value) || path.test(value)) return false;
  if (constant.test(value)) return false;
  if (isEnclosed) return !sentence.test(value);
  if (value.includes('(') || value.includes('[') || member.test(value)) return false;
  if (!isAssigned && identifier.test(value)) return false;
  if (!lettersOnly.test(value)) return true;
  return isAssigned && !nameOfSecret.test(value);
}

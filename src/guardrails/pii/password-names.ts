/** Names under which programs and people keep passwords and keys. */
import { touches } from './characters.ts';
import { listOf } from './context.ts';
import { NONE } from './shape.ts';

/** In lower case; `-` and space stand for `_`, too. A name may end so (`DB_PASSWORD`, `clientSecret`). */
const endings = listOf(
  'password, passwd, passphrase, passcode, secret, secret_key, secretkey, api_key, apikey, ' +
    'api_token, access_token, accesstoken, auth_token, authtoken, refresh_token, refreshtoken, ' +
    'private_token, account_key, accountkey, apitoken, passwort, kennwort, contraseña, contrasena, ' +
    'senha, mot_de_passe, motdepasse, wachtwoord, hasło, lösenord, пароль, 密码, 密碼, パスワード, 비밀번호, ' +
    'encryption_key, signing_key, password_is',
);
/** Too short to be the end of any word: nothing joins them before. */
const words = ['pwd', 'pass', 'pw', 'mdp', 'clave', 'pin_code'];

const LONGEST = 24;
const QUOTES = '"\'`])*';
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** The end of the name before the sign at `sign`: without spaces, a quote, a bracket, the stars of Markdown. */
export function endOfName(text: string, sign: number): number {
  let end = sign;
  const least = Math.max(0, sign - 6);
  for (; end > least; end--) {
    const code = text.charCodeAt(end - 1);
    if (code !== SPACE && code !== BACKSLASH && !QUOTES.includes(text.charAt(end - 1))) return end;
  }
  return NONE;
}

/** Names by their last two characters, which nearly always say that a name is none. */
const byEnd = new Map<string, { readonly ending: string; readonly isWord: boolean }[]>();
for (const [isWord, names] of [
  [false, endings],
  [true, words],
] as const) {
  for (const ending of names) {
    const key = ending.slice(-2);
    byEnd.set(key, [...(byEnd.get(key) ?? []), { ending, isWord }]);
  }
}

/** Whether a name that ends at `end` is one of a secret. */
export function isName(text: string, end: number): boolean {
  const candidates = byEnd.get(text.slice(Math.max(0, end - 2), end).toLowerCase());
  if (!candidates) return false;
  const name = text
    .slice(Math.max(0, end - LONGEST), end)
    .toLowerCase()
    .replaceAll('-', '_')
    .replaceAll(' ', '_');
  return candidates.some(
    ({ ending, isWord }) => name.endsWith(ending) && !(isWord && touches(text, end - ending.length)),
  );
}

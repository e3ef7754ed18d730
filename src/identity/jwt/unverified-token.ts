/**
 * Reads a JWT without verifying it: only to find who is to judge it, and to refuse early, with a good message, what would
 * be refused anyway. Nothing is ever allowed because of what is read here.
 */

/** Longest token that is looked at, in characters. */
export const MAX_TOKEN_LENGTH = 16 * 1024;

/** Longest header, in characters of its encoded form: certificate chains (`x5c`) are nothing that is looked at. */
const MAX_HEADER_LENGTH = 8 * 1024;

/** Objects and arrays within each other, in a header or in claims. */
const MAX_DEPTH = 32;

/** Members of a JSON object of unknown origin: look with {@link memberOf}, names may be those of prototypes. */
export type Members = Readonly<Record<string, unknown>>;

export interface UnverifiedToken {
  readonly kind: 'Token';
  readonly header: Members;
  readonly claims: Members;
}

/** What is no JWT in compact form (RFC 7519), and why. Never echoes a part of it. */
export interface NoToken {
  readonly kind: 'NoToken';
  readonly problem: string;
}

const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/** Whether `credential` has the three parts of a signed token, whatever is in them. A provider's key has not. */
export function hasTokenForm(credential: string): boolean {
  const first = credential.indexOf('.');
  if (first <= 0) return false;
  const second = credential.indexOf('.', first + 1);
  return second > first + 1 && !credential.includes('.', second + 1);
}

export function readToken(token: string): UnverifiedToken | NoToken {
  if (token.length > MAX_TOKEN_LENGTH) {
    return noToken(`The credential is ${token.length} characters long, and tokens may have ${MAX_TOKEN_LENGTH}.`);
  }
  if (!COMPACT_JWS.test(token)) return noToken(formProblem(token));
  const first = token.indexOf('.');
  const second = token.lastIndexOf('.');
  if (first > MAX_HEADER_LENGTH) {
    return noToken(`The token's header is ${first} characters long, and it may have ${MAX_HEADER_LENGTH}.`);
  }
  const header = readObject(token.slice(0, first));
  if (header === undefined) return noToken("The token is damaged: its header can't be read.");
  const claims = readObject(token.slice(first + 1, second));
  if (claims === undefined) return noToken("The token is damaged: its claims can't be read.");
  // Two texts for one signature would be two tokens that are one.
  if (decode(token.slice(second + 1)) === undefined)
    return noToken("The token is damaged: its signature can't be read.");
  return { kind: 'Token', header, claims };
}

/** The member of exactly this name; never what an object inherits. */
export function memberOf(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** `aud`: a text or a list of texts (RFC 7519 §4.1.3). */
export function audiencesOf(claims: Members): readonly string[] {
  const aud = memberOf(claims, 'aud');
  return (Array.isArray(aud) ? aud : [aud]).filter((a): a is string => typeof a === 'string');
}

/** The last and the first time that a `Date` can be, in milliseconds from the epoch. */
const MAX_TIME = 8.64e15;

/**
 * A NumericDate in milliseconds since the epoch; undefined when the claim is absent or no number. What is beyond all dates
 * is taken for the last one, so that it can be shown.
 */
export function timeOf(claims: Members, name: 'exp' | 'nbf'): number | undefined {
  const value = memberOf(claims, name);
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Math.min(Math.max(value * 1000, -MAX_TIME), MAX_TIME);
}

function noToken(problem: string): NoToken {
  return { kind: 'NoToken', problem };
}

function formProblem(token: string): string {
  // RFC 7516 §3.1. Auth0 gives such out when it is asked for a token without an audience.
  if (/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    return 'The credential is an encrypted token, which nobody but its issuer can read; ask the issuer for one with an audience that is accepted here.';
  }
  return 'The credential is not a token of the form that is expected here (a signed JWT).';
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readObject(part: string): Members | undefined {
  const bytes = decode(part);
  if (bytes === undefined || isDeeperThan(bytes, MAX_DEPTH)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

/** Undefined unless `part` is the one base64url text of its bytes (RFC 4648 §3.5). */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether JSON goes deeper than `depth` objects and arrays. Of what is no JSON it may say anything. */
function isDeeperThan(json: Uint8Array, depth: number): boolean {
  let open = 0;
  let isText = false;
  for (let i = 0; i < json.length; i += 1) {
    const byte = json[i];
    if (isText) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) {
      isText = true;
    } else if (byte === 0x7b || byte === 0x5b) {
      open += 1;
      if (open > depth) return true;
    } else if (byte === 0x7d || byte === 0x5d) {
      open -= 1;
    }
  }
  return false;
}

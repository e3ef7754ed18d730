import { goNumber } from './go-number.ts';
import type { JSONValue } from './schema.ts';

/** A field's path by its segments: names of fields and indexes of lists. */
export type FieldPath = readonly (string | number)[];

/** How the API server prints the path of the object itself. */
export const ROOT = '<nil>';

/** What is wrong, in the classes of Kubernetes' field errors. */
export type FieldErrorType =
  'Duplicate' | 'Forbidden' | 'Invalid' | 'NotSupported' | 'Required' | 'TooLong' | 'TooMany' | 'TypeInvalid';

const WORDS: Readonly<Record<FieldErrorType, string>> = {
  Duplicate: 'Duplicate value',
  Forbidden: 'Forbidden',
  Invalid: 'Invalid value',
  NotSupported: 'Unsupported value',
  Required: 'Required value',
  TooLong: 'Too long',
  TooMany: 'Too many',
  TypeInvalid: 'Invalid value',
};

/** Further rules make no sense on an object with one of these, so the API server skips them. */
const BLOCKING: ReadonlySet<FieldErrorType> = new Set([
  'NotSupported',
  'Required',
  'TooLong',
  'TooMany',
  'TypeInvalid',
]);

/** One violation, worded as kube-apiserver words it. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Where it is in the object, for a line and a column. */
  readonly path: FieldPath;
  /** The whole message, path included. */
  readonly message: string;
}

interface Details {
  /** Undefined: the value is not shown. */
  readonly value?: JSONValue | undefined;
  readonly detail?: string;
  /** Shown in place of the path. */
  readonly shownPath?: string;
}

export function fieldError(
  type: FieldErrorType,
  path: FieldPath,
  { value, detail, shownPath }: Details = {},
): FieldError {
  const parts = [shownPath ?? formatPath(path), WORDS[type]];
  if (value !== undefined) parts.push(shown(value));
  if (detail !== undefined && detail !== '') parts.push(detail);
  return { type, path, message: parts.join(': ') };
}

function shown(value: JSONValue): string {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'number' ? goNumber(value) : goJSON(value);
}

/** Go's JSON encoder escapes what HTML would take for markup. */
function goJSON(value: JSONValue): string {
  return JSON.stringify(value).replaceAll(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}

export function isBlocking(error: FieldError): boolean {
  return BLOCKING.has(error.type);
}

/** `spec.models[3].name`; the root is `<nil>`, as the API server prints it. */
export function formatPath(path: FieldPath): string {
  if (path.length === 0) return ROOT;
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** A string in double quotes with Go's escapes, which is how the API server shows values. */
export function quote(text: string): string {
  let out = '"';
  for (const character of text) out += SHORT_ESCAPES[character] ?? escapeUnprintable(character);
  return `${out}"`;
}

const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{Zs}]/u;

function escapeUnprintable(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === ' ' || !UNPRINTABLE.test(character)) return character;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

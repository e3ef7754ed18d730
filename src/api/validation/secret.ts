import { fieldError, type FieldError, type FieldPath } from './field-error.ts';
import { configKeyProblems } from './names.ts';
import { unknownMetadataFields, validateObjectMeta } from './object-meta.ts';
import { secretTypeErrors } from './secret-types.ts';
import { isObject, type JSONObject, type JSONValue } from './schema.ts';

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'type',
  'immutable',
  'data',
  'stringData',
]);

/** Bytes of all values together. */
const SIZE_LIMIT = 1024 * 1024;

/** Checks a manifest of a Secret as the API server does on create. No message ever holds a value. */
export function validateSecret(manifest: JSONObject): FieldError[] {
  const unknown: FieldPath[] = [
    ...Object.keys(manifest).flatMap((name) => (KNOWN_FIELDS.has(name) ? [] : [[name]])),
    ...unknownMetadataFields(manifest['metadata']),
  ];
  return [
    ...unknown.map((path): FieldError => ({ type: 'Forbidden', path, message: `unknown field "${path.join('.')}"` })),
    ...validateObjectMeta(manifest['metadata']),
    ...scalar(manifest, 'type', 'string'),
    ...scalar(manifest, 'immutable', 'boolean'),
    ...values(manifest, 'data', (value) => (decodeBase64(value) === undefined ? 'must be base64' : undefined)),
    ...values(manifest, 'stringData', () => undefined),
    ...size(manifest),
    ...secretTypeErrors(manifest, (key) => valueOf(manifest, key)),
  ];
}

/** Undefined when the text is not base64 as Kubernetes reads it: standard alphabet, padded, line breaks ignored. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const joined = text.replaceAll(/[\r\n]/g, '');
  if (joined.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(joined)) return undefined;
  return Buffer.from(joined, 'base64');
}

/** As stored: `stringData` wins. Undefined: there is no such key. */
function valueOf(manifest: JSONObject, key: string): Uint8Array | undefined {
  const find = (field: string): string | undefined => {
    const members = manifest[field];
    if (!isObject(members) || !Object.hasOwn(members, key)) return undefined;
    const value = members[key] ?? '';
    return typeof value === 'string' ? value : '';
  };
  const text = find('stringData');
  if (text !== undefined) return Buffer.from(text);
  const data = find('data');
  return data === undefined ? undefined : (decodeBase64(data) ?? new Uint8Array());
}

function scalar(manifest: JSONObject, field: string, type: 'string' | 'boolean'): FieldError[] {
  const value = manifest[field];
  if (value === undefined || value === null || typeof value === type) return [];
  return [fieldError('TypeInvalid', [field], { detail: `must be a ${type}` })];
}

function values(manifest: JSONObject, field: string, problemOf: (value: string) => string | undefined): FieldError[] {
  const members = manifest[field];
  if (members === undefined || members === null) return [];
  if (!isObject(members)) return [fieldError('TypeInvalid', [field], { detail: 'must be an object' })];
  return Object.entries(members).flatMap(([key, value]) => {
    const path = [field, key];
    // The server merges `stringData` into `data` before it looks at keys.
    const shownPath = `data[${key}]`;
    const errors = configKeyProblems(key).map((detail) =>
      fieldError('Invalid', path, { value: key, detail, shownPath }),
    );
    if (value === null) return errors;
    if (typeof value !== 'string') {
      return [...errors, fieldError('TypeInvalid', path, { detail: 'must be a string; put the value into quotes' })];
    }
    const problem = problemOf(value);
    return problem === undefined ? errors : [...errors, fieldError('Invalid', path, { detail: problem })];
  });
}

function size(manifest: JSONObject): FieldError[] {
  const data = strings(manifest['data']).map(([key, value]): [string, number] => [
    key,
    decodeBase64(value)?.length ?? 0,
  ]);
  const texts = strings(manifest['stringData']).map(([key, value]): [string, number] => [
    key,
    Buffer.byteLength(value),
  ]);
  const total = [...new Map([...data, ...texts]).values()].reduce((sum, bytes) => sum + bytes, 0);
  return total > SIZE_LIMIT
    ? [fieldError('TooLong', ['data'], { detail: `may not be more than ${SIZE_LIMIT} bytes` })]
    : [];
}

function strings(members: JSONValue | undefined): [string, string][] {
  if (!isObject(members)) return [];
  return Object.entries(members).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value] as [string, string]] : [],
  );
}

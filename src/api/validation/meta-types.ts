import { fieldError, type FieldError } from './field-error.ts';
import { qualifiedNameProblems } from './names.ts';
import { isList, type JSONObject, type JSONValue } from './schema.ts';

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const isText = (value: JSONValue): boolean => typeof value === 'string';
const isInteger = (value: JSONValue): boolean => Number.isInteger(value);
const isTime = (value: JSONValue): boolean =>
  typeof value === 'string' && RFC3339.test(value) && !Number.isNaN(Date.parse(value));

const KINDS: Readonly<Record<string, readonly [is: (value: JSONValue) => boolean, what: string]>> = {
  creationTimestamp: [isTime, 'a time such as 2026-01-01T00:00:00Z'],
  deletionGracePeriodSeconds: [isInteger, 'an integer'],
  deletionTimestamp: [isTime, 'a time such as 2026-01-01T00:00:00Z'],
  generateName: [isText, 'a string'],
  generation: [isInteger, 'an integer'],
  resourceVersion: [isText, 'a string'],
  selfLink: [isText, 'a string'],
  uid: [isText, 'a string'],
};

/** What is in fields of `metadata` that mostly the server itself writes: it decodes them even where it ignores them. */
export function metaTypeErrors(meta: JSONObject): FieldError[] {
  const wrong = Object.entries(KINDS).flatMap(([field, [is, what]]) => {
    const value = meta[field] ?? null;
    return value === null || is(value)
      ? []
      : [fieldError('TypeInvalid', ['metadata', field], { detail: `must be ${what}` })];
  });
  return [...wrong, ...finalizerErrors(meta['finalizers'])];
}

function finalizerErrors(finalizers: JSONValue | undefined): FieldError[] {
  const path = ['metadata', 'finalizers'];
  if (finalizers === undefined || finalizers === null) return [];
  if (!isList(finalizers)) return [fieldError('TypeInvalid', path, { detail: 'must be a list' })];
  return finalizers.flatMap((value, index) =>
    typeof value === 'string'
      ? qualifiedNameProblems(value).map((detail) => fieldError('Invalid', path, { value, detail }))
      : [fieldError('TypeInvalid', [...path, index], { detail: 'must be a string' })],
  );
}

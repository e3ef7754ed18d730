import { fieldError, type FieldError, type FieldPath } from './field-error.ts';
import { metaTypeErrors } from './meta-types.ts';
import { labelProblems, labelValueProblems, qualifiedNameProblems, subdomainProblems } from './names.ts';
import { ownerReferenceErrors } from './owner-references.ts';
import { isObject, type JSONObject, type JSONValue } from './schema.ts';

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'annotations',
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'finalizers',
  'generateName',
  'generation',
  'labels',
  'managedFields',
  'name',
  'namespace',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
]);

/** Bytes of all keys and values of the annotations together. */
const ANNOTATIONS_LIMIT = 256 * 1024;

/** Fields of `metadata` that Kubernetes does not know. */
export function unknownMetadataFields(metadata: JSONValue | undefined): FieldPath[] {
  if (!isObject(metadata)) return [];
  return Object.keys(metadata)
    .filter((name) => !KNOWN_FIELDS.has(name))
    .map((name) => ['metadata', name]);
}

/**
 * Checks `metadata` as far as the server does on create. A name that the server would generate is not taken for one.
 * `nameProblems`: the rule for names of this kind of object.
 */
export function validateObjectMeta(
  metadata: JSONValue | undefined,
  nameProblems: (name: string) => string[] = subdomainProblems,
): FieldError[] {
  if (metadata !== undefined && metadata !== null && !isObject(metadata)) {
    return [fieldError('TypeInvalid', ['metadata'], { detail: 'metadata must be an object' })];
  }
  const meta: JSONObject = metadata ?? {};
  return [
    ...name(meta, nameProblems),
    ...text(meta, 'namespace', (value) => (value === '' ? [] : labelProblems(value))),
    ...pairs(meta, 'labels', qualifiedNameProblems, labelValueProblems),
    ...pairs(
      meta,
      'annotations',
      (key) => qualifiedNameProblems(key.toLowerCase()),
      () => [],
    ),
    ...annotationsSize(meta),
    ...metaTypeErrors(meta),
    ...ownerReferenceErrors(meta['ownerReferences']),
  ];
}

function name(meta: JSONObject, problemsOf: (name: string) => string[]): FieldError[] {
  const path = ['metadata', 'name'];
  if (meta['name'] === undefined || meta['name'] === null || meta['name'] === '') {
    return [fieldError('Required', path, { detail: 'name or generateName is required' })];
  }
  return text(meta, 'name', (value) => problemsOf(value));
}

function text(meta: JSONObject, field: string, problemsOf: (value: string) => string[]): FieldError[] {
  const path = ['metadata', field];
  const value = meta[field];
  if (value === undefined || value === null) return [];
  if (typeof value !== 'string')
    return [fieldError('TypeInvalid', path, { detail: `metadata.${field} must be a string` })];
  return problemsOf(value).map((detail) => fieldError('Invalid', path, { value, detail }));
}

function pairs(
  meta: JSONObject,
  field: string,
  keyProblems: (key: string) => string[],
  valueProblems: (value: string) => string[],
): FieldError[] {
  const path = ['metadata', field];
  const members = meta[field];
  if (members === undefined || members === null) return [];
  if (!isObject(members)) return [fieldError('TypeInvalid', path, { detail: `metadata.${field} must be an object` })];
  return Object.entries(members).flatMap(([key, given]) => {
    // The server reads null as an empty text.
    const value = given ?? '';
    const errors = keyProblems(key).map((detail) => fieldError('Invalid', path, { value: key, detail }));
    if (typeof value !== 'string') {
      return [
        ...errors,
        fieldError('TypeInvalid', [...path, key], { detail: `values of metadata.${field} must be strings` }),
      ];
    }
    return [...errors, ...valueProblems(value).map((detail) => fieldError('Invalid', path, { value, detail }))];
  });
}

function annotationsSize(meta: JSONObject): FieldError[] {
  const { annotations } = meta;
  if (!isObject(annotations)) return [];
  const encoder = new TextEncoder();
  const size = Object.entries(annotations)
    .flat()
    .reduce<number>((sum, part) => sum + (typeof part === 'string' ? encoder.encode(part).length : 0), 0);
  return size > ANNOTATIONS_LIMIT
    ? [
        fieldError('TooLong', ['metadata', 'annotations'], {
          detail: `may not be more than ${ANNOTATIONS_LIMIT} bytes`,
        }),
      ]
    : [];
}

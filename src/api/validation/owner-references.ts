import { fieldError, type FieldError } from './field-error.ts';
import { isList, isObject, type JSONObject, type JSONValue } from './schema.ts';

const PATH = ['metadata', 'ownerReferences'];
const REQUIRED = ['apiVersion', 'kind', 'name', 'uid'];
const FLAGS = ['controller', 'blockOwnerDeletion'];

/** Each owner must be named wholly, and at most one be the controller. The server shows no index. */
export function ownerReferenceErrors(references: JSONValue | undefined): FieldError[] {
  if (references === undefined || references === null) return [];
  if (!isList(references)) return [fieldError('TypeInvalid', PATH, { detail: 'must be a list' })];
  const controllers = references.filter((each) => isObject(each) && each['controller'] === true);
  return [
    ...references.flatMap((each, index) =>
      isObject(each)
        ? ofOne(each, index)
        : [fieldError('TypeInvalid', [...PATH, index], { detail: 'must be an object' })],
    ),
    ...(controllers.length > 1
      ? [
          fieldError('Invalid', PATH, {
            value: null,
            detail: 'Only one reference can have Controller set to true',
          }),
        ]
      : []),
  ];
}

function ofOne(reference: JSONObject, index: number): FieldError[] {
  const path = (field: string): (string | number)[] => [...PATH, index, field];
  const unknown = Object.keys(reference).filter((field) => !REQUIRED.includes(field) && !FLAGS.includes(field));
  const wrongFlags = FLAGS.filter(
    (field) => !['boolean', 'undefined'].includes(typeof (reference[field] ?? undefined)),
  );
  return [
    ...unknown.map((field): FieldError => {
      const at = path(field);
      return { type: 'Forbidden', path: at, message: `unknown field "metadata.ownerReferences[${index}].${field}"` };
    }),
    ...wrongFlags.map((field) => fieldError('TypeInvalid', path(field), { detail: 'must be a boolean' })),
    ...REQUIRED.flatMap((field) => {
      const value = reference[field] ?? '';
      const shownPath = `metadata.ownerReferences.${field}`;
      if (typeof value !== 'string') return [fieldError('TypeInvalid', path(field), { detail: 'must be a string' })];
      const detail = field === 'apiVersion' ? 'version must not be empty' : 'must not be empty';
      return value === '' ? [fieldError('Invalid', path(field), { value, detail, shownPath })] : [];
    }),
  ];
}

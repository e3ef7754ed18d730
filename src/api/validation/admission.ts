import { validateRules } from './cel.ts';
import { applyDefaults } from './defaulting.ts';
import { fieldError, formatPath, isBlocking, ROOT, type FieldError, type FieldPath } from './field-error.ts';
import { validateListMaps } from './list-map.ts';
import { unknownMetadataFields, validateObjectMeta } from './object-meta.ts';
import { prune } from './pruning.ts';
import { isObject, type JSONObject, type StructuralSchema } from './schema.ts';
import { validateStructure } from './structural.ts';

export interface Admission {
  /** The object as the API server would store it, without `status`. Meaningful only when there are no errors. */
  readonly object: JSONObject;
  /** Empty: the API server would accept it. */
  readonly errors: readonly FieldError[];
}

/**
 * Does to a custom resource what the API server does on create, or on update when `old` (as admitted before) is given,
 * with strict field validation as `kubectl` asks for. One difference: unknown fields are reported along with everything
 * else, where the server reports them first and alone.
 */
export function admitCustomResource(manifest: JSONObject, schema: StructuralSchema, old?: JSONObject): Admission {
  const { metadata, ...rest } = manifest;
  const { value, unknownFields } = prune(rest, schema);
  const unknown = [...unknownMetadataFields(metadata), ...unknownFields].map(unknownField);
  // The server takes no status from whoever writes the spec.
  const { status: _, ...pruned } = isObject(value) ? value : {};
  const { status: _default, ...defaulted } = asObject(applyDefaults(pruned, schema));
  const object = { ...defaulted, metadata: metadata ?? {} };

  const errors = [
    ...validateObjectMeta(metadata),
    ...validateStructure(object, schema),
    ...validateListMaps(object, schema),
  ];
  const blocking = errors.find(isBlocking);
  if (blocking !== undefined) {
    const detail =
      'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
    errors.push(fieldError('Invalid', blocking.path, { value: null, detail, shownPath: ROOT }));
  } else {
    errors.push(...validateRules(object, schema, old));
  }
  return { object, errors: [...unknown, ...errors] };
}

function unknownField(path: FieldPath): FieldError {
  return { type: 'Forbidden', path, message: `unknown field "${formatPath(path)}"` };
}

function asObject(value: unknown): JSONObject {
  return value as JSONObject;
}

import { fieldError, type FieldError, type FieldPath } from './field-error.ts';
import { isList, isObject, type JSONValue, type StructuralSchema } from './schema.ts';

/** Checks that lists of type `map` hold objects and that each key occurs once. A key is reported once, at its first repetition. */
export function validateListMaps(value: JSONValue, schema: StructuralSchema, path: FieldPath = []): FieldError[] {
  if (isList(value)) {
    const { items } = schema;
    const inner =
      items === undefined ? [] : value.flatMap((item, index) => validateListMaps(item, items, [...path, index]));
    return schema['x-kubernetes-list-type'] === 'map' ? [...duplicates(value, schema, path), ...inner] : inner;
  }
  if (!isObject(value)) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    return member === undefined ? [] : validateListMaps(member, child, [...path, name]);
  });
}

function duplicates(list: readonly JSONValue[], schema: StructuralSchema, path: FieldPath): FieldError[] {
  const foreign = list.findIndex((item) => item !== null && !isObject(item));
  if (foreign >= 0) {
    const value = list[foreign];
    return [
      fieldError('Invalid', [...path, foreign], { value, detail: 'must be an object for an array of list-type map' }),
    ];
  }
  const [key] = schema['x-kubernetes-list-map-keys'] ?? [];
  if (key === undefined) return [];
  const seen = new Map<JSONValue | undefined, number>();
  const errors: FieldError[] = [];
  for (const [index, item] of list.entries()) {
    const raw = isObject(item) && Object.hasOwn(item, key) ? item[key] : undefined;
    const identity = typeof raw === 'object' ? JSON.stringify(raw) : raw;
    const times = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, times);
    if (times === 2)
      errors.push(fieldError('Duplicate', [...path, index], { value: raw === undefined ? {} : { [key]: raw } }));
  }
  return errors;
}

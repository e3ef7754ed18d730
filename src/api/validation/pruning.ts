import type { FieldPath } from './field-error.ts';
import { isList, isObject, type JSONValue, type StructuralSchema } from './schema.ts';

export interface Pruned {
  /** The value without the fields that the schema does not know. */
  readonly value: JSONValue;
  readonly unknownFields: readonly FieldPath[];
}

/** Removes what the schema does not know. ObjectMeta has no schema here: leave it out. */
export function prune(value: JSONValue, schema: StructuralSchema, path: FieldPath = []): Pruned {
  if (isList(value)) {
    const { items } = schema;
    const results = value.map((item, index) =>
      items === undefined ? { value: item, unknownFields: [] } : prune(item, items, [...path, index]),
    );
    return {
      value: results.map((result) => result.value),
      unknownFields: results.flatMap((result) => result.unknownFields),
    };
  }
  if (!isObject(value)) return { value, unknownFields: [] };
  const properties = schema.properties ?? {};
  const known: [string, JSONValue][] = [];
  const unknownFields: FieldPath[] = [];
  for (const [name, member] of Object.entries(value)) {
    const child = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (child === undefined) {
      unknownFields.push([...path, name]);
      continue;
    }
    const result = prune(member, child, [...path, name]);
    known.push([name, result.value]);
    unknownFields.push(...result.unknownFields);
  }
  return { value: Object.fromEntries(known), unknownFields };
}

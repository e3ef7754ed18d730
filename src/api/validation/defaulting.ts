import { isList, isObject, type JSONObject, type JSONValue, type StructuralSchema } from './schema.ts';

/**
 * Applies the schema's defaults, as the API server does on every request: a null that the schema does not allow counts as
 * absent, a nested default applies only where its parent is. The input is not changed.
 */
export function applyDefaults(value: JSONValue, schema: StructuralSchema): JSONValue {
  if (isList(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => applyDefaults(item, items));
  }
  if (!isObject(value)) return value;
  const properties = schema.properties ?? {};
  const result: Record<string, JSONValue> = Object.create(null) as Record<string, JSONValue>;
  for (const [name, member] of Object.entries(value)) {
    if (member === null && Object.hasOwn(properties, name)) continue;
    result[name] = member;
  }
  for (const [name, child] of Object.entries(properties)) {
    const member = result[name] ?? child.default;
    if (member !== undefined) result[name] = applyDefaults(member, child);
  }
  return { ...result } satisfies JSONObject;
}

import { fieldError, formatPath, ROOT, type FieldError, type FieldPath } from './field-error.ts';
import { goBound } from './go-number.ts';
import { isList, isObject, type JSONValue, type StructuralSchema } from './schema.ts';

/** Checks types, required fields, enums, bounds and patterns. Unknown fields are not its business. */
export function validateStructure(value: JSONValue, schema: StructuralSchema, path: FieldPath = []): FieldError[] {
  const errors = [...typeErrors(value, schema, path)];
  if (typeof value === 'string') errors.push(...stringErrors(value, schema, path));
  if (typeof value === 'number') errors.push(...numberErrors(value, schema, path));
  if (isList(value)) errors.push(...listErrors(value, schema, path));
  if (schema.enum !== undefined && !(typeof value === 'string' && schema.enum.includes(value))) {
    const supported = schema.enum.map((member) => `"${member}"`).join(', ');
    errors.push(fieldError('NotSupported', path, { value, detail: `supported values: ${supported}` }));
  }
  if (isObject(value)) errors.push(...objectErrors(value, schema, path));
  return errors;
}

function typeErrors(value: JSONValue, schema: StructuralSchema, path: FieldPath): FieldError[] {
  const actual = typeName(value);
  if (actual === schema.type || (schema.type === 'number' && actual === 'integer')) return [];
  const detail = `${formatPath(path)} in body must be of type ${schema.type}: "${actual}"`;
  return [fieldError('TypeInvalid', path, { value: actual, detail })];
}

/** Names as the API server reports them: a number without a fraction is an integer, unless JSON is not exact about it. */
function typeName(value: JSONValue): string {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function stringErrors(value: string, schema: StructuralSchema, path: FieldPath): FieldError[] {
  const length = Array.from(value).length;
  const name = formatPath(path);
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    // The server counts characters and says bytes.
    return [
      fieldError('TooLong', path, {
        detail: `may not be more than ${schema.maxLength} ${schema.maxLength === 1 ? 'byte' : 'bytes'}`,
      }),
    ];
  }
  if (schema.minLength !== undefined && length < schema.minLength) {
    return [
      fieldError('Invalid', path, {
        value,
        detail: `${name} in body should be at least ${schema.minLength} chars long`,
      }),
    ];
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    return [fieldError('Invalid', path, { value, detail: `${name} in body should match '${schema.pattern}'` })];
  }
  return [];
}

function numberErrors(value: number, schema: StructuralSchema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const name = formatPath(path);
  if (schema.type === 'integer' && !Number.isSafeInteger(value)) {
    errors.push(
      fieldError('Invalid', path, {
        shownPath: ROOT,
        value: '',
        detail: `Checked value must be of type integer (default format) in ${name}`,
      }),
    );
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    errors.push(
      fieldError('Invalid', path, {
        value,
        detail: `${name} in body should be less than or equal to ${goBound(value, schema.maximum)}`,
      }),
    );
  }
  if (schema.minimum !== undefined && value < schema.minimum) {
    errors.push(
      fieldError('Invalid', path, {
        value,
        detail: `${name} in body should be greater than or equal to ${goBound(value, schema.minimum)}`,
      }),
    );
  }
  return errors;
}

function listErrors(value: readonly JSONValue[], schema: StructuralSchema, path: FieldPath): FieldError[] {
  const { items, maxItems } = schema;
  const errors =
    items === undefined ? [] : value.flatMap((item, index) => validateStructure(item, items, [...path, index]));
  if (maxItems !== undefined && value.length > maxItems) {
    errors.push(
      fieldError('TooMany', path, {
        value: value.length,
        detail: `must have at most ${maxItems} ${maxItems === 1 ? 'item' : 'items'}`,
      }),
    );
  }
  return errors;
}

function objectErrors(
  value: Readonly<Record<string, JSONValue>>,
  schema: StructuralSchema,
  path: FieldPath,
): FieldError[] {
  const errors = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    return member === undefined ? [] : validateStructure(member, child, [...path, name]);
  });
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) errors.push(fieldError('Required', [...path, name]));
  }
  return errors;
}

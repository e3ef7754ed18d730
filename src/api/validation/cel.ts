import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { fieldError, type FieldError, type FieldPath } from './field-error.ts';
import { isList, isObject, type JSONValue, type StructuralSchema, type ValidationRule } from './schema.ts';

/**
 * Evaluates the CEL rules of a schema on a value that its structure allows. `old` is the same value before an update;
 * rules that name `oldSelf` run only where there is one.
 */
export function validateRules(
  value: JSONValue,
  schema: StructuralSchema,
  old?: JSONValue,
  path: FieldPath = [],
): FieldError[] {
  if (value === null) return [];
  const rules = schema['x-kubernetes-validations'] ?? [];
  const errors = rules.flatMap((rule) => violation(rule, value, schema, old, path));
  if (isList(value)) {
    const { items } = schema;
    if (items === undefined) return errors;
    const oldItem = correlate(schema, old);
    return [...errors, ...value.flatMap((item, index) => validateRules(item, items, oldItem(item), [...path, index]))];
  }
  if (isObject(value)) {
    for (const [name, child] of Object.entries(schema.properties ?? {})) {
      const member = Object.hasOwn(value, name) ? value[name] : undefined;
      const oldMember = isObject(old) && Object.hasOwn(old, name) ? old[name] : undefined;
      if (member !== undefined) errors.push(...validateRules(member, child, oldMember, [...path, name]));
    }
  }
  return errors;
}

/** Compiles every rule of a schema and says what is wrong with those that cannot be. */
export function checkRules(schema: StructuralSchema): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule }) => {
    const result = compile(rule).check();
    return result.valid ? [] : [`${rule}: ${result.error?.message ?? 'does not compile'}`];
  });
  const children = [...Object.values(schema.properties ?? {}), ...(schema.items === undefined ? [] : [schema.items])];
  return [...own, ...children.flatMap(checkRules)];
}

function violation(
  rule: ValidationRule,
  value: JSONValue,
  schema: StructuralSchema,
  old: JSONValue | undefined,
  path: FieldPath,
): FieldError[] {
  const isTransition = /\boldSelf\b/.test(rule.rule);
  if (isTransition && (old === undefined || old === null)) return [];
  const variables = { self: toCEL(value), ...(isTransition ? { oldSelf: toCEL(old ?? null) } : {}) };
  let outcome: unknown;
  try {
    outcome = compile(rule.rule)(variables);
  } catch (error) {
    const detail = `${error instanceof Error ? error.message : String(error)} evaluating rule: ${rule.message}`;
    return [fieldError('Invalid', path, { value: schema.type, detail })];
  }
  if (outcome === true) return [];
  const where =
    rule.fieldPath === undefined ? path : [...path, ...rule.fieldPath.split('.').filter((part) => part !== '')];
  const shown = isObject(value) || isList(value) ? undefined : value;
  return [fieldError('Invalid', where, { value: shown, detail: rule.message })];
}

/** Items of a list map are the same before and after when their keys are; other lists have no memory. */
function correlate(schema: StructuralSchema, old: JSONValue | undefined): (item: JSONValue) => JSONValue | undefined {
  const [key] = schema['x-kubernetes-list-map-keys'] ?? [];
  if (key === undefined || !isList(old)) return () => undefined;
  return (item) =>
    isObject(item) ? old.find((candidate) => isObject(candidate) && candidate[key] === item[key]) : undefined;
}

const environment = new Environment().registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn');
const compiled = new Map<string, ParseResult>();

function compile(rule: string): ParseResult {
  const known = compiled.get(rule);
  if (known !== undefined) return known;
  const program = environment.parse(rule);
  compiled.set(rule, program);
  return program;
}

/** CEL's integers are 64 bits wide, which JavaScript calls bigint. */
function toCEL(value: JSONValue): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (isList(value)) return value.map(toCEL);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toCEL(member)]));
  return value;
}

/** Reads single values of a spec. Whatever is not of the expected shape throws {@link SpecError}. */

/** The spec cannot be used; the message names the field. */
export class SpecError extends Error {
  override readonly name = 'SpecError';
}

/** An object. `field` is its path within the spec, for the message, as in all of these. */
export function object(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SpecError(`\`${field}\` must be an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** An object that has no other members than these: what is not known may be a restriction, which must not be left out. */
export function objectOf(value: unknown, field: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  const found = object(value, field);
  const stranger = Object.keys(found).find((key) => !known.includes(key));
  if (stranger !== undefined) throw new SpecError(`\`${field}\` has a field that this version does not know`);
  return found;
}

/** A string of at most `maximum` characters. */
export function text(value: unknown, field: string, maximum: number): string {
  if (typeof value !== 'string' || characters(value) > maximum) {
    throw new SpecError(`\`${field}\` must be a string of at most ${String(maximum)} characters`);
  }
  return value;
}

/** A string of 1 to `maximum` characters. */
export function string(value: unknown, field: string, maximum: number): string {
  if (typeof value !== 'string' || value === '' || characters(value) > maximum) {
    throw new SpecError(`\`${field}\` must be a string of 1 to ${String(maximum)} characters`);
  }
  return value;
}

/** As the API server counts them: by code points. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** True or false. */
export function boolean(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw new SpecError(`\`${field}\` must be true or false`);
  return value;
}

/** One of these words. */
export function oneOf<T extends string>(value: unknown, field: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw new SpecError(`\`${field}\` must be one of ${values.map((v) => `'${v}'`).join(', ')}`);
  return found;
}

/** A list of at most `maximum` items; empty when it is absent. */
export function list(value: unknown, field: string, maximum: number): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > maximum) {
    throw new SpecError(`\`${field}\` must be a list of at most ${String(maximum)} items`);
  }
  return value;
}

/** A list of 1 to `maximum` items. */
export function fullList(value: unknown, field: string, maximum: number): readonly unknown[] {
  const items = list(value, field, maximum);
  if (items.length === 0) throw new SpecError(`\`${field}\` must hold at least one item`);
  return items;
}

/** Items of a list that differ in what `keyOf` gives of them. */
export function distinct<T>(items: readonly T[], field: string, keyOf: (item: T) => string): readonly T[] {
  const keys = new Set<string>();
  for (const [i, item] of items.entries()) {
    if (keys.has(keyOf(item))) throw new SpecError(`\`${field}[${String(i)}]\` is there already`);
    keys.add(keyOf(item));
  }
  return items;
}

/** A whole number from `minimum` to `maximum`. */
export function integer(value: unknown, field: string, minimum: number, maximum: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw new SpecError(`\`${field}\` must be a whole number from ${String(minimum)} to ${String(maximum)}`);
  }
  return value;
}

/** What `read` makes of a value that is there. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

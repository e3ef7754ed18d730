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

/** What `read` makes of a value that is there. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

/** Reads the members of a parsed value; whatever is of another shape throws `EntryInvalid`. */
import { TableCodecError } from './errors.ts';

/** A parsed JSON object. */
export type Members = Readonly<Record<string, unknown>>;

/** The object that `value` is: with every required member and none that is unknown. */
export function members(
  value: unknown,
  what: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} must be an object`);
  const m = value as Members;
  for (const key of required) if (!Object.hasOwn(m, key)) throw invalid(`${what} lacks \`${key}\``);
  for (const key of Object.keys(m)) {
    if (!required.includes(key) && !optional.includes(key)) throw invalid(`${what} has an unknown member`);
  }
  return m;
}

/** Any string. */
export function text(m: Members, key: string): string {
  const value = m[key];
  if (typeof value !== 'string') throw invalid(`\`${key}\` must be a string`);
  return value;
}

/** A string that may be part of a key `namespace/name`. */
export function name(m: Members, key: string): string {
  const value = text(m, key);
  if (value === '' || value.includes('/')) throw invalid(`\`${key}\` must be a name`);
  return value;
}

/** A whole number from 0. */
export function count(m: Members, key: string): number {
  const value = m[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalid(`\`${key}\` must be a whole number`);
  }
  return value;
}

/** True or false. */
export function flag(m: Members, key: string): boolean {
  const value = m[key];
  if (typeof value !== 'boolean') throw invalid(`\`${key}\` must be a boolean`);
  return value;
}

/** One of these words. */
export function oneOf<T extends string>(m: Members, key: string, values: readonly T[]): T {
  const found = values.find((value) => value === m[key]);
  if (found === undefined) throw invalid(`\`${key}\` must be one of ${values.join(', ')}`);
  return found;
}

/** A list, each item read by `read`. */
export function list<T>(m: Members, key: string, read: (item: unknown) => T): readonly T[] {
  const value = m[key];
  if (!Array.isArray(value)) throw invalid(`\`${key}\` must be a list`);
  return value.map((item) => read(item));
}

/** What is thrown for a value of another shape. */
export function invalid(message: string): TableCodecError {
  return new TableCodecError('EntryInvalid', message);
}

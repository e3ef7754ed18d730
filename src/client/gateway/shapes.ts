/** What a gateway answers is somebody else's: these say whether it has the shape that is told and put into commands. */
import { isObjectName } from '../names.ts';
import { isPrintable } from '../output/style.ts';

export type Check = (value: unknown) => boolean;
type Checks<T> = Readonly<Record<keyof T, Check>>;

export const text: Check = (value) => typeof value === 'string';
export const truth: Check = (value) => typeof value === 'boolean';
export const figure: Check = (value) => Number.isFinite(value);
/** What is put into commands and lists: text that no terminal obeys. */
export const word: Check = (value) => typeof value === 'string' && isPrintable(value);
/** Names of objects of Kubernetes, which no command takes for an option. */
export const name: Check = (value) => typeof value === 'string' && isObjectName(value);
export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
export const mapOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
export const shaped =
  <T>(checks: Checks<T>, required: readonly (keyof T & string)[]): Check =>
  (value) =>
    isObject(value) &&
    required.every((field) => value[field] !== undefined) &&
    Object.entries<Check>(checks).every(([field, check]) => value[field] === undefined || check(value[field]));

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

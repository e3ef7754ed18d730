/** JSON values as events are read. */
import { isUtf8 } from 'node:buffer';

export type JSONObject = Readonly<Record<string, unknown>>;

/** Names of members and indexes of elements, from the outermost. */
export type Path = readonly (string | number)[];

export const isObject = (value: unknown): value is JSONObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The member, or undefined when it is none or `value` no object. */
export const member = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);

export const elements = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Undefined: no JSON, or not in UTF-8. */
export function parseJSON(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** An index that an event gives; 0 where it gives none, as servers of a single choice do. */
export function indexOf(value: unknown, name = 'index'): number {
  const index = member(value, name);
  return typeof index === 'number' ? index : 0;
}

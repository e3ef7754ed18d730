/** What of an answer that is blocked the client still gets. */
import { isObject, type JSONObject } from '../stream/json-value.ts';

/** Members of figures that are words, and of a few known ones. */
const LABELS: ReadonlySet<string> = new Set([
  'service_tier',
  'inference_geo',
  'speed',
  'type',
  'model',
  'modality',
  'trafficType',
  'ttl',
]);

const LABEL = /^[\w.:/@-]{1,128}$/;

/** More than any real usage has. */
const MAX_DEPTH = 8;

/** A value with nothing in it but figures and labels; undefined when it is something else. */
export function figures(value: unknown, depth = 0): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (depth === MAX_DEPTH) return undefined;
  if (Array.isArray(value)) {
    return value.map((element) => figures(element, depth + 1)).filter((element) => element !== undefined);
  }
  if (!isObject(value)) return undefined;
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const isLabel = LABELS.has(name) && typeof member === 'string' && LABEL.test(member);
    const one = isLabel ? member : figures(member, depth + 1);
    if (one !== undefined) kept[name] = one;
  }
  return kept;
}

/** Those members of `original` that are there, as figures and labels: names, times, usage. */
export function kept(original: JSONObject, ...names: readonly string[]): JSONObject {
  const result: Record<string, unknown> = {};
  for (const name of names) {
    const value = original[name];
    const isLabel = typeof value === 'string' && LABEL.test(value);
    const one = isLabel ? value : figures(value);
    if (one !== undefined && one !== null) result[name] = one;
  }
  return result;
}

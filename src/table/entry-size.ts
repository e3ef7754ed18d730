/** What a Guardrail takes of a table. */
import { gzipSync } from 'node:zlib';
import { guardrailText } from './revision.ts';
import type { GuardrailEntry } from './types.ts';

export interface EntrySize {
  readonly bytes: number;
  /** By itself; together with others it is a little less. */
  readonly compressedBytes: number;
}

/** Entries are immutable. Only sizes are kept, never texts. */
const bytes = new WeakMap<GuardrailEntry, number>();
const compressed = new WeakMap<GuardrailEntry, number>();

/** Bytes of its line. */
export function guardrailBytes(entry: GuardrailEntry): number {
  return known(bytes, entry, () => Buffer.byteLength(guardrailText(entry)) + 1);
}

/** Takes some milliseconds for a large one, once. */
export function guardrailSize(entry: GuardrailEntry): EntrySize {
  const compressedBytes = known(compressed, entry, () => gzipSync(guardrailText(entry), { level: 6 }).length);
  return { bytes: guardrailBytes(entry), compressedBytes };
}

function known(sizes: WeakMap<GuardrailEntry, number>, entry: GuardrailEntry, measure: () => number): number {
  const size = sizes.get(entry) ?? measure();
  sizes.set(entry, size);
  return size;
}

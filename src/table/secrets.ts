/**
 * Where the shards of a table lie: in Secrets, or in a directory into which the same Secrets are mounted together. The
 * operator, the proxy's watch and the proxy's mounted copy all go through this one mapping.
 *
 * The Secret `<base>` holds `index.json` and `part-0`; the Secret `<base>-<slot>` holds `part-<slot>`. Key names do not
 * repeat, so a projected volume over all of them is one flat directory.
 *
 * A publication is atomic to its readers. Parts outside `<base>` are written first, into Secrets that the index in force
 * does not name as long as there are free ones; then `<base>` changes index and first part in one write. A reader
 * watches `<base>` alone and fetches the Secrets that its index names; if one is missing or is not the one named
 * (`TableCodecError.passing`), it keeps the table that it has and reads again.
 */
import type { TableShards } from './codec.ts';
import { TableCodecError } from './errors.ts';
import { MAX_PARTS, readIndexDocument } from './index-document.ts';

/** Data key (and file name) of the index. */
export const INDEX_KEY = 'index.json';

/** Data key (and file name) of the part in `slot`. */
export function partKey(slot: number): string {
  return `part-${String(slot)}`;
}

/** Name of the Secret that holds the part in `slot`; slot 0 is the base itself. */
export function shardSecretName(base: string, slot: number): string {
  return slot === 0 ? base : `${base}-${String(slot)}`;
}

/** Every Secret that a table called `base` may ever use, the base first. What RBAC rules and volumes have to name. */
export function tableSecretNames(base: string): readonly string[] {
  return Array.from({ length: MAX_PARTS }, (_, slot) => shardSecretName(base, slot));
}

/** A Secret to be written: its name, and its `data` (base64). */
export interface TableSecret {
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
}

/** The Secrets that hold these shards, in the order in which they must be written: the base, with the index, is last. */
export function toSecrets(base: string, shards: TableShards): readonly TableSecret[] {
  const slots = [...shards.parts].sort(([a], [b]) => b - a);
  return slots.map(([slot, part]) => ({
    name: shardSecretName(base, slot),
    data: {
      ...(slot === 0 ? { [INDEX_KEY]: base64(shards.index) } : {}),
      [partKey(slot)]: base64(part),
    },
  }));
}

/** What the base Secret alone tells: its revision, and the other Secrets that are needed to read the table. */
export interface BaseSecretFacts {
  readonly revision: string;
  /** Slots in use, in the order of their parts. */
  readonly slots: readonly number[];
  /** Names of the Secrets to fetch besides the base. Empty for a table of one part. */
  readonly otherSecrets: readonly string[];
}

/** Reads the index in the base Secret's `data`. Throws `TableCodecError`; `IndexMissing` without an index. */
export function readBaseSecret(base: string, data: Readonly<Record<string, string>> | undefined): BaseSecretFacts {
  const index = readIndexDocument(indexBytes(data?.[INDEX_KEY]));
  const slots = index.parts.map((part) => part.slot);
  return {
    revision: index.revision,
    slots,
    otherSecrets: slots.filter((slot) => slot !== 0).map((slot) => shardSecretName(base, slot)),
  };
}

/**
 * Shards from the `data` of Secrets by Secret name. Secrets that are not there are simply not in the map: decoding tells
 * whether they were needed.
 */
export function fromSecrets(
  base: string,
  secrets: ReadonlyMap<string, Readonly<Record<string, string>> | undefined>,
): TableShards {
  const parts = new Map<number, Uint8Array>();
  for (let slot = 0; slot < MAX_PARTS; slot++) {
    const part = secrets.get(shardSecretName(base, slot))?.[partKey(slot)];
    if (part !== undefined) parts.set(slot, Buffer.from(part, 'base64'));
  }
  return { index: indexBytes(secrets.get(base)?.[INDEX_KEY]), parts };
}

/** Shards from the files of a directory into which the Secrets are mounted, by file name. Other files are ignored. */
export function fromFiles(files: ReadonlyMap<string, Uint8Array>): TableShards {
  const index = files.get(INDEX_KEY);
  if (index === undefined) throw noIndex();
  const parts = new Map<number, Uint8Array>();
  for (let slot = 0; slot < MAX_PARTS; slot++) {
    const part = files.get(partKey(slot));
    if (part !== undefined) parts.set(slot, part);
  }
  return { index, parts };
}

function indexBytes(encoded: string | undefined): Uint8Array {
  if (encoded === undefined) throw noIndex();
  return Buffer.from(encoded, 'base64');
}

function noIndex(): TableCodecError {
  return new TableCodecError('IndexMissing', 'no table has been published yet');
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

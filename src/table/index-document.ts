/** The index of a published table: the small document that says which parts make up which revision. */
import { canonicalJSON } from './canonical.ts';
import { TableCodecError } from './errors.ts';

/** Parts at most; the first lies beside the index, the others in Secrets of their own. */
export const MAX_PARTS = 8;

/** Version of the whole format. A reader refuses any other. */
export const FORMAT_VERSION = 1;

export interface TableIndexDocument {
  readonly version: typeof FORMAT_VERSION;
  readonly revision: string;
  /** Number of entries. */
  readonly providers: number;
  /** Number of Guardrails, from 1; absent when there are none. */
  readonly guardrails?: number;
  /** Bytes after decompression. */
  readonly bytes: number;
  /** In the order in which they are joined. */
  readonly parts: readonly TablePartReference[];
}

export interface TablePartReference {
  /** Where the part lies: 0 beside the index, otherwise the Secret with this suffix. */
  readonly slot: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** The bytes of an index. */
export function writeIndexDocument(index: TableIndexDocument): Uint8Array {
  return Buffer.from(canonicalJSON(index));
}

/** Reads what {@link writeIndexDocument} wrote; anything else, down to the order of members, is refused. */
export function readIndexDocument(bytes: Uint8Array): TableIndexDocument {
  if (bytes.length > MAX_INDEX_BYTES) throw invalid('it is too long');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw invalid('it is not JSON');
  }
  if (!isObject(value)) throw invalid('it is not an object');
  if (typeof value['version'] === 'number' && value['version'] !== FORMAT_VERSION) {
    throw new TableCodecError(
      'UnsupportedFormat',
      `the table has format version ${String(value['version'])}, this version of Tidegate reads ${String(FORMAT_VERSION)}`,
    );
  }
  if (!isIndex(value)) throw invalid('a member is missing or of a wrong type');
  const index: TableIndexDocument = {
    version: value.version,
    revision: value.revision,
    providers: value.providers,
    ...(value.guardrails !== undefined && { guardrails: value.guardrails }),
    bytes: value.bytes,
    parts: value.parts.map(({ slot, bytes, sha256 }) => ({ slot, bytes, sha256 })),
  };
  if (!Buffer.from(writeIndexDocument(index)).equals(bytes)) throw invalid('it is not in its canonical form');
  return index;
}

const MAX_INDEX_BYTES = 16 * 1024;
const SHA256 = /^[0-9a-f]{64}$/;

function isIndex(
  value: Readonly<Record<string, unknown>>,
): value is Readonly<Record<string, unknown>> & TableIndexDocument {
  const parts = value['parts'];
  return (
    value['version'] === FORMAT_VERSION &&
    isHash(value['revision']) &&
    isCount(value['providers']) &&
    (value['guardrails'] === undefined || (isCount(value['guardrails']) && value['guardrails'] > 0)) &&
    isCount(value['bytes']) &&
    Array.isArray(parts) &&
    parts.length >= 1 &&
    parts.length <= MAX_PARTS &&
    parts.every((part: unknown) => isPart(part)) &&
    new Set(parts.map((part: { slot: number }) => part.slot)).size === parts.length
  );
}

function isPart(part: unknown): part is TablePartReference {
  return (
    isObject(part) &&
    isCount(part['slot']) &&
    part['slot'] < MAX_PARTS &&
    isCount(part['bytes']) &&
    isHash(part['sha256'])
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && SHA256.test(value);
}

function invalid(why: string): TableCodecError {
  return new TableCodecError('IndexInvalid', `the table's index can't be read: ${why}`);
}

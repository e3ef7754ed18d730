/**
 * A routing table as bytes and back. The entries are one line of canonical JSON each; the lines together are compressed
 * and cut into parts; an index names the revision and the SHA-256 of each part. Reading is all or nothing: whatever is
 * damaged, missing, mixed from two publications or of an unknown shape is refused with a {@link TableCodecError}.
 */
import { gunzipSync, gzipSync } from 'node:zlib';

import { TableCodecError } from './errors.ts';
import {
  FORMAT_VERSION,
  MAX_PARTS,
  readIndexDocument,
  writeIndexDocument,
  type TableIndexDocument,
} from './index-document.ts';
import {
  entryText,
  guardrailOrder,
  guardrailText,
  noteEntryHash,
  referredTo,
  revisionOfHashes,
  sha256,
  tableOrder,
} from './revision.ts';
import { readGuardrail } from './guardrail-shape.ts';
import { readEntry } from './shape.ts';
import type { GuardrailEntry, ProviderEntry, RoutingTable } from './types.ts';

/** A table in bytes: the index, and the parts by slot (see `secrets.ts` for where each lies). */
export interface TableShards {
  readonly index: Uint8Array;
  readonly parts: ReadonlyMap<number, Uint8Array>;
}

export interface EncodeOptions {
  /** Bytes of one part at most. Default 700 KiB, which stays below the limit of an object when it is base64. */
  readonly maxShardBytes?: number;
  /**
   * Slots that the publication in force uses. Free ones are taken where there are enough, so that its parts stay whole
   * until the new index replaces the old.
   */
  readonly slotsInUse?: ReadonlySet<number>;
}

export interface DecodeOptions {
  /** Bytes after decompression at most. Default 64 MiB. */
  readonly maxBytes?: number;
  /** An entry object that is already at hand for this content hash; it is taken instead of parsing its line again. */
  readonly reuse?: (hash: string) => ProviderEntry | undefined;
  /** The same for a Guardrail. */
  readonly reuseGuardrail?: (hash: string) => GuardrailEntry | undefined;
}

const DEFAULT_MAX_SHARD_BYTES = 700 * 1024;
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** What a table may have at most: larger ones cannot be published. */
export const TABLE_LIMITS = {
  bytes: DEFAULT_MAX_BYTES,
  compressedBytes: DEFAULT_MAX_SHARD_BYTES * MAX_PARTS,
} as const;

/** The same table and options always give the same bytes. Throws `TooLarge` beyond {@link MAX_PARTS} parts. */
export function encodeTable(table: RoutingTable, options: EncodeOptions = {}): TableShards {
  const maxShardBytes = options.maxShardBytes ?? DEFAULT_MAX_SHARD_BYTES;
  const lines = [...table.providers.map(entryText), ...table.guardrails.map(guardrailText)];
  const content = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  if (content.length > DEFAULT_MAX_BYTES) {
    throw tooLarge(`the table has ${String(content.length)} bytes, at most ${String(DEFAULT_MAX_BYTES)} can be served`);
  }
  const compressed = gzipSync(content, { level: 6 });
  const count = Math.max(1, Math.ceil(compressed.length / maxShardBytes));
  if (count > MAX_PARTS) {
    throw tooLarge(
      `the table has ${String(compressed.length)} bytes compressed, at most ${String(maxShardBytes * MAX_PARTS)} can be published`,
    );
  }
  const slots = chooseSlots(count, options.slotsInUse ?? new Set());
  const parts = new Map(
    slots.map((slot, i) => [slot, compressed.subarray(i * maxShardBytes, (i + 1) * maxShardBytes)] as const),
  );
  const index = writeIndexDocument({
    version: FORMAT_VERSION,
    revision: table.revision,
    providers: table.providers.length,
    // Absent where there are none: a table without guardrails is one that every version reads.
    ...(table.guardrails.length > 0 && { guardrails: table.guardrails.length }),
    bytes: content.length,
    parts: [...parts].map(([slot, part]) => ({ slot, bytes: part.length, sha256: sha256(part) })),
  });
  return { index, parts };
}

/** Slot 0 changes together with the index, so it is always free. */
function chooseSlots(count: number, inUse: ReadonlySet<number>): readonly number[] {
  const others = Array.from({ length: MAX_PARTS - 1 }, (_, i) => i + 1);
  const preferred = [...others.filter((slot) => !inUse.has(slot)), ...others.filter((slot) => inUse.has(slot))];
  return [0, ...preferred.slice(0, count - 1).sort((a, b) => a - b)];
}

/** The table that these shards hold, whole and checked. Throws {@link TableCodecError}. */
export function decodeTable(shards: TableShards, options: DecodeOptions = {}): RoutingTable {
  const index = readIndexDocument(shards.index);
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  if (index.bytes > maxBytes) {
    throw tooLarge(`the table has ${String(index.bytes)} bytes, at most ${String(maxBytes)} are read`);
  }
  const lines = splitLines(decompress(joinParts(index, shards.parts), index.bytes));
  const hashes = lines.map((line) => sha256(line));
  const { providers: count, guardrails: further = 0 } = index;
  if (lines.length !== count + further || revisionOfHashes(hashes) !== index.revision) {
    throw new TableCodecError('RevisionMismatch', "the table's content is not that of its revision");
  }
  const read = lines.map((line, i) => [line, hashes[i] ?? ''] as const);
  const providers = read.slice(0, count).map(([line, hash]) => readLine(line, hash, options.reuse, readEntry));
  const guardrails = read
    .slice(count)
    .map(([line, hash]) => readLine(line, hash, options.reuseGuardrail, readGuardrail));
  mustBeOrdered(providers, tableOrder);
  mustBeOrdered(guardrails, guardrailOrder);
  mustBeReferredTo(providers, guardrails);
  return { revision: index.revision, providers, guardrails };
}

function mustBeOrdered<T>(entries: readonly T[], order: (a: T, b: T) => number): void {
  entries.forEach((entry, i) => {
    const before = entries[i - 1];
    if (before !== undefined && order(before, entry) >= 0) {
      throw new TableCodecError('EntryInvalid', "the table's entries are not in order or not unique");
    }
  });
}

/** A provider whose guardrail is missing must not be served without it. */
function mustBeReferredTo(providers: readonly ProviderEntry[], guardrails: readonly GuardrailEntry[]): void {
  let referred: readonly GuardrailEntry[];
  try {
    referred = referredTo(providers, guardrails);
  } catch (cause) {
    throw new TableCodecError('EntryInvalid', 'an entry refers to a guardrail that is not in the table', { cause });
  }
  if (referred.length !== guardrails.length) {
    throw new TableCodecError('EntryInvalid', 'the table has a guardrail to which no provider refers');
  }
}

function joinParts(index: TableIndexDocument, parts: ReadonlyMap<number, Uint8Array>): Buffer {
  return Buffer.concat(
    index.parts.map((reference) => {
      const part = parts.get(reference.slot);
      if (part === undefined) {
        throw new TableCodecError('PartMissing', `part ${String(reference.slot)} of the table is missing`);
      }
      if (part.length !== reference.bytes || sha256(part) !== reference.sha256) {
        throw new TableCodecError(
          'PartMismatch',
          `part ${String(reference.slot)} of the table is not the one that its index names`,
        );
      }
      return part;
    }),
  );
}

function decompress(compressed: Buffer, bytes: number): Buffer {
  let content: Buffer;
  try {
    content = gunzipSync(compressed, { maxOutputLength: Math.max(1, bytes) });
  } catch (cause) {
    throw new TableCodecError('Undecodable', "the table can't be decompressed to the size that its index names", {
      cause,
    });
  }
  if (content.length !== bytes) {
    throw new TableCodecError('Undecodable', "the table's size is not the one that its index names");
  }
  return content;
}

/** Lines without their line feed; each one must have it. */
function splitLines(content: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  while (start < content.length) {
    const end = content.indexOf(0x0a, start);
    if (end === -1) throw new TableCodecError('Undecodable', "the table's last entry is cut");
    lines.push(content.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function readLine<T extends ProviderEntry | GuardrailEntry>(
  line: Buffer,
  hash: string,
  reuse: ((hash: string) => T | undefined) | undefined,
  read: (value: unknown) => T,
): T {
  const known = reuse?.(hash);
  if (known !== undefined) return known;
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    throw new TableCodecError('EntryInvalid', 'an entry of the table is not JSON');
  }
  const entry = read(value);
  noteEntryHash(entry, hash);
  return entry;
}

function tooLarge(message: string): TableCodecError {
  return new TableCodecError('TooLarge', message);
}

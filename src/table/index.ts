/**
 * The compiled product: the routing table's types, its content hashes, its bytes and its lookup. Pure: no network, no
 * file, no clock. Credentials are in the clear only inside `credential-shape.ts`, `revision.ts`, `entry-size.ts` and `codec.ts`.
 */
export * from './acknowledgement.ts';
export { canonicalJSON } from './canonical.ts';
export { decodeTable, encodeTable, TABLE_LIMITS, type TableShards } from './codec.ts';
export { guardrailBytes, guardrailSize, type EntrySize } from './entry-size.ts';
export { TableCodecError } from './errors.ts';
export { entryHash, guardrailHash, makeTable } from './revision.ts';
export * from './secrets.ts';
export { TableIndex } from './table-index.ts';
export type * from './types.ts';

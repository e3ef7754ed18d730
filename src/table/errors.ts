/**
 * Why a table could not be encoded or read.
 *
 * - `IndexMissing`: there is no index; nothing has been published yet
 * - `IndexInvalid`: the index is not what an encoder writes
 * - `UnsupportedFormat`: the table was written in a format that this version does not know
 * - `PartMissing`: a part that the index names is not there
 * - `PartMismatch`: a part is not the one that the index names: damaged, or of another publication
 * - `TooLarge`: the table is larger than it may be
 * - `Undecodable`: the parts do not decompress to what the index promises
 * - `RevisionMismatch`: the content is not that of the revision that the index names
 * - `EntryInvalid`: an entry is not of the shape of a routing table entry
 */
export type TableErrorCode =
  | 'IndexMissing'
  | 'IndexInvalid'
  | 'UnsupportedFormat'
  | 'PartMissing'
  | 'PartMismatch'
  | 'TooLarge'
  | 'Undecodable'
  | 'RevisionMismatch'
  | 'EntryInvalid';

/** Codes that a publication in progress explains: the reader keeps its table and looks again. */
const PASSING: ReadonlySet<TableErrorCode> = new Set(['IndexMissing', 'PartMissing', 'PartMismatch']);

/** A routing table that cannot be read or written as a whole. The message holds nothing of its content. */
export class TableCodecError extends Error {
  override readonly name = 'TableCodecError';
  readonly code: TableErrorCode;

  constructor(code: TableErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** True when reading again soon may succeed without anybody's doing. */
  get passing(): boolean {
    return PASSING.has(this.code);
  }
}

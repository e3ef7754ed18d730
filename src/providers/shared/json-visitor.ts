/** What a JSON scanner tells, and to whom. */

export type JSONKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null';

/**
 * Hears of values and keys of one document down to {@link JSONScannerOptions.reportDepth}. Depth counts the containers around a value:
 * the text's own value has depth 0, the members of a top-level object depth 1. Offsets count bytes from the beginning.
 */
export interface JSONVisitor {
  /** The name of the member that follows; may be undefined when it is none of those of interest. */
  key(depth: number, name: string | undefined, start: number): void;
  /** A value begins. Returns how many of its raw bytes to capture for {@link end}; 0 for none. One capture at a time. */
  begin(depth: number, kind: JSONKind, start: number): number;
  /** A value ended before the byte `end`. `raw` is undefined if none was asked for or the value was longer. */
  end(depth: number, kind: JSONKind, start: number, end: number, raw: Buffer | undefined): void;
}

export interface JSONScannerOptions {
  /**
   * From {@link namesOfInterest}: other names are not decoded unless they hold escapes or have the length of one. From
   * {@link onlyNames}: these names are recognised by their bytes, others are not decoded unless they hold escapes.
   */
  readonly nameLengths: ReadonlySet<number> | NameTable;
  readonly reportDepth: number;
  /** Containers in containers; beyond it a text counts as invalid. */
  readonly maxDepth: number;
  /** Whether what strings hold is checked: UTF-8, and no raw control characters. Not doing so is much faster. */
  readonly validateUTF8: boolean;
}

export interface JSONFault {
  readonly offset: number;
  readonly problem: string;
}

/** Raw bytes of a member name that are looked at: every name that matters is shorter, even when wholly escaped. */
export const MAX_KEY_BYTES = 256;

/** {@link JSONScannerOptions.nameLengths} for these names, which are ASCII. */
export function namesOfInterest(...names: readonly string[]): ReadonlySet<number> {
  return new Set(names.map((name) => name.length));
}

/** A name and its bytes. */
interface KnownName {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Names by their length. */
export type NameTable = ReadonlyMap<number, readonly KnownName[]>;

/**
 * {@link JSONScannerOptions.nameLengths} for readers of every chunk of a stream, which hear of these names, ASCII, and of
 * no other: a name is recognised without making a string of it.
 */
export function onlyNames(...names: readonly string[]): NameTable {
  const known = [...new Set(names)].map((name) => ({ name, bytes: Buffer.from(name) }));
  return Map.groupBy(known, ({ name }) => name.length);
}

/** The name among `candidates`, all of one length, whose bytes stand at `start`. */
export function nameAt(bytes: Buffer, start: number, candidates: readonly KnownName[]): string | undefined {
  for (const { name, bytes: wanted } of candidates) {
    let i = 0;
    while (i < wanted.length && bytes[start + i] === wanted[i]) i++;
    if (i === wanted.length) return name;
  }
  return undefined;
}

/**
 * The text of a raw JSON string with its quotes, which the scanner has found valid. Where it did not look into strings, one
 * with raw control characters stays as it is written.
 */
export function decodeJSONString(raw: Buffer): string {
  const decoded = raw.includes(0x5c) ? decodeJSON(raw) : undefined;
  return typeof decoded === 'string' ? decoded : raw.toString('utf8', 1, raw.length - 1);
}

/**
 * The value in captured bytes, which the scanner has found valid; undefined when it is not, for the scanner did not look
 * into its strings ({@link JSONScannerOptions.validateUTF8}) and they hold raw control characters.
 */
export function decodeJSON(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

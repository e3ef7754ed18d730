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
  /** From {@link namesOfInterest}: other names are not decoded unless they hold escapes or have the length of one. */
  readonly nameLengths: ReadonlySet<number>;
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

/** The text of a raw JSON string with its quotes, which the scanner has found valid. */
export function decodeJSONString(raw: Buffer): string {
  return raw.includes(0x5c) ? (JSON.parse(raw.toString('utf8')) as string) : raw.toString('utf8', 1, raw.length - 1);
}

/** The code point at an index whose code unit is at hand; a surrogate without its other half stands for itself. */
export function codePointFrom(text: string, at: number, unit: number): number {
  if (!isHighSurrogate(unit)) return unit;
  const low = text.charCodeAt(at + 1);
  return isLowSurrogate(low) ? ((unit - 0xd800) << 10) + low - 0xdc00 + 0x1_0000 : unit;
}

/**
 * The code point that ends before an index: it begins one code unit before, or two if it is beyond 0xffff. Half of a pair
 * whose other half stands before `lowest` stands for itself. `at` is beyond `lowest`.
 */
export function codePointBefore(text: string, at: number, lowest: number): number {
  const unit = text.charCodeAt(at - 1);
  if (at - 1 === lowest || !isHighSurrogate(text.charCodeAt(at - 2))) return unit;
  const pair = codePointFrom(text, at - 2, text.charCodeAt(at - 2));
  return pair > 0xffff ? pair : unit;
}

export function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

/** The index, or the next one where it splits a pair. */
export function alignUp(text: string, at: number): number {
  const splits = at > 0 && isLowSurrogate(text.charCodeAt(at)) && isHighSurrogate(text.charCodeAt(at - 1));
  return splits ? at + 1 : at;
}

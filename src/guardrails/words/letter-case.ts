let table: Uint16Array | undefined;

/**
 * A code unit without its case: lower case where that is one code unit, as simple case folding has it. Final sigma is a
 * sigma, dotted capital I an i. Letters beyond the Basic Multilingual Plane keep their case.
 */
export function lowerCase(unit: number): number {
  table ??= Uint16Array.from({ length: 0x10000 }, (_, code) => caselessForm(code));
  return table[unit] ?? unit;
}

function caselessForm(code: number): number {
  if (code === 0x3c2) return 0x3c3;
  if (code === 0x130) return 0x69;
  const lower = String.fromCharCode(code).toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : code;
}

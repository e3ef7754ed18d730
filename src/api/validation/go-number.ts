/**
 * Numbers as the API server writes them in messages. It reads a number without a fraction that fits into 64 bits as an
 * integer, and every other as a float.
 */

/** The value itself. */
export function goNumber(value: number): string {
  return isInt64(value) ? String(value) : goFloat(value);
}

/** A bound that `value` breaks: it is written as `value` was read. */
export function goBound(value: number, bound: number): string {
  return isInt64(value) ? String(bound) : goFloat(bound);
}

function isInt64(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63;
}

/** Go's `%v` of a float64: with an exponent from 1e+06 on and below 1e-04. */
function goFloat(value: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Money: whole picodollars (1e-12 USD) as `bigint`. */

/** Of a dollar, to the picodollar. */
const FRACTION_DIGITS = 12;
const ZERO = 0x30;

/**
 * USD per 1,000,000 tokens as picodollars per token, rounded to the nearest: a millionth of a dollar per 1M tokens is the
 * least that counts.
 */
export function perToken(usdPerMillion: number): bigint {
  return BigInt(Math.round(usdPerMillion * 1_000_000));
}

/** Picodollars per token as USD per 1,000,000 tokens. */
export function perMillion(picodollars: bigint): number {
  return Number(picodollars) / 1_000_000;
}

/** The nearest double, for metrics. */
export function dollars(picodollars: bigint): number {
  return Number(picodollars) / 1e12;
}

/** All digits and no more, such as `0.0123`. Not negative. */
export function formatDollars(picodollars: bigint): string {
  const all = picodollars.toString().padStart(FRACTION_DIGITS + 1, '0');
  const point = all.length - FRACTION_DIGITS;
  let end = all.length;
  while (end > point && all.charCodeAt(end - 1) === ZERO) end -= 1;
  return end === point ? all.slice(0, point) : `${all.slice(0, point)}.${all.slice(point, end)}`;
}

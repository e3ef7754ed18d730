/** Money: whole picodollars (1e-12 USD) as `bigint`. */

const PICODOLLARS_PER_DOLLAR = 1_000_000_000_000n;

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

/** All digits and no more, such as `0.0123`. */
export function formatDollars(picodollars: bigint): string {
  const digits = (picodollars % PICODOLLARS_PER_DOLLAR).toString().padStart(12, '0').replace(/0+$/, '');
  return `${picodollars / PICODOLLARS_PER_DOLLAR}${digits === '' ? '' : '.'}${digits}`;
}

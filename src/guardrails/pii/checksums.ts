/** Check digits and sums of numbers that have one. */

/** Luhn's sum over decimal digits (ISO/IEC 7812-1 annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = digits.charCodeAt(i) - 0x30;
    if (!double) sum += digit;
    else sum += digit < 5 ? digit * 2 : digit * 2 - 9;
  }
  return sum % 10 === 0;
}

/**
 * The remainder by 97 with one more character, a letter or a digit: A is 10 and Z is 35 (ISO 7064 MOD 97-10). Of an IBAN whose
 * first four characters come last it is 1 (ISO 13616).
 */
export function mod97(remainder: number, code: number): number {
  if (code <= 0x39) return (remainder * 10 + code - 0x30) % 97;
  return (remainder * 100 + (code | 0x20) - 0x57) % 97;
}

/** The weighted sum of a US bank routing number: 3, 7, 1, by 10 (American Bankers Association). */
export function passesABA(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += (digits.charCodeAt(i) - 0x30) * (i % 3 === 0 ? 3 : i % 3 === 1 ? 7 : 1);
  return sum % 10 === 0;
}

const vinWeights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
/** Values of A to Z; I, O and Q are in no vehicle identification number. */
const vinValues = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9];

/** The check digit of a vehicle identification number in upper case, its ninth (49 CFR 565.15(c)). */
export function passesVIN(vin: string): boolean {
  let sum = 0;
  for (let i = 0; i < 17; i++) {
    const code = vin.charCodeAt(i);
    const value = code < 0x41 ? code - 0x30 : (vinValues[code - 0x41] ?? 0);
    sum += value * (vinWeights[i] ?? 0);
  }
  return vin.charAt(8) === '0123456789X'.charAt(sum % 11);
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A number below 2^32 in base 62, six digits (62^6 is above 2^32). */
export function inBase62(value: number): string {
  let digits = '';
  for (let rest = value; digits.length < 6; rest = Math.floor(rest / 62)) digits = base62.charAt(rest % 62) + digits;
  return digits;
}

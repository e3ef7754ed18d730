import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inBase62, mod97, passesABA, passesLuhn, passesVIN } from './checksums.ts';

/** Every text that differs in one place by another of `characters`. */
function* neighbours(value: string, characters: string): Generator<string> {
  for (let i = 0; i < value.length; i++) {
    for (const other of characters) {
      if (other !== value.charAt(i)) yield `${value.slice(0, i)}${other}${value.slice(i + 1)}`;
    }
  }
}

/** Whether the characters of an IBAN, the first four last, leave 1. */
function passesMod97(iban: string): boolean {
  return Buffer.from(iban.slice(4) + iban.slice(0, 4), 'latin1').reduce(mod97, 0) === 1;
}

describe('checksums', () => {
  test.each(['4111111111111111', '378282246310005', '30569309025904', '79927398713'])('Luhn: %s', (digits) => {
    expect(passesLuhn(digits)).toBe(true);
    for (const wrong of neighbours(digits, '0123456789')) expect(passesLuhn(wrong)).toBe(false);
  });

  test.each(['GB82WEST12345698765432', 'DE89370400440532013000', 'de89370400440532013000'])('MOD 97: %s', (iban) => {
    expect(passesMod97(iban)).toBe(true);
    for (const wrong of neighbours(iban.slice(4), '0123456789'))
      expect(passesMod97(iban.slice(0, 4) + wrong)).toBe(false);
  });

  test.each(['021000021', '011401533', '091000019'])('routing number: %s', (digits) => {
    expect(passesABA(digits)).toBe(true);
    for (const wrong of neighbours(digits, '0123456789')) expect(passesABA(wrong)).toBe(false);
  });

  test.each(['11111111111111111', '1M8GDM9AXKP042788', '1HGCM82633A004352'])('vehicle: %s', (vin) => {
    expect(passesVIN(vin)).toBe(true);
    expect(passesVIN(`${vin.slice(0, 8)}${vin.charAt(8) === '5' ? '6' : '5'}${vin.slice(9)}`)).toBe(false);
  });

  test('base 62 has six digits and keeps the order of numbers', () => {
    expect(inBase62(0)).toBe('000000');
    expect(inBase62(61)).toBe('00000z');
    expect(inBase62(62)).toBe('000010');
    expect(inBase62(0xffffffff)).toBe('4gfFC3');
    const number = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(
        number,
        number,
        (a, b) => Math.sign(a - b) === (inBase62(a) < inBase62(b) ? -1 : inBase62(a) > inBase62(b) ? 1 : 0),
      ),
    );
  });
});

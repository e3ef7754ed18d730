import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { differInDigitsOnly, readUsageObject } from './usage-object.ts';

describe('two texts differ in nothing but their digits', () => {
  const text = fc.stringMatching(/^[0-9ab":,{}]{0,20}$/);

  test('exactly when they are the same with every number taken for one', () => {
    const plain = (one: string): string => one.replace(/\d+/g, '0');
    fc.assert(
      fc.property(text, fc.oneof(text, fc.func(text)), (one, other) => {
        const second = typeof other === 'string' ? other : one.replace(/\d+/g, () => String(other(one).length));
        expect(differInDigitsOnly(Buffer.from(one), Buffer.from(second))).toBe(plain(one) === plain(second));
      }),
    );
  });

  test.each([
    ['{"a":1}', '{"a":20}', true],
    ['{"a":1}', '{"a":null}', false],
    ['{"a":1}', '{"a":1,"b":2}', false],
    ['{"a":1,"b":2}', '{"a":1}', false],
    ['', '', true],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(differInDigitsOnly(Buffer.from(one), Buffer.from(other))).toBe(expected);
  });
});

describe('a usage object', () => {
  const read = (value: object): unknown => {
    const figures = readUsageObject(Buffer.from(JSON.stringify(value)));
    return figures === undefined ? undefined : Object.fromEntries(figures.counts);
  };

  test('says what each of its members counts', () => {
    const promptTokensDetails = [
      { modality: 'AUDIO', tokenCount: 3 },
      { tokenCount: 4, modality: 'TEXT' },
      { modality: 'AUDIO', tokenCount: 5 },
    ];
    expect(
      read({ promptTokenCount: 12, promptTokensDetails, thoughtsTokenCount: null, further: { total_tokens: 9 } }),
    ).toEqual({
      prompt: 12,
      promptAudio: 8,
    });
  });

  test.each([
    { promptTokenCount: '12' },
    { promptTokenCount: -1 },
    { promptTokenCount: 1.5 },
    { promptTokenCount: {} },
    { promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 'x' }] },
  ])('with a count that is none cannot be read: %j', (value) => {
    expect(read(value)).toBeUndefined();
  });
});

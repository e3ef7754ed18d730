import { describe, expect, test } from '@jest/globals';
import { contextOf, hasContext, lookBehindOf } from './context.ts';

const context = contextOf(24, ['ssn', 'social security', 'passport', '护照']);
const before = (text: string): boolean => hasContext(text, text.length, context);

describe('words nearby', () => {
  test.each([
    'ssn ',
    'SSN: ',
    'my_ssn=',
    'userSSN ',
    'SSNValue ',
    'Social Security no. ',
    'userPassport',
    'passport2 ',
    '我的护照是',
    'ssn',
  ])('%j says so', (text) => expect(before(text)).toBe(true));

  test.each([
    '',
    'assn ',
    'ssns ',
    'passportize ',
    'social  security ',
    'ésSN',
    'pass port ',
    'ssn and then a lot of words ',
  ])('%j does not', (text) => expect(before(text)).toBe(false));

  test('a word counts when it lies in the window whole', () => {
    expect(before(`passport${' '.repeat(16)}`)).toBe(true);
    expect(before(`passport${' '.repeat(17)}`)).toBe(false);
  });

  test('what a word at the border of the window touches is within the look-behind', () => {
    const text = `xpassport${' '.repeat(16)}`;
    expect(before(text)).toBe(false);
    expect(before(text.slice(-lookBehindOf(context)))).toBe(false);
  });

  test('a word counts when it does not begin too early', () => {
    expect(hasContext('ssn, passport: 1', 15, context, 5)).toBe(true);
    expect(hasContext('ssn, passport: 1', 15, context, 6)).toBe(false);
  });

  test('letters that grow when lowered change nothing', () => {
    expect(before('İİ ssn ')).toBe(true);
    expect(before('İİassn ')).toBe(false);
  });
});

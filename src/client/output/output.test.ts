import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { CommandIO } from '../../command/io.ts';
import { showFields, showList, showValue, type Listing } from './output.ts';
import { styleOf } from './style.ts';

interface Item {
  readonly name: string;
  readonly more: string;
}

const listing: Listing<Item> = {
  columns: [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'MORE', value: ({ more }) => more, format: () => 'red', wide: true },
  ],
  nameOf: ({ name }) => name,
  empty: 'nothing there',
};

function capture(
  isTTY = false,
  env: Record<string, string> = {},
): CommandIO & { readonly out: string[]; readonly err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out,
    err,
    env,
    signal: new AbortController().signal,
    stdout: { write: (text) => out.push(text), isTTY },
    stderr: { write: (text) => err.push(text), isTTY },
  };
}

const items = [
  { name: 'a', more: 'x' },
  { name: 'longer', more: 'y z' },
];

describe('a list', () => {
  test.each([
    ['table', 'NAME\na\nlonger\n'],
    ['wide', 'NAME     MORE\na        x\nlonger   y z\n'],
    ['name', 'a\nlonger\n'],
  ] as const)('as %s', async (format, expected) => {
    const io = capture();
    await showList(io, format, items, listing);
    expect(io.out.join('')).toBe(expected);
  });

  test('for programs is what it was', async () => {
    for (const [format, read] of [
      ['json', (text: string): unknown => JSON.parse(text)],
      ['yaml', (text: string): unknown => parse(text)],
    ] as const) {
      const io = capture();
      await showList(io, format, items, listing);
      expect(read(io.out.join(''))).toEqual(items);
    }
  });

  test('that is empty is told to a person, and is an empty list to a program', async () => {
    const person = capture();
    await showList(person, 'table', [], listing);
    expect([person.out, person.err]).toEqual([[], ['nothing there\n']]);
    const program = capture();
    await showList(program, 'json', [], listing);
    expect([program.out, program.err]).toEqual([['[]\n'], []]);
  });

  test('has colour on a terminal only, and not where it is not wanted', async () => {
    const shown = async (io: ReturnType<typeof capture>) => {
      await showList(io, 'wide', items, listing);
      return io.out.join('').includes('\u001b[31m');
    };
    expect(await shown(capture(true))).toBe(true);
    expect(await shown(capture(false))).toBe(false);
    expect(await shown(capture(true, { NO_COLOR: '1' }))).toBe(false);
    expect(await shown(capture(true, { NO_COLOR: '' }))).toBe(true);
    expect(await shown(capture(true, { TERM: 'dumb' }))).toBe(false);
  });

  test('is one line each, whatever is in it, and lets no control sequence through', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (name) => {
        const io = capture();
        await showList(io, 'wide', [{ name, more: `${name}\u001b]0;title\u0007\u009b2J\n` }], listing);
        const text = io.out.join('');
        expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
        // eslint-disable-next-line no-control-regex -- they are what is looked for
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      }),
    );
  });
});

test('a colour that somebody else chose is not ours', async () => {
  const io = capture(true);
  await showList(io, 'table', [{ name: 'a\u001b[31mb', more: '' }], listing);
  showFields(io, [['A', 'x\u001b[8my']]);
  await showList(io, 'name', [{ name: 'a\u001b[2Jb', more: '' }], listing);
  expect(io.out.join('')).not.toContain('\u001b');
});

test('fields stand under each other', () => {
  const io = capture();
  showFields(io, [
    ['A', '1'],
    ['Long', '2'],
  ]);
  expect(io.out.join('')).toBe('A:      1\nLong:   2\n');
});

test('a value is JSON or YAML', async () => {
  const shared = { a: 1 };
  const io = capture();
  await showValue(io, 'yaml', { x: shared, y: shared });
  expect(io.out.join('')).toBe('x:\n  a: 1\ny:\n  a: 1\n');
});

test('a value for programs is exactly what it was, and no control sequence on a terminal but tabs, which YAML may have', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'a\u009b31mb',
      'a\u202eb',
      '\ud83dx',
      '\udc00',
      '\u2028',
      '\u0085',
      '\\u009b',
      '0.10',
      '1e3',
      'null',
      '#',
      '\u007f: x',
      '',
    ),
    fc.string({ minLength: 60, maxLength: 200 }).map((long) => `${long} \u009b ${long}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(text))), async (given) => {
      const value = JSON.parse(JSON.stringify(given)) as object;
      for (const [format, read] of [
        ['json', (shown: string): unknown => JSON.parse(shown)],
        ['yaml', (shown: string): unknown => parse(shown)],
      ] as const) {
        const io = capture();
        await showValue(io, format, value);
        const shown = Buffer.from(io.out.join('')).toString();
        expect(read(shown)).toEqual(value);
        // eslint-disable-next-line no-control-regex -- they are what is looked for
        expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
      }
    }),
  );
});

test('style of one output does not look at the other', () => {
  const io = { ...capture(true), stdout: { write: () => true, isTTY: false } };
  expect(styleOf(io, 'stderr')('green', 'x')).toContain('\u001b');
  expect(styleOf(io, 'stdout')('green', 'x')).toBe('x');
});

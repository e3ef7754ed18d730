/** The forms in which a command shows what it has: for people, and for programs. */
import type { CommandIO } from '../../command/io.ts';
import type { OutputFormat } from './formats.ts';
import { plain, styleOf, type Format } from './style.ts';

export type { OutputFormat };

export interface Column<T> {
  /** In capitals, as kubectl has them. */
  readonly title: string;
  readonly value: (item: T) => string;
  /** How it looks on a terminal. */
  readonly format?: (item: T) => Format;
  /** Shown with `-o wide` only. */
  readonly wide?: true;
}

export interface Listing<T> {
  readonly columns: readonly Column<T>[];
  /** One line each with `-o name`. */
  readonly nameOf: (item: T) => string;
  /** What is said, on stderr, when there is nothing. */
  readonly empty: string;
}

/** Shows a list; JSON and YAML show `items` as they came. */
export async function showList<T>(
  io: CommandIO,
  format: OutputFormat,
  items: readonly T[],
  { columns, nameOf, empty }: Listing<T>,
): Promise<void> {
  if (format === 'json' || format === 'yaml') return showValue(io, format, items);
  if (format === 'name') return items.forEach((item) => void io.stdout.write(`${plain(nameOf(item))}\n`));
  if (items.length === 0) return void io.stderr.write(`${empty}\n`);
  const style = styleOf(io, 'stdout');
  const shown = columns.filter(({ wide }) => wide !== true || format === 'wide');
  const rows = items.map((item) =>
    shown.map(({ value, format: formatOf }) => {
      const text = plain(value(item));
      return formatOf === undefined ? text : style(formatOf(item), text);
    }),
  );
  io.stdout.write(await table([shown.map(({ title }) => title), ...rows]));
}

/** Shows one thing for programs. */
export async function showValue(io: CommandIO, format: 'json' | 'yaml', value: unknown): Promise<void> {
  if (format === 'json') return void io.stdout.write(`${escaped(JSON.stringify(value, undefined, 2))}\n`);
  const { Document, visit } = await import('yaml');
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_key, node) => {
      // Other kinds of scalars know no escapes.
      if (typeof node.value === 'string' && escaped(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
    },
  });
  io.stdout.write(escaped(String(document)));
}

/** What terminals obey, or take for a change of direction, and what UTF-8 has no bytes for: the same strings, in other letters. */
function escaped(text: string): string {
  return text.replaceAll(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Lines of names and values, one under the other. */
export function showFields(io: CommandIO, fields: readonly (readonly [name: string, value: string])[]): void {
  const width = Math.max(...fields.map(([name]) => name.length)) + 1;
  for (const [name, value] of fields) io.stdout.write(`${`${name}:`.padEnd(width)}   ${plain(value)}`.trimEnd() + '\n');
}

const NO_BORDERS = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((part) => [part, '']),
);

/** Columns as wide as what is in them, three spaces between them, nothing behind the last one. */
async function table(rows: readonly (readonly string[])[]): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const drawn = new Table({
    chars: { ...NO_BORDERS, middle: '   ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  for (const row of rows) drawn.push([...row]);
  return `${drawn.toString().replaceAll(/[ \t]+$/gm, '')}\n`;
}

/** Figures as a table for people and as data for machines. */
import { median } from './statistics.ts';

/** One figure of one target; `values` has one entry for each round. */
export interface Row {
  readonly section: string;
  readonly figure: string;
  readonly unit: string;
  readonly target: string;
  readonly values: number[];
}

/** A whole run. */
export interface Report {
  readonly startedAt: string;
  readonly node: string;
  readonly pinned: boolean;
  readonly rows: Row[];
}

/** Adds a value to its row. */
export function record(rows: Row[], key: Omit<Row, 'values'>, value: number | undefined): void {
  if (value === undefined) return;
  const row = rows.find((row) => row.section === key.section && row.figure === key.figure && row.target === key.target);
  if (row) row.values.push(value);
  else rows.push({ ...key, values: [value] });
}

const out = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Prints what holds for all figures of a run. */
export function printHead(report: Report): void {
  out(
    `Node ${report.node}, ${report.pinned ? 'one core each for proxy and load' : 'NOT pinned: figures are unsteady'}`,
  );
}

/** Prints a line for each figure and target: the median over rounds, what it is beside the references, and the range. */
export function printRows(all: readonly Row[]): void {
  for (const section of new Set(all.map((row) => row.section))) {
    out(`\n${section}`);
    const rows = all.filter((row) => row.section === section);
    for (const figure of new Set(rows.map((row) => row.figure))) {
      const ofFigure = rows.filter((row) => row.figure === figure);
      out(`  ${figure} [${ofFigure[0]?.unit ?? ''}]`);
      for (const row of ofFigure) printRow(row, ofFigure);
    }
  }
}

function printRow(row: Row, ofFigure: readonly Row[]): void {
  const bare = ofFigure.find(({ target }) => target === 'bare');
  const direct = ofFigure.find(({ target }) => target === 'direct');
  const isTime = row.unit === 'ms';
  const ratio = bare && row !== bare && row.unit !== 'streams' ? `  ${ratioOf(row, bare)} × bare` : '';
  const added = isTime && direct && row !== direct ? `  ${addedTo(row, direct)} to direct` : '';
  const spread =
    row.values.length > 1 ? `  (${format(Math.min(...row.values))} … ${format(Math.max(...row.values))})` : '';
  out(`    ${row.target.padEnd(24)} ${format(median(row.values)).padStart(10)}${ratio}${added}${spread}`);
}

function ratioOf(row: Row, reference: Row): string {
  return median(byRound(row, reference, (value, base) => value / base)).toFixed(2);
}

function addedTo(row: Row, reference: Row): string {
  const added = median(byRound(row, reference, (value, base) => value - base));
  return `${added < 0 ? '−' : '+'}${format(Math.abs(added))} ms`;
}

function byRound(row: Row, reference: Row, compare: (value: number, base: number) => number): number[] {
  return row.values.flatMap((value, round) => {
    const base = reference.values[round];
    return base === undefined ? [] : [compare(value, base)];
  });
}

function format(value: number): string {
  if (Math.abs(value) >= 1000) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

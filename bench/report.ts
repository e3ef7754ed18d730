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

/** Prints a line for each figure: a column for each target, and ratios to `bare` as the median over rounds. */
export function printReport(report: Report): void {
  const out = (line: string): boolean => process.stdout.write(`${line}\n`);
  out(
    `\nNode ${report.node}, ${report.pinned ? 'one core each for proxy and load' : 'NOT pinned: figures are unsteady'}`,
  );
  for (const section of new Set(report.rows.map((row) => row.section))) {
    out(`\n${section}`);
    const rows = report.rows.filter((row) => row.section === section);
    for (const figure of new Set(rows.map((row) => row.figure))) {
      const ofFigure = rows.filter((row) => row.figure === figure);
      out(`  ${figure} [${ofFigure[0]?.unit ?? ''}]`);
      const reference = ofFigure.find((row) => row.target === 'bare');
      for (const row of ofFigure) {
        const spread =
          row.values.length > 1 ? `  (${format(Math.min(...row.values))} … ${format(Math.max(...row.values))})` : '';
        const ratio = reference && row !== reference ? `  ${ratioOf(row, reference)} × bare` : '';
        out(`    ${row.target.padEnd(24)} ${format(median(row.values)).padStart(10)}${ratio}${spread}`);
      }
    }
  }
}

function ratioOf(row: Row, reference: Row): string {
  const ratios = row.values.flatMap((value, round) => {
    const base = reference.values[round];
    return base === undefined ? [] : [value / base];
  });
  return median(ratios).toFixed(2);
}

function format(value: number): string {
  if (Math.abs(value) >= 1000) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

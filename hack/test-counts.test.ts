import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, readCounts, summary } from './test-counts.ts';

const green = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  numRuntimeErrorTestSuites: 0,
};

function counted(report: object | undefined, exitCode: number | null): ReturnType<typeof readCounts> {
  const folder = mkdtempSync(join(tmpdir(), 'test-counts-'));
  const file = join(folder, 'report.json');
  try {
    if (report !== undefined) writeFileSync(file, JSON.stringify(report));
    return readCounts(file, exitCode);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the counts of a jest run', () => {
  test.each([
    ['are those of its report', green, 0, { passed: 3, failed: 0, skipped: 2 }],
    [
      'have a failure for a suite that could not be loaded',
      { ...green, numRuntimeErrorTestSuites: 1 },
      1,
      { passed: 3, failed: 1, skipped: 2 },
    ],
    ['have a failure when jest failed for another reason', green, 1, { passed: 3, failed: 1, skipped: 2 }],
    ['have a failure when jest was killed', green, null, { passed: 3, failed: 1, skipped: 2 }],
    ['have a failure when jest left no report', undefined, 1, { passed: 0, failed: 1, skipped: 0 }],
  ])('%s', (_, report, exitCode, expected) => {
    expect(counted(report, exitCode)).toEqual(expected);
  });

  test('add up to one closing line', () => {
    const total = add({ passed: 1, failed: 0, skipped: 2 }, { passed: 4, failed: 1, skipped: 0 });
    expect(summary(total)).toBe('5 passed, 1 failed, 2 skipped');
  });
});

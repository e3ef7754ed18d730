import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { chartReadme } from '../../hack/chart-readme.ts';
import { chart } from './support/helm.ts';

const readme = readFileSync(join(chart, 'README.md'), 'utf8');
const values = readFileSync(join(chart, 'values.yaml'), 'utf8');

test('the chart’s README lists every value as values.yaml has it (else run `node hack/chart-readme.ts`)', () => {
  expect(chartReadme(readme, values)).toBe(readme);
});

test('a value without a description is refused', () => {
  expect(() => chartReadme(readme, `${values}\nundescribed: true\n`)).toThrow('undescribed has no comment');
});

/** The page on guardrails shows Guardrails that are in force as they stand, and names all that they tell. */
import { expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { Registry } from 'prom-client';
import { PII_TYPES } from '../../src/api/pii-types.ts';
import { PriceBook } from '../../src/prices/price-book.ts';
import { ProxyMetrics } from '../../src/proxy/metrics.ts';
import { Catalog, parseFile } from '../../src/standalone/index.ts';
import { codeBlocks, markdownFiles, read } from './markdown.ts';

const page = read('docs/guardrails.md');
const blocks = markdownFiles()
  .flatMap((path) => codeBlocks(read(path), 'yaml').map((text) => ({ path, text })))
  .filter(({ text }) => text.includes('kind: Guardrail\n'));

/** The objects of a block that are the gateway's own. */
const ownObjects = (text: string): string =>
  parseAllDocuments(text)
    .map((document) => document.toString())
    .filter((document) => document.includes('apiVersion: tidegate.io/'))
    .join('---\n');

test.each(blocks)('a Guardrail that $path shows is valid and passes its tests', ({ path, text }) => {
  const { compile, problems } = new Catalog({}).update([parseFile({ file: path, text: ownObjects(text) })]);
  expect(problems).toEqual([]);
  for (const { outcome } of compile.guardrails.values()) {
    // A page need not show the Secret of a judge elsewhere.
    expect(['Ready', 'SecretNotFound']).toContain(outcome.kind === 'Ready' ? outcome.kind : outcome.reason);
  }
});

test('the page begins with one', () => {
  expect(page).toMatch(/^# Guardrails\n\n```yaml\napiVersion: tidegate\.io\/v1alpha1\nkind: Guardrail\n/);
  expect(blocks.length).toBeGreaterThan(1);
});

test('the page lists every metric of guardrails, and asks for no other', async () => {
  const registry = new Registry();
  expect(new ProxyMetrics(registry, new PriceBook(), () => 0).cut).toBe(0);
  const names = (await registry.getMetricsAsJSON())
    .map(({ name }) => name)
    .filter((name) => name.includes('guardrail'));
  expect(names.length).toBeGreaterThan(4);
  expect(names.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
  const asked = codeBlocks(page, 'promql').flatMap((block) => block.match(/tidegate_\w+/g) ?? []);
  expect(asked.filter((name) => !names.includes(name))).toEqual([]);
});

test('the page says how many kinds of personal data there are', () => {
  expect(PII_TYPES).toHaveLength(19);
  expect(page).toContain('nineteen kinds of personal data');
});

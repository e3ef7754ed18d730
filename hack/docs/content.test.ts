/** What the documentation must say because the code does. */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { parse, parseAllDocuments } from 'yaml';
import { REASONS } from '../../src/api/conditions.ts';
import { PRICE_FIELDS } from '../../src/api/price-list.ts';
import { PROVIDER_TYPES } from '../../src/api/provider-types.ts';
import { DEFAULT_DENIED_CIDRS, configurationSchema } from '../../src/config/schema.ts';
import { parseConfiguration } from '../../src/config/load.ts';
import { parsePriceList } from '../../src/config/price-list.ts';
import { createKubeMetrics } from '../../src/kube/metrics.ts';
import { createOperatorMetrics } from '../../src/operator/metrics.ts';
import type { Cost } from '../../src/prices/cost.ts';
import { PriceBook } from '../../src/prices/price-book.ts';
import { AccessLog } from '../../src/proxy/access-log.ts';
import { ProxyMetrics } from '../../src/proxy/metrics.ts';
import { PriceFile } from '../../src/proxy/price-file.ts';
import { REFUSALS } from '../../src/proxy/refusal.ts';
import { factsOf } from '../../src/proxy/request-facts.ts';
import type { RequestRecord } from '../../src/proxy/request-record.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { TOKEN_CLASSES, USAGE_MISSING_REASONS } from '../../src/usage/record.ts';
import type { MeteredUsage } from '../../src/usage/record.ts';
import { anchorsOf, codeBlocks, markdownFiles, read, repository } from './markdown.ts';

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly default?: unknown;
}

/** Every field that holds a value, with its default. */
function fields(node: SchemaNode, path = ''): readonly (readonly [name: string, value: unknown])[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, member]) =>
    member.properties === undefined ? [[`${path}${name}`, member.default] as const] : fields(member, `${path}${name}.`),
  );
}

describe('the documentation', () => {
  test.each(REASONS)('has a section on the reason %s', (reason) => {
    expect(anchorsOf(read('docs/troubleshooting.md'))).toContain(reason.toLowerCase());
  });

  test('lists every field of the configuration with its default', () => {
    const page = read('docs/configuration.md');
    for (const [name, value] of fields(configurationSchema as SchemaNode)) {
      if (name === 'apiVersion' || name === 'kind') continue;
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
      expect(row).toBeDefined();
      if (value === undefined || value === '' || value === DEFAULT_DENIED_CIDRS) continue;
      const shown = Array.isArray(value) ? `[${value.join(', ')}]` : JSON.stringify(value).replaceAll('"', '');
      expect(row).toContain(`| \`${shown}\` |`);
    }
    for (const cidr of DEFAULT_DENIED_CIDRS) expect(page).toContain(`\`${cidr}\``);
  });

  test('shows configurations that can be read', () => {
    const shown = markdownFiles()
      .flatMap((path) => codeBlocks(read(path), 'yaml'))
      .filter((block) => block.includes('kind: TidegateConfiguration'));
    expect(shown.length).toBeGreaterThan(0);
    for (const block of shown) parseConfiguration(block, 'docs');
  });

  test('shows price lists that can be read', () => {
    const shown = markdownFiles()
      .flatMap((path) => codeBlocks(read(path), 'yaml'))
      .filter((block) => block.includes('kind: PriceList'));
    expect(shown.length).toBeGreaterThan(0);
    for (const block of shown) parsePriceList(block, 'docs');
  });

  test('lists every field of a price list', () => {
    const page = read('docs/prices.md');
    expect([...PRICE_FIELDS, ...PROVIDER_TYPES].filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
  });

  test('shows YAML that is YAML', () => {
    for (const path of markdownFiles()) {
      for (const block of codeBlocks(read(path), 'yaml')) {
        expect(
          parseAllDocuments(block).flatMap((document) => document.errors.map((error) => `${path}: ${error.message}`)),
        ).toEqual([]);
      }
    }
  });

  test('lists every refusal with its status', () => {
    const page = read('docs/callers.md');
    const missing = Object.entries(REFUSALS)
      .map(([code, status]) => `| ${status} | \`${code}\` |`)
      .filter((row) => !page.includes(row));
    expect(missing).toEqual([]);
  });

  test('lists every metric', async () => {
    const registry = new Registry();
    createKubeMetrics(registry);
    createOperatorMetrics(registry);
    const proxy = new ProxyMetrics(registry, new PriceBook(), () => 0);
    expect(proxy.cut).toBe(0);
    const log = createLogger({ level: 'silent' });
    (await PriceFile.open({ file: 'none', prices: new PriceBook(), log, registry })).close();
    const page = read('docs/operations.md');
    const metrics = await registry.getMetricsAsJSON();
    const names = metrics.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    const tables = metrics.find(({ name }) => name === 'tidegate_operator_proxies')?.values ?? [];
    const states = tables.map(({ labels }) => String(labels['table']));
    expect(states).toHaveLength(3);
    const asked = [page, read('docs/prices.md')]
      .flatMap((text) => codeBlocks(text, 'promql'))
      .flatMap((block) => block.match(/tidegate_\w+/g) ?? []);
    expect(asked.filter((name) => !names.includes(name))).toEqual([]);
    for (const word of [...TOKEN_CLASSES, ...USAGE_MISSING_REASONS, ...states]) expect(page).toContain(`\`${word}\``);
  });

  test('lists every field of an access log line', () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
    const record: Omit<RequestRecord, 'usage'> = {
      requestId: 'r',
      identity: { username: 'u', groups: [] },
      entry: undefined,
      operation: 'chat',
      model: 'm',
      method: 'POST',
      protocol: 'HTTP/1.1',
      target: '/',
      namedCharacters: 0,
      requested: undefined,
      revision: undefined,
      status: 500,
      error: 'Unauthenticated',
      reason: 'expired',
      message: undefined,
      streamed: false,
      counted: undefined,
      guardrails: undefined,
      clientDisconnected: false,
      totalMilliseconds: 1,
      upstreamMilliseconds: 1,
      ownMilliseconds: 1,
      waitedMilliseconds: 1,
      firstByteMilliseconds: 1,
      requestBytes: 1,
      responseBytes: 1,
    };
    const cost = { total: 1n, byClass: { input: 1n }, unpriced: { output: 1 } };
    const write = (usage: MeteredUsage, itsCost: Cost | undefined): void =>
      new AccessLog(log).write(JSON.stringify(factsOf({ ...record, usage }, itsCost)));
    write({ kind: 'Metered', tokens: {} }, cost);
    write({ kind: 'Missing', reason: 'unparsable' }, undefined);
    const fields = new Set(lines.flatMap((line) => Object.keys(JSON.parse(line) as object)));
    const page = read('docs/operations.md');
    const missing = [...fields].filter(
      (field) => !['level', 'time', 'msg'].includes(field) && !page.includes(`\`${field}\``),
    );
    expect(fields.size).toBeGreaterThan(12);
    expect(missing).toEqual([]);
  });

  test('names for each threat tests that exist', () => {
    const page = 'docs/security.md';
    const rows = read(page)
      .split('\n')
      .filter((line) => /^\|.*\.test\.ts\)/.test(line));
    expect(rows.length).toBeGreaterThan(15);
    const missing: string[] = [];
    for (const row of rows) {
      const cell = row.split(' | ').at(-1) ?? '';
      for (const [, target = '', names = ''] of cell.matchAll(/\]\(([^)]+\.test\.ts)\)((?:,? "(?:[^"\\]|\\.)*")*)/g)) {
        const tests = readFileSync(join(repository, normalize(join(dirname(page), target))), 'utf8');
        for (const [, quoted = ''] of names.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
          const name = quoted.replaceAll('\\"', '"');
          if (!tests.includes(name)) missing.push(`${target}: ${name}`);
        }
      }
    }
    expect(missing).toEqual([]);
  });

  test('lists exactly the packages that are depended on', () => {
    const { dependencies, devDependencies } = parse(read('package.json')) as Record<string, Record<string, string>>;
    const [, runtime = '', development = ''] = read('docs/dependencies.md').split(/^## /m);
    const listed = (section: string): string[] =>
      [...section.matchAll(/^\| (`.*?) \|/gm)].flatMap((row) =>
        [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((name) => name[1] ?? ''),
      );
    expect(listed(runtime).toSorted()).toEqual(Object.keys(dependencies ?? {}).toSorted());
    expect(listed(development).toSorted()).toEqual(Object.keys(devDependencies ?? {}).toSorted());
  });

  test('lists every decision in the index of decisions', () => {
    const index = read('docs/adr/README.md');
    for (const path of markdownFiles().filter((file) => /^docs\/adr\/\d/.test(file))) {
      const [number = '', title = ''] = (/^# (\d{4}) (.*)$/m.exec(read(path)) ?? []).slice(1);
      expect(index).toContain(`| [${number}](${path.slice('docs/adr/'.length)}) | ${title} |`);
    }
  });
});

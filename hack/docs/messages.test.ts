/** Whoever looks for an error message in the troubleshooting page finds it there as the gateway says it. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repository } from './markdown.ts';

const page = readFileSync(join(repository, 'docs/troubleshooting.md'), 'utf8');
const code = globSync('src/{identity,proxy}/**/*.ts', { cwd: repository })
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(repository, file), 'utf8'))
  .join('\n');

const tables = page.match(/^\| the (?:message|problem) has [^]*?\n\n/gm) ?? [];
const messages = tables
  .flatMap((table) => table.split('\n'))
  .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, message]) => message ?? ''));

test.each(messages)('%s', (message) => {
  for (const part of message.split('…').map((text) => text.trim())) expect(code).toContain(part);
});

test('there are such messages', () => {
  expect(tables).toHaveLength(2);
  expect(messages.length).toBeGreaterThan(15);
});

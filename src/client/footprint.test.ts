/** What a command of a person must not wait for. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const main = path.join(import.meta.dirname, '../main.ts');

const HOOKS = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  process.on('exit', () => process.stderr.write(JSON.stringify(loaded)));
`;

/** URLs of all modules that a command line loads. */
async function loadedBy(...words: readonly string[]): Promise<readonly string[]> {
  const hooks = `data:text/javascript,${encodeURIComponent(HOOKS)}`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--no-warnings', '--import', hooks, main, ...words]);
  return JSON.parse(stderr) as readonly string[];
}

/** Names of the packages among them. */
function packagesOf(loaded: readonly string[]): ReadonlySet<string> {
  return new Set(loaded.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []));
}

test.each([
  ['--help', ['--help']],
  ['help of a command', ['provider', 'list', '--help']],
  ['its own version', ['version', '--client']],
  ['completion of a word', ['__complete', '--', 'prov']],
])('%s loads no package but the one that reads command lines, and no network', async (_what, words) => {
  const loaded = await loadedBy(...words);
  expect([...packagesOf(loaded)]).toEqual(['commander']);
  expect(loaded.filter((url) => /^node:(?:https?|http2|net|tls|dns)$/.test(url))).toEqual([]);
  expect(loaded.filter((url) => /\/src\/(?:proxy|operator|standalone|kube|guardrails)\//.test(url))).toEqual([]);
});

test('what a command needs is seen when it is loaded', async () => {
  expect([...packagesOf(await loadedBy('version', '--client', '-o', 'yaml'))]).toContain('yaml');
});

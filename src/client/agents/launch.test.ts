import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { CommandError } from '../../command/io.ts';
import { launch } from './launch.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-launch-'));

afterAll(() => rmSync(folder, { recursive: true }));

const script = path.join(folder, 'agent');
writeFileSync(script, '#!/nowhere\n', { mode: 0o755 });

test.each([
  ['what has no interpreter', script, [], /^cannot start .*agent: spawn .*ENOENT/],
  ['a word that is too long for the system', process.execPath, ['x'.repeat(4 << 20)], /^cannot start .*E2BIG/],
  ['what is gone', path.join(folder, 'gone'), [], /^cannot start .*gone: spawn .*ENOENT/],
])('%s is told in a line', async (_what, file, words, message) => {
  const launched = launch({ file, arguments: words, env: {} });
  await expect(launched).rejects.toThrow(message);
  await expect(launched).rejects.toBeInstanceOf(CommandError);
});

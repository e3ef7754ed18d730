/** No script of ours begins its work when somebody asks what it does, or types what it does not know. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = path.join(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const own = Object.entries(scripts).filter(([, line]) => line.startsWith('node hack/'));

/** Ended when it takes so long that it must have begun its work. */
const LIMIT_MS = 60_000;

async function run(line: string, ...args: string[]) {
  const [, ...words] = line.split(' ');
  return new Promise<{ status: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [...words, ...args],
      { cwd: root, timeout: LIMIT_MS, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : error.code, stdout, stderr });
      },
    );
  });
}

test('there are such scripts', () => {
  expect(own.map(([name]) => name)).toEqual(expect.arrayContaining(['start', 'test', 'cluster', 'build', 'generate']));
});

describe.each(own)('npm run %s', (_name, line) => {
  test('says what it does', async () => {
    const { status, stdout } = await run(line, '--help');
    expect({ status, first: stdout.split('\n')[0] }).toEqual({ status: 0, first: expect.stringMatching(/^npm /) });
  });

  test.each(['--nothing', 'nothing'])('refuses %s', async (word) => {
    const { status, stdout, stderr } = await run(line, word);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(word);
    expect(stderr).toContain('\nnpm ');
  });
});

/** The binary as a shell sees it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

function tidegate(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', 'src/main.ts', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return { status, stdout, stderr };
}

describe('tidegate', () => {
  test('tells its version and its commands', () => {
    expect(tidegate('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    const { status, stdout } = tidegate('--help');
    expect(status).toBe(0);
    for (const command of ['operator', 'proxy', 'standalone', 'validate']) expect(stdout).toContain(`  ${command}`);
  });

  test.each([
    ['an unknown command', ['serve'], "unknown command 'serve'"],
    ['an unknown flag', ['proxy', '--lisen', ':1'], '(Did you mean --listen?)'],
    ['a missing flag', ['standalone'], "required option '--manifests <dir>' not specified"],
    ['a bad address', ['proxy', '--listen', '8080'], '"8080" is not a listen address: write host:port'],
    ['a bad log level', ['operator', '--log-level', 'loud'], 'Allowed choices are trace, debug'],
    ['no path to validate', ['validate'], "missing required argument 'path'"],
    [
      'a configuration that is not there',
      ['standalone', '--manifests', 'examples', '--config', 'no.yaml'],
      'tidegate: no.yaml: there is no such file',
    ],
    [
      'a directory that is not there',
      ['standalone', '--manifests', 'nope'],
      '--manifests nope: there is no such directory',
    ],
    ['a file for a directory', ['standalone', '--manifests', 'package.json'], 'is a file, not a directory'],
    ['a proxy outside a cluster', ['proxy'], 'without a cluster'],
    ['an open door', ['standalone', '--manifests', 'examples', '--listen', ':0'], '--allow-anonymous'],
  ])('%s ends with status 2 and a line that says why', (_name, args, line) => {
    const { status, stderr } = tidegate(...args);
    expect(stderr).toContain(line);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(2);
  });

  test('does not take --allow-anonymous for a gateway whose callers have to authenticate', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-main-'));
    const config = join(folder, 'config.yaml');
    writeFileSync(
      config,
      'apiVersion: config.tidegate.io/v1alpha1\nkind: TidegateConfiguration\n' +
        'authentication: {jwt: [{issuer: {url: https://id.example.com, audiences: [a]}}]}\n',
    );
    const { status, stderr } = tidegate('standalone', '--manifests=examples', '--allow-anonymous', '--config', config);
    rmSync(folder, { recursive: true });
    expect(stderr).toContain('callers have to authenticate, so leave the flag out');
    expect(status).toBe(2);
  });
});

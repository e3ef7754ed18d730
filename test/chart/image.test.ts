/** The Dockerfile’s steps without a container engine: what lies in the image is enough to run every command. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { repository } from './support/helm.ts';

const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8');
const lockFile = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
};

/** Files that the Dockerfile copies from the checkout, by the directory of the image that they go to. */
const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.*) (\S+)$/gm)].map(([, files = '', to = '']) => ({
  files: files.split(' '),
  to,
}));

/** The stage `build`: from nothing but what is copied into it, by the command that stands there. Its dist goes to `root`. */
function build(root: string): void {
  const stage = mkdtempSync(join(tmpdir(), 'tidegate-image-build-'));
  try {
    for (const { files, to } of copies)
      for (const file of files)
        cpSync(join(repository, file), /[./]$/.test(to) ? join(stage, to, basename(file)) : join(stage, to), {
          recursive: true,
        });
    symlinkSync(join(repository, 'node_modules'), join(stage, 'node_modules'));
    const [, command = ''] = /^RUN PATH=\S+ (node .*)$/m.exec(dockerfile) ?? [];
    const PATH = `${dirname(process.execPath)}:${join(stage, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
    execFileSync('sh', ['-c', command], { cwd: stage, env: { ...process.env, PATH } });
    renameSync(join(stage, 'dist'), join(root, 'dist'));
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

describe('the image', () => {
  let root: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'tidegate-image-'));
    build(root);
    const leftBehind = /\.(d\.[mc]?ts|map)$/;
    for (const [path, { dev, optional }] of Object.entries(lockFile.packages)) {
      const from = join(repository, path);
      if (path === '' || dev === true || optional === true || !existsSync(from)) continue;
      cpSync(from, join(root, path), {
        recursive: true,
        // A nested package has an entry of its own, and may be a development one.
        filter: (file) => !leftBehind.test(file) && !file.slice(from.length).includes('/node_modules'),
      });
    }
    cpSync(join(repository, 'package.json'), join(root, 'package.json'));
  });

  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const tidegate = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, 'dist/main.js'), ...args], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: '/nonexistent', NODE_ENV: 'production' },
    });

  test('runs the command line with production dependencies only', () => {
    expect(existsSync(join(root, 'node_modules/jest'))).toBe(false);
    const { stdout, status } = tidegate('--help');
    expect(status).toBe(0);
    for (const command of ['operator', 'proxy', 'standalone', 'validate']) expect(stdout).toContain(`  ${command} `);
  });

  test('can load every command', () => {
    const commands = readdirSync(join(root, 'dist/cli')).filter((file) => file.endsWith('.js'));
    expect(commands).toEqual(expect.arrayContaining(['operator.js', 'proxy.js', 'standalone.js', 'validate.js']));
    const program = commands.map((file) => `await import(${JSON.stringify(join(root, 'dist/cli', file))});`).join('\n');
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('validates the examples', () => {
    const { stdout, stderr, status } = tidegate('validate', join(repository, 'examples'));
    expect(status).toBe(0);
    expect(stderr).toContain(': 0 errors, 2 warnings');
    // Two bind a role of the chart, which is in the cluster that they are for.
    for (const line of stdout.trim().split('\n'))
      expect(line).toContain('warning: ClusterRole "llmprovider-invoker" is not among the manifests');
  });

  test('does not serve anonymous callers of other machines unless it is told to', () => {
    const manifests = join(repository, 'examples/standalone/manifests');
    const { stderr, status } = tidegate('standalone', '--manifests', manifests, '--listen', '0.0.0.0:0');
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^tidegate: 0\.0\.0\.0:0 can be reached from other machines, and nobody has to authenticate/,
    );
  });
});

describe('the Dockerfile', () => {
  test('copies only what .dockerignore lets through', () => {
    const context = readFileSync(join(repository, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = copies.flatMap(({ files }) => files);
    expect(copied.length).toBeGreaterThan(6);
    for (const path of copied) {
      expect(context).toContain(path);
      expect(existsSync(join(repository, path))).toBe(true);
    }
  });

  test('takes its base images from build arguments and runs as a user without rights', () => {
    expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1])).toEqual([
      '${NODE_IMAGE}',
      '${RUNTIME_IMAGE}',
    ]);
    expect(dockerfile).toMatch(/^USER 65532:65532$/m);
    expect(dockerfile).toMatch(/^ENTRYPOINT \["\/usr\/local\/bin\/node", "\/app\/dist\/main\.js"\]$/m);
  });
});

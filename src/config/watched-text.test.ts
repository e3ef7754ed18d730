import { mkdir, mkdtemp, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { WatchedText, type FoundTexts } from './watched-text.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tidegate-watched-'));
  cleanups.push(async () => rm(path, { recursive: true }));
  return path;
}

/** Everything that has been found so far, the latest last. */
async function watch(...files: string[]): Promise<readonly FoundTexts[]> {
  const found: FoundTexts[] = [];
  const watched = await WatchedText.open({ files, onChange: (now) => found.push(now), pollMilliseconds: 5 });
  cleanups.push(async () => watched.close());
  return found;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const read = (...texts: string[]): FoundTexts => ({ kind: 'Read', texts });
const unreadable = (problem: string): FoundTexts => ({ kind: 'Unreadable', problem });

describe('watched files', () => {
  test('are read when the watch begins, and told again only when they have changed', async () => {
    const file = join(await folder(), 'a');
    await writeFile(file, 'one');
    const found = await watch(file);
    expect(found).toEqual([read('one')]);
    await writeFile(`${file}.new`, 'one'); // Another file with the same text.
    await rename(`${file}.new`, file);
    await writeFile(`${file}.new`, 'two');
    await rename(`${file}.new`, file);
    await until(() => found.length > 1);
    expect(found).toEqual([read('one'), read('two')]);
  });

  test('of a mounted Secret change together, by a link two folders up', async () => {
    const mount = await folder();
    for (const version of ['1', '2']) {
      await mkdir(join(mount, `..${version}`));
      await writeFile(join(mount, `..${version}`, 'tls.crt'), `certificate ${version}`);
      await writeFile(join(mount, `..${version}`, 'tls.key'), `key ${version}`);
    }
    await symlink('..1', join(mount, '..data'));
    await symlink('..data/tls.crt', join(mount, 'tls.crt'));
    await symlink('..data/tls.key', join(mount, 'tls.key'));
    const found = await watch(join(mount, 'tls.crt'), join(mount, 'tls.key'));
    expect(found).toEqual([read('certificate 1', 'key 1')]);
    await symlink('..2', join(mount, '..data_tmp'));
    await rename(join(mount, '..data_tmp'), join(mount, '..data'));
    await until(() => found.length > 1);
    await until(() => JSON.stringify(found.at(-1)) === JSON.stringify(read('certificate 2', 'key 2')));
  });

  test('that are gone are a problem that names the file, once, and so is their absence at the start', async () => {
    const file = join(await folder(), 'a');
    const found = await watch(file);
    expect(found).toEqual([unreadable(`${file}: there is no such file`)]);
    await writeFile(`${file}.new`, 'one');
    await rename(`${file}.new`, file);
    await until(() => found.length > 1);
    await unlink(file);
    await until(() => found.length > 2);
    expect(found.slice(1)).toEqual([read('one'), unreadable(`${file}: there is no such file`)]);
  });

  test('that have grown without bound are not read to their end', async () => {
    const path = await folder();
    const file = join(path, 'a');
    await writeFile(file, '');
    await truncate(file, 16 * 1024 * 1024 * 1024); // A sparse file.
    expect(await watch(file)).toEqual([unreadable(`${file}: larger than 1 MiB`)]);
    expect(await watch(path)).toEqual([unreadable(`${path}: is a directory, not a file`)]);
  });

  test('are told no more when the watch has been closed', async () => {
    const file = join(await folder(), 'a');
    await writeFile(file, 'one');
    const found: FoundTexts[] = [];
    const watched = await WatchedText.open({ files: [file], onChange: (now) => found.push(now), pollMilliseconds: 5 });
    watched.close();
    await writeFile(file, 'two');
    const other = await watch(file);
    expect(other).toEqual([read('two')]);
    expect(found).toEqual([read('one')]);
  });
});

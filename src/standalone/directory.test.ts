import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readDirectory, readText } from './directory.ts';

describe('a directory of manifests', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'tidegate-manifests-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const write = async (name: string, text: string | Uint8Array = name): Promise<void> =>
    writeFile(path.join(directory, name), text);
  const names = async (): Promise<string[]> => {
    const reading = await readDirectory(directory);
    return 'files' in reading ? reading.files.map(({ file }) => path.basename(file)) : [];
  };
  const problem = async (): Promise<string> => {
    const reading = await readDirectory(directory);
    if ('problem' in reading) return reading.problem.message;
    return reading.files.flatMap((file) => ('problem' in file ? [file.problem.message] : [])).join();
  };

  test('gives its manifests by name and nothing else', async () => {
    for (const name of [
      'b.yaml',
      'a.yml',
      'c.json',
      'd.txt',
      '.e.yaml',
      'f.yaml~',
      '.g.yaml.swp',
      '#h.yaml#',
      '.#i.yaml',
      'README.md',
    ])
      await write(name);
    await mkdir(path.join(directory, 'j.yaml'));
    expect(await names()).toEqual(['a.yml', 'b.yaml', 'c.json']);
  });

  test('follows links, and leaves out those that lead nowhere', async () => {
    await write('real.txt', 'a: 1');
    await symlink('real.txt', path.join(directory, 'link.yaml'));
    await symlink('nowhere', path.join(directory, 'dangling.yaml'));
    expect(await names()).toEqual(['link.yaml']);
  });

  test('that does not exist is a problem', async () => {
    const reading = await readDirectory(path.join(directory, 'nowhere'));
    expect(reading).toMatchObject({ problem: { message: 'the directory cannot be read: ENOENT' } });
  });

  test('a file that is too large is not read', async () => {
    await write('a.yaml');
    await truncate(path.join(directory, 'a.yaml'), 3 * 1024 * 1024 + 1);
    expect(await problem()).toBe('the file is larger than 3145728 bytes');
  });

  test('a file that is not UTF-8 is a problem', async () => {
    await write('a.yaml', new Uint8Array([0x61, 0xff]));
    expect(await problem()).toBe('the file is not UTF-8');
  });

  test('too many files are a problem', async () => {
    await Promise.all(Array.from({ length: 2001 }, async (_, index) => write(`${index}.yaml`)));
    expect(await problem()).toBe('the directory has 2001 manifest files; at most 2000 are read');
  });

  test('a directory is no file', async () => {
    expect(await readText(directory)).toBeUndefined();
  });
});

import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DirectoryReading } from './directory.ts';
import { isSameReading, TextCache } from './text-cache.ts';

describe('a directory that is read again and again', () => {
  let directory: string;
  let cache: TextCache;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'tidegate-texts-'));
    cache = new TextCache();
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const write = async (name: string, text: string | Uint8Array): Promise<void> =>
    writeFile(path.join(directory, name), text);
  const texts = (reading: DirectoryReading): string[] =>
    'files' in reading ? reading.files.map((file) => ('text' in file ? file.text : file.problem.message)) : [];
  const read = async (): Promise<DirectoryReading> => cache.read(directory);

  test('says so when nothing has changed, also of what cannot be used', async () => {
    await write('a.yaml', 'a');
    await write('b.yaml', new Uint8Array([0xff]));
    const before = await read();
    expect(isSameReading(await read(), before)).toBe(true);
    await write('a.yaml', 'a');
    expect(isSameReading(await read(), before)).toBe(true);
  });

  test('a change that neither size nor time of the file shows is seen while the file is young', async () => {
    const time = new Date('2026-01-01');
    await write('a.yaml', 'a');
    await utimes(path.join(directory, 'a.yaml'), time, time);
    const before = await read();
    await write('a.yaml', 'b');
    await utimes(path.join(directory, 'a.yaml'), time, time);
    const after = await read();
    expect(isSameReading(after, before)).toBe(false);
    expect(texts(after)).toEqual(['b']);
  });

  test('a file that is added or removed is a change', async () => {
    await write('a.yaml', 'a');
    const one = await read();
    await write('b.yaml', 'b');
    const two = await read();
    expect(isSameReading(two, one)).toBe(false);
    await rm(path.join(directory, 'a.yaml'));
    expect(texts(await read())).toEqual(['b']);
    await write('a.yaml', 'again');
    expect(texts(await read())).toEqual(['again', 'b']);
  });

  test('a directory that cannot be read is the same as long as its problem is', async () => {
    const away = path.join(directory, 'away');
    const reading = await cache.read(away);
    expect(isSameReading(await cache.read(away), reading)).toBe(true);
    expect(isSameReading(await read(), reading)).toBe(false);
    expect(isSameReading(reading, undefined)).toBe(false);
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, executable, publish, withLock, withScratch } from './cache.ts';

let home: string;
let previous: string | undefined;

beforeEach(() => {
  previous = process.env['XDG_CACHE_HOME'];
  home = mkdtempSync(join(tmpdir(), 'cache-test-'));
  process.env['XDG_CACHE_HOME'] = home;
});

afterEach(() => {
  if (previous === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = previous;
  rmSync(home, { recursive: true });
});

const quiet = (): void => {};

describe('the lock', () => {
  test('lets a second run in when the first is done', async () => {
    const events: string[] = [];
    let finishFirst = quiet;
    const first = withLock(quiet, async () => {
      events.push('first begins');
      await new Promise<void>((resolve) => (finishFirst = resolve));
      events.push('first ends');
    });
    const second = withLock(
      () => finishFirst(), // It says that it waits.
      async () => {
        events.push('second begins');
      },
    );
    await Promise.all([first, second]);
    expect(events).toEqual(['first begins', 'first ends', 'second begins']);
  });

  test('of a process that is gone is taken over', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(cacheFolder(), '.lock'), JSON.stringify({ pid, host: hostname(), id: 'x' }));
    expect(await withLock(quiet, async () => 'done')).toBe('done');
  });

  test('that nobody has renewed is taken over, whoever held it', async () => {
    const lock = join(cacheFolder(), '.lock');
    writeFileSync(lock, JSON.stringify({ pid: 1, host: 'elsewhere', id: 'x' }));
    utimesSync(lock, new Date(0), new Date(0));
    expect(await withLock(quiet, async () => 'done')).toBe('done');
  });

  test('is given back when the work fails', async () => {
    await expect(withLock(quiet, () => Promise.reject(new Error('no compiler')))).rejects.toThrow('no compiler');
    expect(readdirSync(cacheFolder())).toEqual([]);
  });
});

describe('a binary', () => {
  test('appears complete or not at all', async () => {
    await withScratch(async (scratch) => {
      const partial = join(scratch, 'tool');
      writeFileSync(partial, '#!/bin/sh\n', { mode: 0o755 });
      expect(executable(join(cacheFolder(), 'tool'))).toBeUndefined();
      publish(partial, 'tool');
    });
    expect(executable(join(cacheFolder(), 'tool'))).toBe(join(cacheFolder(), 'tool'));
    expect(readdirSync(cacheFolder())).toEqual(['tool']);
  });

  test('that is not executable is not taken', () => {
    const path = join(cacheFolder(), 'tool');
    writeFileSync(path, 'text', { mode: 0o644 });
    expect(executable(path)).toBeUndefined();
  });
});

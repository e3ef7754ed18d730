import { describe, expect, test } from '@jest/globals';
import { withProgress } from './progress.ts';
import { plain } from './style.ts';

describe('what goes on', () => {
  const shown = async (isTTY: boolean, env: Record<string, string> = {}) => {
    const written: string[] = [];
    const stderr = { write: (text: string) => written.push(text), isTTY };
    await withProgress('Testing x', { stderr, env }, async () => Promise.reject(new Error('no'))).catch(
      () => undefined,
    );
    return written;
  };

  test('is shown on a terminal, and taken away however it ends', async () => {
    const written = await shown(true);
    expect(written[0]).toContain('Testing x');
    expect(written.at(-1)).toBe('\r\u001b[K');
  });

  test('is not shown elsewhere', async () => {
    expect(await shown(false)).toEqual([]);
    expect(await shown(true, { TERM: 'dumb' })).toEqual([]);
  });
});

test('what somebody else said is one plain line', () => {
  expect(plain(' a\n\u001b[2J\tb\u0007\u009b ')).toBe('a [2J b');
});

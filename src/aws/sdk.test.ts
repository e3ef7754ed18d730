import { describe, expect, test } from '@jest/globals';
import { ensureHome } from './sdk.ts';

describe('the home directory', () => {
  test('is the root for a user that has none', () => {
    const environment: Record<string, string | undefined> = {};
    ensureHome(environment, () => {
      throw new Error('uv_os_homedir returned ENOENT');
    });
    expect(environment).toEqual({ HOME: '/' });
  });

  test('stays what it is for every other', () => {
    const environment: Record<string, string | undefined> = {};
    ensureHome(environment, () => '/home/somebody');
    expect(environment).toEqual({});
  });
});

import { describe, expect, test } from '@jest/globals';

import { anEntry } from '../../test/support/tables.ts';
import { decodeTable, encodeTable } from './codec.ts';
import { makeTable, sha256 } from './revision.ts';
import { fromFiles, fromSecrets, readBaseSecret, tableSecretNames, toSecrets } from './secrets.ts';

const large = anEntry({ displayName: Array.from({ length: 50 }, (_, i) => sha256(String(i))).join('') });
const table = makeTable([large]);
const shards = encodeTable(table, { maxShardBytes: 800 });

describe('the Secrets of a table', () => {
  const secrets = toSecrets('tidegate-table', shards);

  test('are written with the index last', () => {
    expect(secrets.length).toBeGreaterThan(2);
    expect(secrets.at(-1)?.name).toBe('tidegate-table');
    expect(secrets.slice(0, -1).every((secret) => !('index.json' in secret.data))).toBe(true);
  });

  test('read back from Secrets', () => {
    const byName = new Map(secrets.map((secret) => [secret.name, secret.data]));
    expect(decodeTable(fromSecrets('tidegate-table', byName)).revision).toBe(table.revision);
  });

  test('read back from one directory into which all of them are mounted', () => {
    const files = new Map<string, Uint8Array>();
    for (const { data } of secrets) {
      for (const [key, value] of Object.entries(data)) {
        expect(files.has(key)).toBe(false);
        files.set(key, Buffer.from(value, 'base64'));
      }
    }
    expect(decodeTable(fromFiles(files)).revision).toBe(table.revision);
  });

  test('are named in the base Secret, which is enough to fetch them', () => {
    const base = secrets.at(-1)!;
    const facts = readBaseSecret('tidegate-table', base.data);
    expect(facts.revision).toBe(table.revision);
    expect([...facts.otherSecrets].sort()).toEqual(
      secrets
        .slice(0, -1)
        .map((secret) => secret.name)
        .sort(),
    );
  });

  test('are eight at most, by fixed names', () => {
    expect(tableSecretNames('t')).toEqual(['t', 't-1', 't-2', 't-3', 't-4', 't-5', 't-6', 't-7']);
  });

  test.each([undefined, {}])('are told from a Secret without a table', (data) => {
    expect(() => readBaseSecret('tidegate-table', data)).toThrow('no table has been published yet');
  });
});

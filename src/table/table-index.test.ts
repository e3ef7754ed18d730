import { describe, expect, test } from '@jest/globals';

import { anEntry } from '../../test/support/tables.ts';
import { Redacted } from '../redacted.ts';
import { entryHash, makeTable } from './revision.ts';
import { TableIndex } from './table-index.ts';

describe('TableIndex', () => {
  test('finds a provider by namespace and name', () => {
    const index = new TableIndex(
      makeTable([anEntry({ namespace: 'a', name: 'x' }), anEntry({ namespace: 'b', name: 'x' })]),
    );
    expect(index.lookup('b', 'x')?.namespace).toBe('b');
    expect(index.lookup('a', 'y')).toBeUndefined();
    expect(index.lookup('c', 'x')).toBeUndefined();
    expect(index.lookup('__proto__', 'constructor')).toBeUndefined();
  });

  test('keeps the object of an entry that did not change', () => {
    const first = new TableIndex(makeTable([anEntry({ name: 'same' }), anEntry({ name: 'other' })]));
    const rotated = anEntry({ name: 'other', credential: { kind: 'APIKey', value: new Redacted('sk-new') } });
    const second = new TableIndex(makeTable([anEntry({ name: 'same' }), rotated]), first);
    expect(second.lookup('team-a', 'same')).toBe(first.lookup('team-a', 'same'));
    expect(second.lookup('team-a', 'other')).toBe(rotated);
    expect(second.revision).not.toBe(first.revision);
  });

  test('knows entries by the hash of their content', () => {
    const entry = anEntry();
    const index = new TableIndex(makeTable([entry]));
    expect(index.entryWithHash(entryHash(anEntry()))).toBe(entry);
    expect(index.entryWithHash(entryHash(anEntry({ generation: 2 })))).toBeUndefined();
  });
});

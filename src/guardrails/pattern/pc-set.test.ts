import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PcSet } from './pc-set.ts';

test('members are there once, in the order they came, also after it was cleared', () => {
  const pcs = new PcSet(10);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (added) => {
      pcs.clear();
      const isNew = added.map((pc) => pcs.add(pc));
      expect(Array.from(pcs.members.slice(0, pcs.length))).toEqual([...new Set(added)]);
      expect(isNew).toEqual(added.map((pc, i) => added.indexOf(pc) === i));
    }),
  );
});

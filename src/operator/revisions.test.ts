import { describe, expect, test } from '@jest/globals';

import { anEntry } from '../../test/support/tables.ts';
import { entryHash, makeTable } from '../table/index.ts';
import { RecentRevisions } from './revisions.ts';

const minute = 60_000;
const steady = anEntry({ name: 'steady' });
const hash = entryHash(steady);
const edited = (edit: number) => makeTable([steady, anEntry({ name: 'busy', displayName: String(edit) })]);

describe('RecentRevisions', () => {
  test('knows what a proxy serves that is hundreds of revisions behind', () => {
    const revisions = new RecentRevisions();
    for (let edit = 0; edit < 400; edit++) revisions.note(edited(edit), edit * 125);
    expect(revisions.holds(edited(0).revision, hash)).toBe(true);
    const busy = edited(7).providers.find((entry) => entry.name === 'busy')!;
    expect(revisions.holds(edited(7).revision, entryHash(busy))).toBe(true);
    expect(revisions.holds(edited(8).revision, entryHash(busy))).toBe(false);
    expect(revisions.since(hash)).toBe(0);
  });

  test('never forgets a revision that a live proxy names, and others after five minutes', () => {
    const revisions = new RecentRevisions();
    const [named, other] = [edited(1).revision, edited(2).revision];
    revisions.note(edited(1), 0);
    revisions.note(edited(2), 0);
    for (let at = 0; at < 60; at++) revisions.note(edited(3 + at), at * minute, [named]);
    expect(revisions.holds(named, hash)).toBe(true);
    expect(revisions.knows(other)).toBe(false);
    revisions.note(edited(100), 66 * minute);
    expect(revisions.knows(named)).toBe(false);
  });

  test('tells an entry that left and came back from one that stayed', () => {
    const revisions = new RecentRevisions();
    revisions.note(makeTable([steady]), 0);
    revisions.note(makeTable([]), 1);
    revisions.note(makeTable([steady, anEntry({ name: 'other' })]), 2);
    expect(revisions.holds(makeTable([]).revision, hash)).toBe(false);
    expect(revisions.holds(makeTable([steady]).revision, hash)).toBe(true);
    expect(revisions.since(hash)).toBe(2);
  });
});

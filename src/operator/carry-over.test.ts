import { describe, expect, test } from '@jest/globals';

import { aProvider, aSecret } from '../../test/support/compile.ts';
import { anEntry } from '../../test/support/tables.ts';
import { compile } from '../compile/index.ts';
import { makeTable } from '../table/index.ts';
import { carryOver } from './carry-over.ts';

const unreadable = new Map([['team-a/key', { kind: 'Unreadable', message: 'access is denied' } as const]]);
const published = compile({
  providers: [aProvider()],
  guardrails: [],
  secrets: new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'known' })]]),
}).table;

describe('carryOver', () => {
  test('keeps an entry whose Secret can no longer be read', () => {
    const table = carryOver(
      compile({ providers: [aProvider()], guardrails: [], secrets: unreadable }),
      published,
      () => 'Synced',
    );
    expect(table.revision).toBe(published.revision);
  });

  test.each([
    ['spec', aProvider({}, { generation: 4 })],
    ['object', aProvider({}, { uid: 'uid-2' })],
  ])('does not keep it for another %s', (_, provider) => {
    const table = carryOver(
      compile({ providers: [provider], guardrails: [], secrets: unreadable }),
      published,
      () => 'Synced',
    );
    expect(table.providers[0]?.availability.state).toBe('Unavailable');
  });

  test('keeps the entries of a namespace that cannot be listed, and drops what is really gone', () => {
    const both = makeTable([anEntry({ namespace: 'denied' }), anEntry({ namespace: 'open' })]);
    const table = carryOver(compile({ providers: [], guardrails: [], secrets: new Map() }), both, (key) =>
      key.startsWith('open/') ? 'Synced' : 'Refused',
    );
    expect(table.providers.map((entry) => entry.namespace)).toEqual(['denied']);
    expect(table.revision).toBe(makeTable([anEntry({ namespace: 'denied' })]).revision);
  });

  test('serves nothing of a namespace that is no longer watched', () => {
    const both = makeTable([anEntry({ namespace: 'given-up' }), anEntry({ namespace: 'slow' })]);
    const table = carryOver(compile({ providers: [], guardrails: [], secrets: new Map() }), both, (key) =>
      key.startsWith('given-up/') ? 'Unwatched' : 'Pending',
    );
    expect(table.providers.map((entry) => entry.namespace)).toEqual(['slow']);
  });

  test('does not bring a key back when the Secret is known to be gone', () => {
    const result = compile({
      providers: [aProvider()],
      guardrails: [],
      secrets: new Map([['team-a/key', { kind: 'Missing' } as const]]),
    });
    expect(carryOver(result, published, () => 'Synced')).toBe(result.table);
  });
});

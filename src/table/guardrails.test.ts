import { gzipSync } from 'node:zlib';

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import {
  aGuardrailEntry,
  anEntry,
  aReference,
  guardedArbitrary,
  guardedTableArbitrary,
} from '../../test/support/tables.ts';
import { decodeTable, encodeTable, type TableShards } from './codec.ts';
import { TableCodecError } from './errors.ts';
import { readIndexDocument, writeIndexDocument } from './index-document.ts';
import { entryText, guardrailHash, guardrailText, makeTable, revisionOfHashes, sha256 } from './revision.ts';
import { TableIndex } from './table-index.ts';

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof TableCodecError) return error.code;
    throw error;
  }
  return 'no error';
};

/** Shards whose content is these lines, with an index that is right about them. */
function shardsOf(providers: readonly string[], guardrails: readonly string[]): TableShards {
  const lines = [...providers, ...guardrails];
  const content = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const part = gzipSync(content);
  const index = writeIndexDocument({
    version: 1,
    revision: revisionOfHashes(lines.map((line) => sha256(line))),
    providers: providers.length,
    ...(guardrails.length > 0 && { guardrails: guardrails.length }),
    bytes: content.length,
    parts: [{ slot: 0, bytes: part.length, sha256: sha256(part) }],
  });
  return { index, parts: new Map([[0, part]]) };
}

describe('a table with Guardrails', () => {
  test('comes back whole, in however many parts', () => {
    fc.assert(
      fc.property(guardedTableArbitrary, fc.integer({ min: 1000, max: 8000 }), (table, maxShardBytes) => {
        const decoded = decodeTable(encodeTable(table, { maxShardBytes }));
        expect(decoded.revision).toBe(table.revision);
        expect(decoded.providers.map(entryText)).toEqual(table.providers.map(entryText));
        expect(decoded.guardrails.map(guardrailText)).toEqual(table.guardrails.map(guardrailText));
      }),
    );
  });

  test('has the same bytes for any order of what it is made of', () => {
    fc.assert(
      fc.property(guardedArbitrary, ({ entries, guardrails }) => {
        const turned = makeTable(entries.toReversed(), guardrails.toReversed());
        expect(encodeTable(turned)).toEqual(encodeTable(makeTable(entries, guardrails)));
      }),
    );
  });

  test('has those that a provider refers to, and no others', () => {
    fc.assert(
      fc.property(guardedTableArbitrary, ({ providers, guardrails }) => {
        const referred = new Set(providers.flatMap((entry) => entry.guardrails.map(({ hash }) => hash)));
        expect(new Set(guardrails.map(guardrailHash))).toEqual(referred);
        expect(guardrails).toHaveLength(referred.size);
      }),
    );
  });

  test('may have two versions of one Guardrail, for two providers', () => {
    const [older, newer] = [aGuardrailEntry(), aGuardrailEntry({ generation: 2, mode: 'Audit' })];
    const table = makeTable(
      [
        anEntry({ name: 'a', guardrails: [aReference(older)] }),
        anEntry({ name: 'b', guardrails: [aReference(newer)] }),
      ],
      [newer, older],
    );
    const index = new TableIndex(decodeTable(encodeTable(table)));
    const modeOf = (name: string): string | undefined => {
      const hash = index.lookup('team-a', name)?.guardrails[0]?.hash;
      return hash === undefined ? undefined : index.guardrailWithHash(hash)?.mode;
    };
    expect([modeOf('a'), modeOf('b')]).toEqual(['Enforce', 'Audit']);
  });

  test('is another revision when a rule of one of them changes', () => {
    const revisionWith = (mode: 'Enforce' | 'Audit'): string => {
      const guardrail = aGuardrailEntry({ mode });
      return makeTable([anEntry({ guardrails: [aReference(guardrail)] })], [guardrail]).revision;
    };
    expect(revisionWith('Audit')).not.toBe(revisionWith('Enforce'));
  });

  test('without any, is written as it was before there were any', () => {
    const { index } = encodeTable(makeTable([anEntry()], [aGuardrailEntry()]));
    expect(readIndexDocument(index)).not.toHaveProperty('guardrails');
    const said = Buffer.from(index).toString().replace('"parts"', '"guardrails":0,"parts"');
    expect(codeOf(() => readIndexDocument(Buffer.from(said)))).toBe('IndexInvalid');
  });

  test('cannot be made without one that a provider refers to, or with that of another namespace', () => {
    const guardrail = aGuardrailEntry();
    const entry = anEntry({ guardrails: [aReference(guardrail)] });
    expect(() => makeTable([entry])).toThrow(TypeError);
    expect(() => makeTable([{ ...entry, namespace: 'team-b' }], [guardrail])).toThrow(TypeError);
    expect(() => makeTable([{ ...entry, guardrails: [{ ...aReference(guardrail), name: 'x' }] }], [guardrail])).toThrow(
      TypeError,
    );
  });

  test('keeps the object of a Guardrail that is at hand, and of one that did not change', () => {
    const guardrail = aGuardrailEntry();
    const table = makeTable([anEntry({ guardrails: [aReference(guardrail)] })], [guardrail]);
    const decoded = decodeTable(encodeTable(table), {
      reuseGuardrail: (hash) => (hash === guardrailHash(guardrail) ? guardrail : undefined),
    });
    expect(decoded.guardrails[0]).toBe(guardrail);
    const first = new TableIndex(table);
    const again = new TableIndex(decodeTable(encodeTable(table)), first);
    expect(again.guardrailWithHash(guardrailHash(guardrail))).toBe(guardrail);
  });
});

describe('a Guardrail of a table', () => {
  const whole = aGuardrailEntry({
    messages: { input: 'no' },
    scopes: ['User'],
    profanity: { action: 'Block', appliesTo: ['Input'] },
    wordFilters: [
      { name: 'w', words: ['x'], match: 'Word', caseSensitive: false, action: 'Mask', appliesTo: ['Output'] },
    ],
    pii: {
      entities: [{ type: 'Email', action: 'Mask', appliesTo: ['Input'] }],
      regexes: [{ name: 'r', pattern: 'x', action: 'Detect', appliesTo: ['Input'] }],
    },
  });

  type Members = Record<string, unknown>;
  interface Loose extends Members {
    profanity: Members;
    wordFilters: [Members];
    pii: Members & { entities: [Members]; regexes: [Members] };
    streaming: Members;
  }
  /** The Guardrail as a line, changed, with a provider that refers to the line as it then is. */
  const damaged = (change: (guardrail: Loose) => void): TableShards => {
    const value = JSON.parse(guardrailText(whole)) as Loose;
    change(value);
    const line = JSON.stringify(value);
    const provider = anEntry({ guardrails: [{ name: whole.name, hash: sha256(line) }] });
    return shardsOf([entryText(provider)], [line]);
  };

  test('is accepted unchanged', () => {
    expect(decodeTable(damaged(() => undefined)).guardrails).toHaveLength(1);
  });

  test.each<[string, (guardrail: Loose) => void]>([
    ...Object.keys(JSON.parse(guardrailText(whole)) as Loose)
      .filter((member) => member !== 'scopes' && member !== 'profanity')
      .map((member): [string, (g: Loose) => void] => [`no \`${member}\``, (g) => delete g[member]]),
    ...Object.keys(JSON.parse(guardrailText(whole)) as Loose).map((member): [string, (g: Loose) => void] => [
      `a null for \`${member}\``,
      (g) => (g[member] = null),
    ]),
    ['an unknown member', (g) => (g['contents'] = [])],
    ['an unknown mode', (g) => (g['mode'] = 'Off')],
    ['an unknown failure policy', (g) => (g['failurePolicy'] = 'Ajar')],
    ['a name with a slash', (g) => (g['name'] = 'a/b')],
    ['a fractional generation', (g) => (g['generation'] = 0.5)],
    ['an unknown message', (g) => (g['messages'] = { both: 'x' })],
    ['a message that is a number', (g) => (g['messages'] = { input: 1 })],
    ['an unknown scope', (g) => (g['scopes'] = ['Tool'])],
    ['a scope that is none', (g) => (g['scopes'] = [[]])],
    ['a rule without an action', (g) => delete g.profanity['action']],
    ['a rule with an unknown action', (g) => (g.profanity['action'] = 'Allow')],
    ['a rule with an unknown direction', (g) => (g.profanity['appliesTo'] = ['Both'])],
    ['a rule with an unknown member', (g) => (g.profanity['threshold'] = 1)],
    ['a word that is a number', (g) => (g.wordFilters[0]['words'] = [1])],
    ['a word filter without words', (g) => delete g.wordFilters[0]['words']],
    ['an unknown way to match words', (g) => (g.wordFilters[0]['match'] = 'Regex')],
    ['a word for a flag', (g) => (g.wordFilters[0]['caseSensitive'] = 'no')],
    ['an unknown kind of data', (g) => (g.pii.entities[0]['type'] = 'Face')],
    ['an entity without its kind', (g) => delete g.pii.entities[0]['type']],
    ['an unknown member of `pii`', (g) => (g.pii['faces'] = [])],
    ['a regex without its pattern', (g) => delete g.pii.regexes[0]['pattern']],
    ['a negative length', (g) => (g.streaming['holdBackCharacters'] = -1)],
    ['no length', (g) => (g.streaming = {})],
  ])('is refused with %s', (_, change) => {
    expect(codeOf(() => decodeTable(damaged(change)))).toBe('EntryInvalid');
  });

  const line = guardrailText(whole);
  const provider = (guardrails: unknown): string => JSON.stringify({ ...JSON.parse(entryText(anEntry())), guardrails });
  const reference = { name: whole.name, hash: sha256(line) };

  test.each<[string, readonly string[], readonly string[]]>([
    ['that is missing', [provider([reference])], []],
    ['of another name', [provider([{ ...reference, name: 'x' }])], [line]],
    ['of another content', [provider([{ ...reference, hash: sha256('x') }])], [line]],
    ['that nobody refers to', [provider([])], [line]],
    ['that is there twice', [provider([reference])], [line, line]],
    ['by its name alone', [provider([{ name: whole.name }])], [line]],
    ['with an unknown member', [provider([{ ...reference, mode: 'Audit' }])], [line]],
    ['in what is no list', [provider(reference)], [line]],
    ['that is not JSON', [provider([{ ...reference, hash: sha256('x') }])], ['x']],
  ])('is refused %s', (_, providers, guardrails) => {
    expect(codeOf(() => decodeTable(shardsOf(providers, guardrails)))).toBe('EntryInvalid');
  });

  test('is refused when there are more or fewer than the index says', () => {
    const { index, parts } = shardsOf([provider([reference])], [line]);
    const claim = (guardrails: number): TableShards => ({
      index: writeIndexDocument({ ...readIndexDocument(index), guardrails }),
      parts,
    });
    expect(codeOf(() => decodeTable(claim(2)))).toBe('RevisionMismatch');
    const { guardrails: _, ...without } = readIndexDocument(index);
    expect(codeOf(() => decodeTable({ index: writeIndexDocument(without), parts }))).toBe('RevisionMismatch');
  });

  test('is refused out of order', () => {
    const [a, b] = ['a', 'b'].map((name) => aGuardrailEntry({ name }));
    const both = provider([a!, b!].map(aReference));
    expect(codeOf(() => decodeTable(shardsOf([both], [a!, b!].map(guardrailText))))).toBe('no error');
    expect(codeOf(() => decodeTable(shardsOf([both], [b!, a!].map(guardrailText))))).toBe('EntryInvalid');
  });
});

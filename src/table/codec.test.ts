import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { anEntry, entriesArbitrary } from '../../test/support/tables.ts';
import { Redacted } from '../redacted.ts';
import { decodeTable, encodeTable, type TableShards } from './codec.ts';
import { TableCodecError } from './errors.ts';
import { readIndexDocument, writeIndexDocument } from './index-document.ts';
import { entryText, makeTable, revisionOfHashes, sha256 } from './revision.ts';
import type { Credential } from './types.ts';

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof TableCodecError) return error.code;
    throw error;
  }
  return 'no error';
};

const texts = (table: { providers: readonly ReturnType<typeof anEntry>[] }): string[] => table.providers.map(entryText);

/** Random-looking content that does not compress, so that a small limit makes many parts. */
const noise = (n: number): string => Array.from({ length: n }, (_, i) => sha256(String(i))).join('');

/** Shards whose content is these lines, with an index that is right about them. */
function shardsOfLines(lines: readonly string[]): TableShards {
  const content = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const part = gzipSync(content);
  const revision = revisionOfHashes(lines.map((line) => sha256(line)));
  const parts = [{ slot: 0, bytes: part.length, sha256: sha256(part) }];
  const index = writeIndexDocument({ version: 1, revision, providers: lines.length, bytes: content.length, parts });
  return { index, parts: new Map([[0, part]]) };
}

describe('encodeTable and decodeTable', () => {
  test('give back every table, in however many parts', () => {
    fc.assert(
      fc.property(entriesArbitrary, fc.integer({ min: 1000, max: 8000 }), (entries, maxShardBytes) => {
        const table = makeTable(entries);
        const decoded = decodeTable(encodeTable(table, { maxShardBytes }));
        expect(decoded.revision).toBe(table.revision);
        expect(texts(decoded)).toEqual(texts(table));
      }),
    );
  });

  test('give the same bytes for any order of entries', () => {
    fc.assert(
      fc.property(
        entriesArbitrary.chain((entries) =>
          fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
        ),
        ([entries, shuffled]) => {
          expect(encodeTable(makeTable(shuffled))).toEqual(encodeTable(makeTable(entries)));
        },
      ),
    );
  });

  test('refuse any flipped bit', () => {
    const shards = encodeTable(makeTable([anEntry(), anEntry({ name: 'b' })]));
    const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
      const copy = Uint8Array.from(bytes);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return copy;
    };
    const part = shards.parts.get(0)!;
    for (let bit = 0; bit < part.length * 8; bit++) {
      expect(codeOf(() => decodeTable({ ...shards, parts: new Map([[0, flip(part, bit)]]) }))).toBe('PartMismatch');
    }
    for (let bit = 0; bit < shards.index.length * 8; bit++) {
      expect(codeOf(() => decodeTable({ ...shards, index: flip(shards.index, bit) }))).not.toBe('no error');
    }
  });

  test('refuse any truncation', () => {
    const shards = encodeTable(makeTable([anEntry()]));
    const part = shards.parts.get(0)!;
    for (let end = 0; end < part.length; end++) {
      expect(codeOf(() => decodeTable({ ...shards, parts: new Map([[0, part.subarray(0, end)]]) }))).toBe(
        'PartMismatch',
      );
    }
    for (let end = 0; end < shards.index.length; end++) {
      expect(codeOf(() => decodeTable({ ...shards, index: shards.index.subarray(0, end) }))).toBe('IndexInvalid');
    }
  });

  test('refuse parts of two publications, whichever is the older', () => {
    const one = encodeTable(makeTable([anEntry({ displayName: noise(50) })]), { maxShardBytes: 500 });
    const two = encodeTable(makeTable([anEntry({ displayName: noise(50), generation: 2 })]), { maxShardBytes: 500 });
    expect(one.parts.size).toBeGreaterThan(2);
    expect(codeOf(() => decodeTable({ index: one.index, parts: two.parts }))).toBe('PartMismatch');
    expect(codeOf(() => decodeTable({ index: two.index, parts: one.parts }))).toBe('PartMismatch');
    expect(codeOf(() => decodeTable({ index: two.index, parts: new Map([...two.parts].slice(1)) }))).toBe(
      'PartMissing',
    );
  });

  test('leave the parts of the publication in force alone while slots are free', () => {
    const table = makeTable([anEntry({ displayName: noise(50) })]);
    const first = encodeTable(table, { maxShardBytes: 800 });
    const second = encodeTable(table, { maxShardBytes: 800, slotsInUse: new Set(first.parts.keys()) });
    const shared = [...first.parts.keys()].filter((slot) => second.parts.has(slot));
    expect(shared).toEqual([0]);
    expect(decodeTable(second).revision).toBe(table.revision);
  });

  test('say so when a table needs more parts than there are', () => {
    const table = makeTable([anEntry({ displayName: noise(200) })]);
    expect(codeOf(() => encodeTable(table, { maxShardBytes: 100 }))).toBe('TooLarge');
  });

  test('do not decompress more than the index promises or the reader allows', () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const parts = [{ slot: 0, bytes: bomb.length, sha256: sha256(bomb) }];
    const index = (bytes: number): Uint8Array =>
      writeIndexDocument({ version: 1, revision: sha256(''), providers: 1, bytes, parts });
    const decode = (bytes: number) => () =>
      decodeTable({ index: index(bytes), parts: new Map([[0, bomb]]) }, { maxBytes: 1000 });
    expect(codeOf(decode(10))).toBe('Undecodable');
    expect(codeOf(decode(10_000_000))).toBe('TooLarge');
  });

  test('refuse a format of another version', () => {
    const { index, parts } = encodeTable(makeTable([]));
    const later = Buffer.from(Buffer.from(index).toString().replace('"version":1', '"version":2'));
    expect(codeOf(() => decodeTable({ index: later, parts }))).toBe('UnsupportedFormat');
  });

  test('refuse a revision that is not that of the content', () => {
    const { index, parts } = encodeTable(makeTable([anEntry()]));
    const document = readIndexDocument(index);
    const renamed = writeIndexDocument({ ...document, revision: sha256('another') });
    expect(codeOf(() => decodeTable({ index: renamed, parts }))).toBe('RevisionMismatch');
  });

  test('keep an entry object that is already at hand', () => {
    const table = makeTable([anEntry(), anEntry({ name: 'b' })]);
    const known = table.providers[0]!;
    const decoded = decodeTable(encodeTable(table), {
      reuse: (hash) => (hash === sha256(entryText(known)) ? known : undefined),
    });
    expect(decoded.providers[0]).toBe(known);
    expect(decoded.providers[1]).not.toBe(table.providers[1]);
  });

  const hidden = new Redacted('sk-hidden');
  test.each<Credential>([
    { kind: 'APIKey', value: hidden },
    {
      kind: 'AWS',
      source: { type: 'StaticKeys', accessKeyID: hidden, secretAccessKey: hidden, sessionToken: hidden },
    },
  ])('never print a credential of the kind $kind', (credential) => {
    const decoded = decodeTable(encodeTable(makeTable([anEntry({ credential })])));
    expect(JSON.stringify(decoded)).not.toContain('sk-hidden');
    expect(inspect(decoded, { depth: 9 })).not.toContain('sk-hidden');
    expect(entryText(decoded.providers[0]!)).toContain('sk-hidden');
  });

  test('tell access keys apart by each of their parts', () => {
    const keys = { accessKeyID: 'a', secretAccessKey: 'b', sessionToken: 'c' };
    const hashOf = (changed: Partial<typeof keys>) => {
      const { accessKeyID, secretAccessKey, sessionToken } = { ...keys, ...changed };
      return makeTable([
        anEntry({
          credential: {
            kind: 'AWS',
            source: {
              type: 'StaticKeys',
              accessKeyID: new Redacted(accessKeyID),
              secretAccessKey: new Redacted(secretAccessKey),
              sessionToken: new Redacted(sessionToken),
            },
          },
        }),
      ]).revision;
    };
    const revisions = [{}, { accessKeyID: 'x' }, { secretAccessKey: 'x' }, { sessionToken: 'x' }].map(hashOf);
    expect(new Set(revisions).size).toBe(4);
    expect(hashOf({})).toBe(revisions[0]);
  });
});

const aws = (source: object) => ({ kind: 'AWS', source });

describe('the shape of an entry', () => {
  const line = (change: (entry: Record<string, unknown>) => void): string => {
    const entry = JSON.parse(entryText(anEntry())) as Record<string, unknown>;
    change(entry);
    return JSON.stringify(entry);
  };

  test.each<[string, (entry: Record<string, unknown>) => void]>([
    ['a missing member', (e) => delete e['baseURL']],
    ['an unknown member', (e) => (e['budgets'] = [])],
    ['a number for a string', (e) => (e['displayName'] = 1)],
    ['an unknown type', (e) => (e['type'] = 'Unheard')],
    ['a fractional generation', (e) => (e['generation'] = 1.5)],
    ['a string for a boolean', (e) => (e['enabled'] = 'true')],
    ['a URL with a trailing slash', (e) => (e['baseURL'] = 'https://a/')],
    ['a URL of another scheme', (e) => (e['baseURL'] = 'file:///etc')],
    ['a credential without its value', (e) => (e['credential'] = { kind: 'APIKey' })],
    ['a credential of an unknown kind', (e) => (e['credential'] = { kind: 'SigV4', value: 'x' })],
    ['a credential that is passed on and has a value', (e) => (e['credential'] = { kind: 'Passthrough', value: 'x' })],
    ['credentials of AWS without a source', (e) => (e['credential'] = { kind: 'AWS' })],
    ['half an access key', (e) => (e['credential'] = aws({ type: 'StaticKeys', accessKeyID: 'x' }))],
    ['a role without its ARN', (e) => (e['credential'] = aws({ type: 'AssumeRole', sessionName: 'x' }))],
    ['a default chain with a role', (e) => (e['credential'] = aws({ type: 'DefaultChain', roleARN: 'x' }))],
    ['a source of an unknown type', (e) => (e['credential'] = aws({ type: 'WebIdentity' }))],
    ['Bedrock without a region', (e) => (e['type'] = 'Bedrock')],
    ['a region without Bedrock', (e) => (e['region'] = 'eu-central-1')],
    ['a negative price', (e) => (e['models'] = [{ name: 'a', pricing: { input: -1 } }])],
    ['a price beyond all others', (e) => (e['models'] = [{ name: 'a', pricing: { input: 1e300 } }])],
    ['a price in words', (e) => (e['models'] = [{ name: 'a', pricing: { input: '1' } }])],
    ['an unknown price', (e) => (e['models'] = [{ name: 'a', pricing: { reasoning: 1 } }])],
    ['an availability without its reason', (e) => (e['availability'] = { state: 'Unavailable' })],
    ['a list that is none', (e) => (e['models'] = {})],
    ['an empty name', (e) => (e['name'] = '')],
    ['a model without a name', (e) => (e['models'] = [{}])],
    ['a null', (e) => (e['timeouts'] = null)],
  ])('is refused with %s', (_, change) => {
    expect(codeOf(() => decodeTable(shardsOfLines([line(change)])))).toBe('EntryInvalid');
  });

  test('is accepted unchanged', () => {
    expect(decodeTable(shardsOfLines([line(() => undefined)])).providers).toHaveLength(1);
  });

  test('is refused when entries repeat or are out of order', () => {
    const a = line((e) => (e['name'] = 'a'));
    const b = line((e) => (e['name'] = 'b'));
    expect(codeOf(() => decodeTable(shardsOfLines([b, a])))).toBe('EntryInvalid');
    expect(codeOf(() => decodeTable(shardsOfLines([a, a])))).toBe('EntryInvalid');
    expect(codeOf(() => decodeTable(shardsOfLines(['not JSON'])))).toBe('EntryInvalid');
  });
});

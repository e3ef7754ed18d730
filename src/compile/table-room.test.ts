import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';

import { aGuardrail, aProvider, aSecret } from '../../test/support/compile.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { encodeTable, guardrailHash, guardrailSize, makeTable, type GuardrailEntry } from '../table/index.ts';
import { compile } from './compile.ts';
import type { CompiledGuardrail } from './guardrail-trial.ts';
import { fitting } from './table-room.ts';
import type { CompileInput } from './types.ts';

const KIB = 1024;

/** Letters and digits by chance, of which three quarters are left when they are compressed. */
const random = (seed: string, characters: number): string => {
  let text = '';
  for (let i = 0; text.length < characters; i += 1) {
    text += createHash('sha512')
      .update(`${seed} ${String(i)}`)
      .digest('base64')
      .replaceAll(/[^A-Za-z0-9]/g, '');
  }
  return text.slice(0, characters);
};

/** A Guardrail that takes about so many KiB, compressed. */
const large = (name: string, kib: number, seed = name): Guardrail => {
  const words = Array.from({ length: Math.round((kib * KIB) / 0.76 / 250) }, (_, i) =>
    random(`${seed} ${String(i)}`, 247),
  );
  const lists = Array.from({ length: Math.ceil(words.length / 1000) }, (_, i) => ({
    name: `list-${String(i)}`,
    words: words.slice(i * 1000, (i + 1) * 1000),
    action: 'Block' as const,
  }));
  return aGuardrail({ wordFilters: lists }, { name, uid: `uid-${name}`, generation: 1 });
};

const secrets = new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'sk-1' })]]);
const userOf = ({ metadata }: Guardrail): LLMProvider =>
  aProvider({ guardrailRefs: [{ name: metadata.name ?? '' }] }, { name: `of-${metadata.name ?? ''}` });

const left = (guardrails: ReadonlyMap<string, CompiledGuardrail>): string[] =>
  [...guardrails.values()].flatMap(({ name, outcome }) =>
    outcome.kind === 'Broken' ? [`${name} ${outcome.reason}`] : [],
  );

const entriesOf = (guardrails: ReadonlyMap<string, CompiledGuardrail>): GuardrailEntry[] =>
  [...guardrails.values()].flatMap(({ entry }) => entry ?? []);

describe('room for Guardrails', () => {
  const room = { bytes: 1024 * KIB, compressedBytes: 100 * KIB };
  const compiled = (guardrails: readonly Guardrail[]): ReadonlyMap<string, CompiledGuardrail> =>
    compile({ providers: [], guardrails, secrets }).guardrails;
  const fit = (guardrails: readonly Guardrail[], input: Partial<CompileInput> = {}): string[] =>
    left(fitting(compiled(guardrails), { providers: guardrails.map(userOf), publishedGuardrails, ...input }, room));

  /** 90 KiB of 100. */
  const first = Array.from({ length: 10 }, (_, i) => large(`old-${String(i)}`, 9));
  const publishedGuardrails = entriesOf(compiled(first));

  test('is there for so many, and where no table is published for all', () => {
    const size = publishedGuardrails.reduce((sum, entry) => sum + guardrailSize(entry).compressedBytes, 0);
    expect(Math.round(size / KIB)).toBeGreaterThan(85);
    expect(fit(first, { publishedGuardrails: [] })).toEqual([]);
    expect(fit([...first, large('new', 5)])).toEqual([]);
    const input = { providers: first.map(userOf) };
    expect(left(fitting(compiled([...first, large('new', 50)]), input, room))).toEqual([]);
  });

  test('is not there for the next, which says so; the small one has some', () => {
    const guardrails = [...first, large('new-a', 20), large('new-b', 15), large('small', 4)];
    expect(fit(guardrails)).toEqual(['new-a TableFull', 'new-b TableFull']);
    const input = { providers: guardrails.map(userOf), publishedGuardrails };
    const verdict = fitting(compiled(guardrails), input, room).get('team-a/new-b');
    expect(verdict).toMatchObject({
      outcome: {
        message: expect.stringMatching(/^the routing table has no room for it: it takes 1\d KiB .* 100 KiB$/),
      },
      entry: undefined,
    });
  });

  test('of one that goes is for the next; one that nobody uses has none', () => {
    const next = large('next', 9);
    expect(fit([...first.slice(1), next])).toEqual([]);
    expect(fit([...first, next], { providers: [...first.slice(1), next].map(userOf) })).toEqual([]);
  });

  test('is there for a change of what is published before it is there for what is new', () => {
    expect(fit([large('old-0', 9, 'another'), ...first.slice(1), large('new', 12)])).toEqual(['new TableFull']);
    expect(fit([large('old-0', 11, 'another'), ...first.slice(1), large('a-new', 7)])).toEqual(['a-new TableFull']);
  });

  test('is there for a change that takes no more, though others grow at the same time', () => {
    const smaller = large('old-0', 8.9, 'another');
    const grown = large('old-1', 8, 'more');
    const rest = first.slice(3);
    // Of 100 KiB some 63 are others', and the new one of 28 is in the table.
    const big = large('big', 28);
    const publishedGuardrails = entriesOf(compiled([big, ...rest, large('old-1', 1)]));
    const changed = large('big', 27.9, 'another');
    expect(fit([changed, grown, ...rest], { publishedGuardrails })).toEqual(['old-1 TableFull']);
    expect(fit([smaller, ...first.slice(1)])).toEqual([]);
  });

  test('stays with what is published, and the verdicts are the same as long as nothing changes', () => {
    const all = compiled([large('a-0', 6), large('a-1', 6), ...first]);
    const input = { providers: [large('a-0', 6), large('a-1', 6), ...first].map(userOf), publishedGuardrails };
    const result = fitting(all, input, room);
    expect(left(result)).toEqual(['a-1 TableFull']);
    const again = fitting(all, { ...input, publishedGuardrails: entriesOf(result) }, room);
    expect([...again]).toEqual([...result]);
    expect(again.get('team-a/a-1')).toBe(result.get('team-a/a-1'));
  });

  test('is kept for Guardrails of providers that stay published because they cannot be read now', () => {
    const guardrails = [...first, large('new', 15)];
    const providers = [...first.slice(3), large('new', 15)].map(userOf);
    expect(fit(guardrails, { providers })).toEqual([]);
    const keptReferences = new Set(['team-a/old-0', 'team-a/old-1', 'team-a/old-2']);
    expect(fit(guardrails, { providers, keptReferences })).toEqual(['new TableFull']);
  });

  test('is kept for what stays published because it cannot be read now', () => {
    const guardrails = [...first.slice(1), large('new', 15)];
    const unreadableGuardrail = (key: string) => (key === 'team-a/old-0' ? 'denied' : undefined);
    expect(fit(guardrails)).toEqual([]);
    expect(fit(guardrails, { unreadableGuardrail })).toEqual(['new TableFull']);
  });
});

test('the providers of one without room say why they do not serve; others do', () => {
  const small = aGuardrail({}, { name: 'small' });
  const guardrails = [small, large('big', 90)];
  const entry = entriesOf(compile({ providers: [], guardrails: [small], secrets }).guardrails)[0];
  if (entry === undefined) throw new Error('it is not ready');
  // What another namespace has in the table, which cannot be read now: about 4,850 KiB of 4,900.
  const publishedGuardrails = Array.from({ length: 13 }, (_, i): GuardrailEntry => {
    const words = [random(`other ${String(i)}`, (375 * KIB) / 0.753)];
    const filter = { name: 'list', words, match: 'Word', caseSensitive: true, action: 'Block', appliesTo: [] } as const;
    return { ...entry, namespace: 'team-b', name: `g-${String(i)}`, wordFilters: [filter] };
  });
  const result = compile({
    providers: guardrails.map(userOf),
    guardrails,
    secrets,
    publishedGuardrails,
    unreadableGuardrail: (key) => (key.startsWith('team-b/') ? 'denied' : undefined),
  });
  expect(left(result.guardrails)).toEqual(['big TableFull']);
  expect(result.verdicts.get('team-a/of-small')?.outcome).toEqual({ kind: 'Servable' });
  expect(result.verdicts.get('team-a/of-big')?.outcome).toEqual({
    kind: 'Broken',
    reason: 'GuardrailNotReady',
    message: 'guardrail "team-a/big" is not ready: TableFull',
  });
  const users = publishedGuardrails.map((guardrail) => {
    const reference = { name: guardrail.name, hash: guardrailHash(guardrail) };
    return { ...result.table.providers[0]!, namespace: 'team-b', name: guardrail.name, guardrails: [reference] };
  });
  const table = makeTable([...result.table.providers, ...users], [...result.table.guardrails, ...publishedGuardrails]);
  expect(() => encodeTable(table)).not.toThrow();
});

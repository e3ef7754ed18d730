import { expect, test } from '@jest/globals';
import { guardrailEntry, providerEntry } from '../../../test/support/proxy/harness.ts';
import { processorTime } from '../../../test/support/processor-time.ts';
import { guardrailHash, makeTable, TableIndex } from '../../table/index.ts';
import type { GuardrailEntry } from '../../table/types.ts';
import { prepareGuardrails, ProviderGuardrails, UnusableGuardrailError } from './provider-guardrails.ts';

const wordy = (name: string): GuardrailEntry => {
  const words = (filter: number): string[] =>
    Array.from({ length: 1000 }, (_, i) => `${name} ${filter} ${i}`.padEnd(16, String.fromCharCode(97 + (i % 26))));
  const wordFilters = Array.from({ length: 8 }, (_, i) => ({
    name: `f${i}`,
    action: 'Block' as const,
    appliesTo: ['Input'] as const,
    words: words(i),
    match: 'Word' as const,
    caseSensitive: false,
  }));
  return guardrailEntry({ name, uid: name, wordFilters });
};

function built(guardrails: readonly GuardrailEntry[]): ProviderGuardrails | undefined {
  const references = guardrails.map((entry) => ({ name: entry.name, hash: guardrailHash(entry) }));
  const provider = { ...providerEntry('http://127.0.0.1:1'), guardrails: references };
  return ProviderGuardrails.of(provider, new TableIndex(makeTable([provider], guardrails)), () => undefined);
}

test('Guardrails of ten thousands of words are compiled while others go on, and only once', async () => {
  const guardrails = [wordy('a'), wordy('b'), wordy('c')];
  let rounds = 0;
  const count = (): void => {
    rounds += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const begin = processorTime();
  await prepareGuardrails(guardrails);
  const took = processorTime() - begin;
  clearImmediate(counting);
  expect(rounds).toBeGreaterThan(5);
  expect(built(guardrails)?.list).toHaveLength(3);
  expect(processorTime() - begin - took).toBeLessThan(took / 2);
});

test('one that cannot be compiled is left to the providers that refer to it', async () => {
  const regexes = [{ name: 'r', action: 'Block', appliesTo: ['Input'], pattern: '(' }] as const;
  const unusable = guardrailEntry({ pii: { entities: [], regexes } });
  await prepareGuardrails([unusable]);
  expect(() => built([unusable])).toThrow(UnusableGuardrailError);
});

/** Builders and generators of routing table entries for tests. */
import fc from 'fast-check';

import { Redacted } from '../../src/redacted.ts';
import type { ProviderEntry } from '../../src/table/types.ts';

/** A whole entry; say only what matters to the test. */
export function anEntry(fields: Partial<ProviderEntry> = {}): ProviderEntry {
  return {
    namespace: 'team-a',
    name: 'openai',
    uid: '7b1f8d34-0000-4000-8000-000000000001',
    generation: 1,
    type: 'OpenAI',
    displayName: 'openai',
    enabled: true,
    availability: { state: 'Available' },
    baseURL: 'https://api.openai.com/v1',
    credential: { kind: 'APIKey', value: new Redacted('sk-test') },
    models: [],
    streamUsage: 'InjectAndStrip',
    onClientDisconnect: 'Cancel',
    timeouts: { connectSeconds: 10, firstByteSeconds: 600, idleSeconds: 300 },
    headers: [],
    ...fields,
  };
}

const dnsLabel = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const text = fc.string({ unit: 'binary', maxLength: 20 });

/** Any entry that has the right shape. */
export const entryArbitrary: fc.Arbitrary<ProviderEntry> = fc
  .record({
    namespace: dnsLabel,
    name: dnsLabel,
    uid: fc.uuid(),
    generation: fc.nat(),
    type: fc.constantFrom('OpenAI', 'OpenAICompatible'),
    displayName: text,
    enabled: fc.boolean(),
    availability: fc.oneof(
      fc.constant({ state: 'Available' } as const),
      fc.record({ state: fc.constant('Unavailable' as const), reason: text, message: text }),
    ),
    baseURL: fc.constantFrom('https://api.openai.com/v1', 'http://vllm.models.svc:8000/v1'),
    credential: fc.oneof(
      fc.constant({ kind: 'None' } as const),
      text.map((value) => ({ kind: 'APIKey' as const, value: new Redacted(value) })),
    ),
    models: fc.array(fc.record({ name: text }), { maxLength: 4 }),
    streamUsage: fc.constantFrom('InjectAndStrip', 'AsClient'),
    onClientDisconnect: fc.constantFrom('Cancel', 'Drain'),
    timeouts: fc.record({ connectSeconds: fc.nat(), firstByteSeconds: fc.nat(), idleSeconds: fc.nat() }),
    headers: fc.array(fc.record({ name: text, value: text }), { maxLength: 3 }),
    tlsCA: fc.option(text, { nil: undefined }),
  })
  .map(({ tlsCA, ...entry }) => (tlsCA === undefined ? entry : { ...entry, tlsCA }));

/** Entries with distinct keys, in any order. */
export const entriesArbitrary: fc.Arbitrary<ProviderEntry[]> = fc.uniqueArray(entryArbitrary, {
  maxLength: 8,
  selector: (entry) => `${entry.namespace}/${entry.name}`,
});

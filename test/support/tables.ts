/** Builders and generators of routing table entries for tests. */
import fc from 'fast-check';

import { Redacted } from '../../src/redacted.ts';
import type { AWSCredentialSource, Credential, ModelPricing, ProviderEntry } from '../../src/table/types.ts';

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
    guardrails: [],
    ...fields,
  };
}

const dnsLabel = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const text = fc.string({ unit: 'binary', maxLength: 20 });

const secret = text.map((value) => new Redacted(value));

const awsSource: fc.Arbitrary<AWSCredentialSource> = fc.oneof(
  fc.constant({ type: 'DefaultChain' } as const),
  fc.record(
    { type: fc.constant('StaticKeys' as const), accessKeyID: secret, secretAccessKey: secret, sessionToken: secret },
    { requiredKeys: ['type', 'accessKeyID', 'secretAccessKey'] },
  ),
  fc.record(
    { type: fc.constant('AssumeRole' as const), roleARN: text, externalID: text, sessionName: text },
    { requiredKeys: ['type', 'roleARN'] },
  ),
);

const credential: fc.Arbitrary<Credential> = fc.oneof(
  fc.constantFrom({ kind: 'None' } as const, { kind: 'Passthrough' } as const),
  fc.record({ kind: fc.constant('APIKey' as const), value: secret }),
  fc.record({ kind: fc.constant('AWS' as const), source: awsSource }),
);

const price = fc.double({ min: 0, max: 1_000_000, noNaN: true });
const pricing: fc.Arbitrary<ModelPricing> = fc.record(
  { input: price, output: price, cachedInput: price, cacheWrite5m: price, cacheWrite1h: price },
  { requiredKeys: [] },
);

/** Any entry that has the right shape. */
export const entryArbitrary: fc.Arbitrary<ProviderEntry> = fc
  .record({
    namespace: dnsLabel,
    name: dnsLabel,
    uid: fc.uuid(),
    generation: fc.nat(),
    type: fc.constantFrom('OpenAI', 'Anthropic', 'GoogleAI', 'Bedrock', 'OpenAICompatible'),
    displayName: text,
    enabled: fc.boolean(),
    availability: fc.oneof(
      fc.constant({ state: 'Available' } as const),
      fc.record({ state: fc.constant('Unavailable' as const), reason: text, message: text }),
    ),
    baseURL: fc.constantFrom('https://api.openai.com/v1', 'http://vllm.models.svc:8000/v1'),
    credential,
    region: text,
    models: fc.array(fc.record({ name: text, pricing }, { requiredKeys: ['name'] }), { maxLength: 4 }),
    streamUsage: fc.constantFrom('InjectAndStrip', 'AsClient'),
    onClientDisconnect: fc.constantFrom('Cancel', 'Drain'),
    timeouts: fc.record({ connectSeconds: fc.nat(), firstByteSeconds: fc.nat(), idleSeconds: fc.nat() }),
    headers: fc.array(fc.record({ name: text, value: text }), { maxLength: 3 }),
    guardrails: fc.constant([]),
    tlsCA: fc.option(text, { nil: undefined }),
  })
  .map(({ tlsCA, region, ...entry }) => ({
    ...entry,
    ...(entry.type === 'Bedrock' ? { region } : {}),
    ...(tlsCA === undefined ? {} : { tlsCA }),
  }));

/** Entries with distinct keys, in any order. */
export const entriesArbitrary: fc.Arbitrary<ProviderEntry[]> = fc.uniqueArray(entryArbitrary, {
  maxLength: 8,
  selector: (entry) => `${entry.namespace}/${entry.name}`,
});

/** Builders and generators of routing table entries for tests. */
import fc from 'fast-check';

import { PII_TYPES } from '../../src/api/pii-types.ts';
import { Redacted } from '../../src/redacted.ts';
import { guardrailHash, makeTable } from '../../src/table/index.ts';
import type {
  AWSCredentialSource,
  Credential,
  GuardrailEntry,
  GuardrailReference,
  GuardrailRule,
  ModelPricing,
  ProviderEntry,
  RoutingTable,
} from '../../src/table/types.ts';

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

/** A whole Guardrail of the namespace of {@link anEntry}; say only what matters to the test. */
export function aGuardrailEntry(fields: Partial<GuardrailEntry> = {}): GuardrailEntry {
  return {
    namespace: 'team-a',
    name: 'pii',
    uid: '7b1f8d34-0000-4000-8000-000000000002',
    generation: 1,
    mode: 'Enforce',
    failurePolicy: 'Closed',
    messages: {},
    wordFilters: [],
    pii: { entities: [{ type: 'Email', action: 'Mask', appliesTo: ['Input', 'Output'] }], regexes: [] },
    streaming: { holdBackCharacters: 256 },
    ...fields,
  };
}

/** What a provider says to mean this Guardrail. */
export function aReference(guardrail: GuardrailEntry): GuardrailReference {
  return { name: guardrail.name, hash: guardrailHash(guardrail) };
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

const rule = {
  action: fc.constantFrom('Block', 'Mask', 'Detect'),
  appliesTo: fc.subarray(['Input', 'Output'] as const),
} as const;
const profanity: fc.Arbitrary<GuardrailRule> = fc.record(rule);

/** Any Guardrail that has the right shape. Names repeat, so that there are several versions of one. */
export const guardrailEntryArbitrary: fc.Arbitrary<GuardrailEntry> = fc.record(
  {
    namespace: dnsLabel,
    name: fc.constantFrom('a', 'b', 'c'),
    uid: fc.uuid(),
    generation: fc.nat(3),
    mode: fc.constantFrom('Enforce', 'Audit'),
    failurePolicy: fc.constantFrom('Closed', 'Open'),
    messages: fc.record({ input: text, output: text }, { requiredKeys: [] }),
    scopes: fc.subarray(['System', 'User', 'Assistant', 'ToolInput', 'ToolOutput'] as const),
    wordFilters: fc.array(
      fc.record({
        ...rule,
        name: text,
        words: fc.array(text, { maxLength: 3 }),
        match: fc.constantFrom('Word', 'Substring'),
        caseSensitive: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    profanity,
    pii: fc.record({
      entities: fc.array(fc.record({ ...rule, type: fc.constantFrom(...PII_TYPES) }), { maxLength: 2 }),
      regexes: fc.array(fc.record({ ...rule, name: text, pattern: text }), { maxLength: 2 }),
    }),
    streaming: fc.record({ holdBackCharacters: fc.nat() }),
  },
  {
    requiredKeys: [
      'namespace',
      'name',
      'uid',
      'generation',
      'mode',
      'failurePolicy',
      'messages',
      'wordFilters',
      'pii',
      'streaming',
    ],
  },
);

/** Providers in any order that refer to some of these Guardrails, and Guardrails to which none of them refers. */
export const guardedArbitrary: fc.Arbitrary<{
  readonly entries: readonly ProviderEntry[];
  readonly guardrails: readonly GuardrailEntry[];
}> = fc
  .tuple(
    fc.uniqueArray(fc.tuple(entryArbitrary, fc.array(guardrailEntryArbitrary, { maxLength: 3 })), {
      maxLength: 6,
      selector: ([entry]) => `${entry.namespace}/${entry.name}`,
    }),
    fc.array(guardrailEntryArbitrary, { maxLength: 2 }),
  )
  .map(([guarded, unused]) => {
    const pairs = guarded.map(([entry, guardrails]) => {
      const own = guardrails.map((guardrail) => ({ ...guardrail, namespace: entry.namespace }));
      return { entry: { ...entry, guardrails: own.map(aReference) }, own };
    });
    return { entries: pairs.map(({ entry }) => entry), guardrails: [...pairs.flatMap(({ own }) => own), ...unused] };
  });

/** Any table with Guardrails. */
export const guardedTableArbitrary: fc.Arbitrary<RoutingTable> = guardedArbitrary.map(({ entries, guardrails }) =>
  makeTable(entries, guardrails),
);

/** Builders and generators of what goes into a compile pass. */
import fc from 'fast-check';

import type { Guardrail, GuardrailSpec } from '../../src/api/generated/guardrail.ts';
import type { LLMProvider, LLMProviderSpec } from '../../src/api/generated/llmprovider.ts';
import type { ObjectMeta } from '../../src/api/metadata.ts';
import type { CompileInput, SecretState } from '../../src/compile/types.ts';
import { Redacted } from '../../src/redacted.ts';

/** A valid OpenAI provider `team-a/openai` with the Secret `key`. A field of `spec` that is undefined is left out. */
export function aProvider(
  spec: { [K in keyof LLMProviderSpec]?: LLMProviderSpec[K] | undefined } = {},
  metadata: Partial<ObjectMeta> = {},
): LLMProvider {
  const whole = { type: 'OpenAI', secretRef: { name: 'key' }, ...spec };
  return {
    apiVersion: 'tidegate.io/v1alpha1',
    kind: 'LLMProvider',
    metadata: { namespace: 'team-a', name: 'openai', uid: 'uid-1', generation: 3, ...metadata },
    spec: Object.fromEntries(
      Object.entries(whole).filter(([, value]) => value !== undefined),
    ) as unknown as LLMProviderSpec,
  };
}

/** A valid Guardrail `team-a/rules` that masks e-mail addresses. A field of `spec` that is given takes the place of the default's. */
export function aGuardrail(spec: Partial<GuardrailSpec> = {}, metadata: Partial<ObjectMeta> = {}): Guardrail {
  return {
    apiVersion: 'tidegate.io/v1alpha1',
    kind: 'Guardrail',
    metadata: { namespace: 'team-a', name: 'rules', uid: 'uid-rules', generation: 1, ...metadata },
    spec: { pii: { entities: [{ type: 'Email', action: 'Mask' }] }, ...spec },
  };
}

/** A Secret that is there, with this data. */
export function aSecret(data: Readonly<Record<string, string>>): SecretState {
  return { kind: 'Present', data: new Map(Object.entries(data).map(([key, value]) => [key, new Redacted(value)])) };
}

const guardrailNames = ['g1', 'g2', 'g3'];
const secretNames = ['one', 'two', 'three'];
const secretKeys = ['OPENAI_API_KEY', 'API_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'other'];

/** What is right most of the time, so that not all that is made is broken, and otherwise one of the others. */
const mostly = <T>(right: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const secretState: fc.Arbitrary<SecretState> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(aSecret(Object.fromEntries(secretKeys.map((key) => [key, 'k'])))) },
  fc.constant({ kind: 'Missing' } as const),
  fc.constant({ kind: 'Unreadable', message: 'access is denied' } as const),
  fc.dictionary(fc.constantFrom(...secretKeys), fc.string({ maxLength: 8 })).map((data) => aSecret(data)),
);

const provider: fc.Arbitrary<LLMProvider> = fc
  .record({
    namespace: fc.constantFrom('team-a', 'team-b'),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    generation: fc.nat(3),
    enabled: mostly(true, false),
    secret: fc.constantFrom(...secretNames),
    type: mostly('OpenAI', 'OpenAICompatible', 'Anthropic', 'GoogleAI', 'Unheard'),
    aws: fc.option(fc.tuple(fc.constantFrom(...secretNames), fc.constantFrom(...secretNames)), {
      nil: undefined,
      freq: 1,
    }),
    baseURL: mostly<string | undefined>('https://llm.example.com/v1/', undefined, 'nonsense'),
    models: fc.array(fc.record({ name: mostly('m1', 'm2', 'm 3') }), { maxLength: 3 }),
    guardrailRefs: fc.subarray(guardrailNames.map((each) => ({ name: each }))),
  })
  .map(({ namespace, name, generation, enabled, secret, type, aws, baseURL, models, guardrailRefs }) => {
    const common = { enabled, baseURL, models, guardrailRefs };
    const bedrock = aws && {
      region: 'eu-central-1',
      credentials: {
        type: 'StaticKeys' as const,
        staticKeys: { accessKeyIDRef: { name: aws[0] }, secretAccessKeyRef: { name: aws[1] } },
      },
    };
    return aProvider(
      bedrock === undefined
        ? { ...common, type: type as 'OpenAI', secretRef: { name: secret } }
        : { ...common, type: 'Bedrock', secretRef: undefined, bedrock },
      { namespace, name, generation },
    );
  });

const guardrail: fc.Arbitrary<Guardrail> = fc
  .record({
    namespace: fc.constantFrom('team-a', 'team-b'),
    name: fc.constantFrom(...guardrailNames),
    generation: fc.nat(3),
    mode: mostly('Enforce', 'Audit', 'Off'),
    pattern: mostly('y+', '('),
    text: mostly('ann@example.com', 'nothing'),
    deletionTimestamp: mostly<string | undefined>(undefined, '2026-01-01T00:00:00Z'),
  })
  .map(({ mode, pattern, text, deletionTimestamp, ...metadata }) =>
    aGuardrail(
      {
        mode: mode as 'Enforce',
        pii: {
          entities: [{ type: 'Email', action: 'Mask' }],
          regexes: [{ name: 'r', pattern, action: 'Block' }],
        },
        tests: [{ name: 't', direction: 'Input', text, expect: { action: 'Mask' } }],
      },
      { ...metadata, ...(deletionTimestamp !== undefined && { deletionTimestamp }) },
    ),
  );

/** Providers and Guardrails, whole and broken, also two of one name, with Secrets in every state. */
export const compileInputArbitrary: fc.Arbitrary<CompileInput> = fc.record({
  providers: fc.array(provider, { maxLength: 8 }),
  guardrails: fc.array(guardrail, { minLength: 4, maxLength: 8 }),
  secrets: fc
    .array(fc.tuple(fc.constantFrom('team-a', 'team-b'), fc.constantFrom(...secretNames), secretState), {
      minLength: 4,
      maxLength: 8,
    })
    .map((states) => new Map(states.map(([namespace, name, state]) => [`${namespace}/${name}`, state]))),
});

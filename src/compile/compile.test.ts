import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { aProvider, aSecret, compileInputArbitrary } from '../../test/support/compile.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { encodeTable, entryHash } from '../table/index.ts';
import { compile, createCompiler, modelSummary, referencedSecrets } from './compile.ts';
import type { CompileResult, SecretState } from './types.ts';

const outcomeOf = (provider: LLMProvider, secrets: Record<string, SecretState> = {}) =>
  compile({ providers: [provider], guardrails: [], secrets: new Map(Object.entries(secrets)) }).verdicts.get(
    'team-a/openai',
  )?.outcome;

const whole = (result: CompileResult) => ({
  bytes: encodeTable(result.table),
  verdicts: [...result.verdicts],
  guardrails: [...result.guardrails],
});

describe('compile', () => {
  test('makes an entry with every default applied', () => {
    const { table, verdicts } = compile({
      providers: [aProvider()],
      guardrails: [],
      secrets: new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'sk-1' })]]),
    });
    expect(verdicts.get('team-a/openai')).toEqual({
      namespace: 'team-a',
      name: 'openai',
      uid: 'uid-1',
      generation: 3,
      outcome: { kind: 'Servable' },
      modelSummary: 'all models',
    });
    expect(table.providers).toEqual([
      {
        namespace: 'team-a',
        name: 'openai',
        uid: 'uid-1',
        generation: 3,
        type: 'OpenAI',
        displayName: 'openai',
        enabled: true,
        availability: { state: 'Available' },
        baseURL: 'https://api.openai.com/v1',
        credential: { kind: 'APIKey', value: expect.anything() },
        models: [],
        streamUsage: 'InjectAndStrip',
        onClientDisconnect: 'Cancel',
        timeouts: { connectSeconds: 10, firstByteSeconds: 600, idleSeconds: 300 },
        headers: [],
        guardrails: [],
      },
    ]);
  });

  test('gives the same bytes for any order of providers, Guardrails and Secrets', () => {
    fc.assert(
      fc.property(compileInputArbitrary, fc.infiniteStream(fc.nat()), (input, numbers) => {
        const shuffle = <T>(items: readonly T[]): T[] =>
          items
            .map((item) => ({ item, at: numbers.next().value }))
            .sort((a, b) => a.at - b.at)
            .map(({ item }) => item);
        const shuffled = {
          providers: shuffle(input.providers),
          guardrails: shuffle(input.guardrails),
          secrets: new Map(shuffle([...input.secrets])),
        };
        expect(whole(compile(shuffled))).toEqual(whole(compile(input)));
      }),
    );
  });

  test('lets no object, whatever its shape, change what another one gets', () => {
    fc.assert(
      fc.property(compileInputArbitrary, hostile, hostile, (input, provider, guardrail) => {
        const alone = compile(input);
        const together = compile({
          ...input,
          providers: [...input.providers, provider as LLMProvider],
          guardrails: [...input.guardrails, guardrail as Guardrail],
        });
        for (const entry of alone.table.providers) {
          const same = together.table.providers.find((e) => e.namespace === entry.namespace && e.name === entry.name);
          expect(same && entryHash(same)).toBe(entryHash(entry));
        }
        for (const [key, verdict] of alone.verdicts) expect(together.verdicts.get(key)).toEqual(verdict);
        for (const [key, verdict] of alone.guardrails) expect(together.guardrails.get(key)).toEqual(verdict);
      }),
    );
  });

  test('keeps nothing between two calls that would show in a result', () => {
    const compiler = createCompiler();
    fc.assert(
      fc.property(compileInputArbitrary, compileInputArbitrary, (first, second) => {
        compiler(first);
        compiler({ ...first, guardrails: second.guardrails });
        compiler({ ...first, secrets: second.secrets, unreadableGuardrail: () => 'access is denied' });
        expect(whole(compiler(second))).toEqual(whole(compile(second)));
      }),
    );
  });

  test('gives the very same entry object for objects that did not change', () => {
    const compiler = createCompiler();
    const provider = aProvider();
    const secret = aSecret({ OPENAI_API_KEY: 'sk-1' });
    const once = compiler({ providers: [provider], guardrails: [], secrets: new Map([['team-a/key', secret]]) });
    const again = compiler({ providers: [provider], guardrails: [], secrets: new Map([['team-a/key', secret]]) });
    expect(again.table.providers[0]).toBe(once.table.providers[0]);
  });

  test('leaves out what is being deleted', () => {
    const provider = aProvider({}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    const { table, verdicts } = compile({ providers: [provider], guardrails: [], secrets: new Map() });
    expect(table.providers).toEqual([]);
    expect(verdicts.size).toBe(0);
    expect(referencedSecrets([provider]).size).toBe(0);
  });

  test('calls a disabled provider disabled, whatever its Secrets are, and keeps no key for it', () => {
    const provider = aProvider({ enabled: false });
    expect(outcomeOf(provider)).toEqual({ kind: 'Disabled' });
    expect(outcomeOf(provider, { 'team-a/key': { kind: 'Missing' } })).toEqual({ kind: 'Disabled' });
    expect(referencedSecrets([provider]).size).toBe(0);
    const { table } = compile({
      providers: [provider],
      guardrails: [],
      secrets: new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'sk-1' })]]),
    });
    expect(table.providers[0]).toMatchObject({ enabled: false, credential: { kind: 'None' } });
  });

  test('serves an OpenAICompatible provider without a Secret', () => {
    const provider = aProvider({ type: 'OpenAICompatible', baseURL: 'http://vllm:8000/v1/', secretRef: undefined });
    const { table } = compile({ providers: [provider], guardrails: [], secrets: new Map() });
    expect(table.providers[0]).toMatchObject({ baseURL: 'http://vllm:8000/v1', credential: { kind: 'None' } });
  });
});

describe('a Secret that cannot be used', () => {
  const key = 'key "OPENAI_API_KEY" of secret "team-a/key"';
  const notASCII = `${key} must hold printable ASCII characters only, without spaces at its ends`;

  test.each<[string, SecretState | undefined, string, string]>([
    ['is missing', { kind: 'Missing' }, 'SecretNotFound', 'secret "team-a/key" not found'],
    [
      'could not be read',
      { kind: 'Unreadable', message: 'access is denied' },
      'SecretUnreadable',
      'secret "team-a/key" can\'t be read: access is denied',
    ],
    ['is not known', undefined, 'SecretUnreadable', 'secret "team-a/key" can\'t be read: it has not been read'],
    ['lacks the key', aSecret({ OTHER: 'x' }), 'SecretKeyNotFound', 'secret "team-a/key" has no key "OPENAI_API_KEY"'],
    ['has an empty key', aSecret({ OPENAI_API_KEY: '' }), 'SecretKeyEmpty', `${key} is empty`],
    ['has only line breaks', aSecret({ OPENAI_API_KEY: '\r\n\n' }), 'SecretKeyEmpty', `${key} is empty`],
    ['has two lines', aSecret({ OPENAI_API_KEY: 'sk-1\nsk-2' }), 'InvalidSpec', notASCII],
    ['has a NUL', aSecret({ OPENAI_API_KEY: 'sk\u0000' }), 'InvalidSpec', notASCII],
    ['has a leading space', aSecret({ OPENAI_API_KEY: ' sk-1' }), 'InvalidSpec', notASCII],
    ['is not ASCII', aSecret({ OPENAI_API_KEY: 'schlüssel' }), 'InvalidSpec', notASCII],
  ])('because it %s', (_, state, reason, message) => {
    expect(outcomeOf(aProvider(), state && { 'team-a/key': state })).toEqual({ kind: 'Broken', reason, message });
    const { table } = compile({
      providers: [aProvider()],
      guardrails: [],
      secrets: new Map(state === undefined ? [] : [['team-a/key', state]]),
    });
    expect(table.providers[0]).toMatchObject({
      availability: { state: 'Unavailable', reason, message },
      credential: { kind: 'None' },
    });
  });

  test('loses only the line breaks at its end', () => {
    const { table } = compile({
      providers: [aProvider()],
      guardrails: [],
      secrets: new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'sk a\r\n' })]]),
    });
    const credential = table.providers[0]?.credential;
    expect(credential?.kind === 'APIKey' && credential.value.reveal()).toBe('sk a');
  });

  test('is named together with others that have the same fault, the gravest fault first', () => {
    const provider = aProvider({ tls: { caSecretRef: { name: 'ca' } } });
    expect(outcomeOf(provider, { 'team-a/key': { kind: 'Missing' }, 'team-a/ca': { kind: 'Missing' } })).toMatchObject({
      message: 'secret "team-a/key" not found; secret "team-a/ca" not found',
    });
    expect(
      outcomeOf(provider, { 'team-a/key': aSecret({ OPENAI_API_KEY: '' }), 'team-a/ca': { kind: 'Missing' } }),
    ).toMatchObject({ reason: 'SecretNotFound', message: 'secret "team-a/ca" not found' });
  });

  test('never shows its content in a message', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, unit: 'binary' }), (value) => {
        const outcome = outcomeOf(aProvider(), { 'team-a/key': aSecret({ OPENAI_API_KEY: `q${value}\u0001` }) });
        expect(JSON.stringify(outcome)).not.toContain(`q${value}`);
      }),
    );
  });
});

describe('a bundle of certificate authorities', () => {
  const provider = aProvider({ tls: { caSecretRef: { name: 'ca' } } });
  const secrets = (bundle: string) => ({
    'team-a/key': aSecret({ OPENAI_API_KEY: 'k' }),
    'team-a/ca': aSecret({ 'ca.crt': bundle }),
  });

  test.each([
    ['no certificate', 'hello', 'must hold at least one PEM certificate'],
    [
      'a broken certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      "holds a certificate that can't be read",
    ],
  ])('with %s is refused', (_, bundle, message) => {
    expect(outcomeOf(provider, secrets(bundle))).toMatchObject({
      reason: 'InvalidSpec',
      message: expect.stringContaining(message),
    });
  });

  test('gives its certificates and nothing else that lies beside them', () => {
    const text = `-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n${CERTIFICATE}`;
    const { table } = compile({
      providers: [provider],
      guardrails: [],
      secrets: new Map(Object.entries(secrets(text))),
    });
    expect(table.providers[0]?.tlsCA).toBe(CERTIFICATE);
  });
});

describe('a spec that does not fit the schema', () => {
  test.each<[string, unknown, string]>([
    ['no spec', undefined, '`spec` must be an object'],
    ['a list for the spec', [], '`spec` must be an object'],
    [
      'an unknown type',
      { type: 'Unheard' },
      "`type` must be one of 'OpenAI', 'Anthropic', 'GoogleAI', 'Bedrock', 'OpenAICompatible'",
    ],
    ['no Secret where one is needed', { type: 'OpenAI' }, "`secretRef` must be set when `type` is 'OpenAI'"],
    [
      'no base URL where one is needed',
      { type: 'OpenAICompatible' },
      "`baseURL` must be set when `type` is 'OpenAICompatible'",
    ],
    [
      'a base URL of another scheme',
      { baseURL: 'file:///etc/passwd' },
      "`baseURL` must be an absolute URL with the scheme 'http' or 'https'",
    ],
    [
      'user information',
      { baseURL: 'https://a:b@c' },
      '`baseURL` must not hold user information, a query or a fragment',
    ],
    ['a query', { baseURL: 'https://c?d' }, '`baseURL` must not hold user information, a query or a fragment'],
    [
      'a name that leaves its namespace',
      { secretRef: { name: '../x' } },
      '`secretRef.name` must be a valid Secret name',
    ],
    ['a number for a boolean', { enabled: 1 }, '`enabled` must be true or false'],
    [
      'a timeout of nothing',
      { timeouts: { idleSeconds: 0 } },
      '`timeouts.idleSeconds` must be a whole number from 1 to 3600',
    ],
    [
      'a model with a space',
      { models: [{ name: 'a b' }] },
      '`models[0].name` must not hold whitespace or control characters',
    ],
    [
      'a header with a line break',
      { headers: [{ name: 'a', value: 'b\r\nc: d' }] },
      '`headers[0].value` must hold printable ASCII characters only',
    ],
    [
      'too many headers',
      { headers: Array.from({ length: 17 }, () => ({ name: 'a', value: 'b' })) },
      '`headers` must be a list of at most 16 items',
    ],
  ])('with %s is InvalidSpec and has no entry', (_, spec, message) => {
    const provider = {
      ...aProvider(),
      spec: isPlain(spec) && !('type' in spec) ? { ...aProvider().spec, ...spec } : spec,
    } as LLMProvider;
    const { table, verdicts } = compile({ providers: [provider], guardrails: [], secrets: new Map() });
    expect(verdicts.get('team-a/openai')?.outcome).toEqual({ kind: 'Broken', reason: 'InvalidSpec', message });
    expect(table.providers).toEqual([]);
    expect(referencedSecrets([provider]).size).toBe(0);
  });
});

test('counts characters as the API server does: an emoji is one', () => {
  const longest = '😀'.repeat(256);
  const verdictOf = (name: string) =>
    compile({
      providers: [aProvider({ models: [{ name }] })],
      guardrails: [],
      secrets: new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'k' })]]),
    }).verdicts.get('team-a/openai')?.outcome;
  expect(verdictOf(longest)).toEqual({ kind: 'Servable' });
  expect(verdictOf(`${longest}a`)).toMatchObject({
    message: '`models[0].name` must be a string of 1 to 256 characters',
  });
});

describe('modelSummary', () => {
  test.each<[string[], string]>([
    [[], 'all models'],
    [['a'], 'a'],
    [['a', 'b'], 'a, b'],
    [['a', 'b', 'c', 'd'], 'a, b +2'],
  ])('of %j is %s', (names, summary) => {
    expect(modelSummary(names)).toBe(summary);
  });
});

/** Anything, with a name of its own so that it is not simply another version of an object that is there. */
const hostile = fc.oneof(
  fc.anything(),
  fc.anything().map((spec) => ({ metadata: { namespace: 'team-z', name: 'intruder' }, spec })),
  fc.anything().map((metadata) => ({ metadata, spec: {} })),
  fc
    .anything()
    .map((secretRef) => ({ metadata: { namespace: 'team-z', name: 'intruder' }, spec: { type: 'OpenAI', secretRef } })),
);

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Self-signed, for nobody. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUfqK7hxSCD5blIplEqPzWd89GCiIwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjEwOTQ4NDlaGA8yMTI2MTAyODA5NDg0
OVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOpG
1PY//Q5Z/j+nJDQy428/5x5ITQCAfMmx0ER7QD2o6P2gt1QBY6NADue1Wo3XR4nz
EoYS5YK7EEjxdVAC1MqjUzBRMB0GA1UdDgQWBBRHZKfjnjlwDY3GI4uzTggrfAlU
5TAfBgNVHSMEGDAWgBRHZKfjnjlwDY3GI4uzTggrfAlU5TAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQD4p1lUZowDJLOJh9g0eSfoO5F3HpkS1EWr
MxYtJEl3TAIgAmJEdgJxIQ7zCAdmw+gT3AjgGwV3OooK0XWcIfK5uAc=
-----END CERTIFICATE-----
`;

test("GoogleAI's models count without `models/`, as its own list has them; elsewhere a name is as it is written", () => {
  const namesOf = (spec: object): readonly string[] | undefined =>
    compile({
      providers: [aProvider({ models: [{ name: 'models/a' }, { name: 'b' }, { name: 'models/b' }], ...spec })],
      guardrails: [],
      secrets: new Map([['team-a/key', aSecret({ OPENAI_API_KEY: 'k', GOOGLE_AI_API_KEY: 'k' })]]),
    }).table.providers[0]?.models.map(({ name }) => name);
  expect(namesOf({ type: 'GoogleAI' })).toEqual(['a', 'b']);
  expect(namesOf({ type: 'OpenAI' })).toEqual(['models/a', 'b', 'models/b']);
});

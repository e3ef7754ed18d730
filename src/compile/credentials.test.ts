import { describe, expect, test } from '@jest/globals';

import { aProvider, aSecret } from '../../test/support/compile.ts';
import type { LLMProviderSpec } from '../api/generated/llmprovider.ts';
import type { Redacted } from '../redacted.ts';
import type { ProviderEntry } from '../table/types.ts';
import { compile, referencedSecrets } from './compile.ts';
import type { SecretState } from './types.ts';

type Spec = Parameters<typeof aProvider>[0];

function compiled(spec: Spec, secrets: Record<string, SecretState> = {}) {
  const result = compile({ providers: [aProvider(spec)], guardrails: [], secrets: new Map(Object.entries(secrets)) });
  return { entry: result.table.providers[0], outcome: result.verdicts.get('team-a/openai')?.outcome };
}

const revealed = (value: Redacted | undefined) => value?.reveal();

describe('a provider with an API key', () => {
  test.each<[LLMProviderSpec['type'], string, string]>([
    ['Anthropic', 'https://api.anthropic.com', 'ANTHROPIC_API_KEY'],
    ['GoogleAI', 'https://generativelanguage.googleapis.com', 'GOOGLE_AI_API_KEY'],
  ])('of type %s is called at %s with the key %s of its Secret', (type, baseURL, key) => {
    const { entry, outcome } = compiled({ type }, { 'team-a/key': aSecret({ [key]: 'sk-1\n' }) });
    expect(outcome).toEqual({ kind: 'Servable' });
    expect(entry).toMatchObject({ type, baseURL, credential: { kind: 'APIKey' } });
    expect(entry?.credential.kind === 'APIKey' && entry.credential.value.reveal()).toBe('sk-1');
    expect(entry).not.toHaveProperty('region');
  });
});

describe('a provider that passes credentials on', () => {
  const passthrough = { type: 'Anthropic', secretRef: undefined, anthropic: { authPassthrough: true } } as const;

  test('needs no Secret and has none of the gateway', () => {
    const { entry, outcome } = compiled(passthrough);
    expect(outcome).toEqual({ kind: 'Servable' });
    expect(entry?.credential).toEqual({ kind: 'Passthrough' });
    expect(referencedSecrets([aProvider(passthrough)]).size).toBe(0);
  });

  test('has no credential while it is disabled', () => {
    expect(compiled({ ...passthrough, enabled: false }).entry?.credential).toEqual({ kind: 'None' });
  });
});

describe('a Bedrock provider', () => {
  const bedrock = (credentials?: object, region = 'eu-central-1') =>
    ({ type: 'Bedrock', secretRef: undefined, bedrock: { region, ...(credentials && { credentials }) } }) as Spec;

  test('signs with what the environment offers', () => {
    const { entry, outcome } = compiled(bedrock());
    expect(outcome).toEqual({ kind: 'Servable' });
    expect(entry).toMatchObject({
      region: 'eu-central-1',
      baseURL: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
      credential: { kind: 'AWS', source: { type: 'DefaultChain' } },
    });
    expect(compiled(bedrock({})).entry?.credential).toEqual(entry?.credential);
  });

  test('is called in the domain of its partition, or where the spec says', () => {
    expect(compiled(bedrock(undefined, 'eusc-de-east-1')).entry?.baseURL).toBe(
      'https://bedrock-runtime.eusc-de-east-1.amazonaws.eu',
    );
    expect(compiled({ ...bedrock(), baseURL: 'http://127.0.0.1:8080/' }).entry?.baseURL).toBe('http://127.0.0.1:8080');
  });

  test('assumes a role', () => {
    const assumeRole = { roleARN: 'arn:aws:iam::111122223333:role/a', externalID: 'team-a', sessionName: 'gateway' };
    expect(compiled(bedrock({ type: 'AssumeRole', assumeRole })).entry?.credential).toEqual({
      kind: 'AWS',
      source: { type: 'AssumeRole', ...assumeRole },
    });
    const roleOnly = { roleARN: assumeRole.roleARN };
    expect(compiled(bedrock({ type: 'AssumeRole', assumeRole: roleOnly })).entry?.credential).toEqual({
      kind: 'AWS',
      source: { type: 'AssumeRole', ...roleOnly },
    });
  });

  const sourceOf = (entry: ProviderEntry | undefined) => {
    const source = entry?.credential.kind === 'AWS' ? entry.credential.source : undefined;
    if (source?.type !== 'StaticKeys') throw new Error('no static keys');
    return [source.accessKeyID, source.secretAccessKey, source.sessionToken].map(revealed);
  };

  test('takes an access key from one Secret by the default keys', () => {
    const staticKeys = { accessKeyIDRef: { name: 'aws' }, secretAccessKeyRef: { name: 'aws' } };
    const { entry, outcome } = compiled(bedrock({ type: 'StaticKeys', staticKeys }), {
      'team-a/aws': aSecret({ AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE\n', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' }),
    });
    expect(outcome).toEqual({ kind: 'Servable' });
    expect(sourceOf(entry)).toEqual(['AKIAEXAMPLE', 's', undefined]);
    expect([...referencedSecrets([aProvider(bedrock({ type: 'StaticKeys', staticKeys }))])]).toEqual(['team-a/aws']);
  });

  const threeSecrets = {
    type: 'StaticKeys',
    staticKeys: {
      accessKeyIDRef: { name: 'id', key: 'a' },
      secretAccessKeyRef: { name: 'secret', key: 'b' },
      sessionTokenRef: { name: 'session' },
    },
  };

  test('takes a temporary access key from three Secrets', () => {
    const { entry } = compiled(bedrock(threeSecrets), {
      'team-a/id': aSecret({ a: '1' }),
      'team-a/secret': aSecret({ b: '2' }),
      'team-a/session': aSecret({ AWS_SESSION_TOKEN: '3' }),
    });
    expect(sourceOf(entry)).toEqual(['1', '2', '3']);
    expect([...referencedSecrets([aProvider(bedrock(threeSecrets))])].sort()).toEqual([
      'team-a/id',
      'team-a/secret',
      'team-a/session',
    ]);
  });

  const present = aSecret({ a: '1', b: '2', AWS_SESSION_TOKEN: '3' });
  test.each<[string, Record<string, SecretState>, string, string]>([
    [
      'every missing Secret',
      { 'team-a/id': { kind: 'Missing' }, 'team-a/secret': { kind: 'Missing' }, 'team-a/session': present },
      'SecretNotFound',
      'secret "team-a/id" not found; secret "team-a/secret" not found',
    ],
    [
      'a missing key',
      { 'team-a/id': present, 'team-a/secret': present, 'team-a/session': aSecret({ token: '3' }) },
      'SecretKeyNotFound',
      'secret "team-a/session" has no key "AWS_SESSION_TOKEN"',
    ],
    [
      'an empty key',
      { 'team-a/id': present, 'team-a/secret': aSecret({ b: '\n' }), 'team-a/session': present },
      'SecretKeyEmpty',
      'key "b" of secret "team-a/secret" is empty',
    ],
    [
      'an unreadable Secret',
      { 'team-a/id': { kind: 'Unreadable', message: 'access is denied' }, 'team-a/secret': present },
      'SecretUnreadable',
      'secret "team-a/id" can\'t be read: access is denied; secret "team-a/session" can\'t be read: it has not been read',
    ],
  ])('is unavailable and names %s', (_, secrets, reason, message) => {
    const { entry, outcome } = compiled(bedrock(threeSecrets), secrets);
    expect(outcome).toEqual({ kind: 'Broken', reason, message });
    expect(entry).toMatchObject({
      region: 'eu-central-1',
      availability: { state: 'Unavailable', reason, message },
      credential: { kind: 'None' },
    });
  });
});

describe('a spec with credentials that do not fit its type', () => {
  const role = { type: 'AssumeRole', assumeRole: { roleARN: 'arn:aws:iam::111122223333:user/a' } };
  const at = 'bedrock.credentials';
  test.each<[string, object, string]>([
    ['Anthropic without a key', { type: 'Anthropic' }, "`secretRef` must be set when `type` is 'Anthropic'"],
    [
      'a key beside credentials that are passed on',
      { type: 'Anthropic', anthropic: { authPassthrough: true }, secretRef: { name: 'key' } },
      '`secretRef` must not be set when `anthropic.authPassthrough` is true',
    ],
    [
      'words',
      { type: 'Anthropic', anthropic: { authPassthrough: 'yes' } },
      '`anthropic.authPassthrough` must be true or false',
    ],
    ['GoogleAI without a key', { type: 'GoogleAI' }, "`secretRef` must be set when `type` is 'GoogleAI'"],
    ['Bedrock without a region', { type: 'Bedrock' }, "`bedrock` must be set when `type` is 'Bedrock'"],
    [
      'a region that is a host',
      { type: 'Bedrock', bedrock: { region: 'evil.example/' } },
      '`bedrock.region` must be the name of an AWS region',
    ],
    ...[
      'bedrock-runtime.us-west-2.amazonaws.com',
      'bedrock-runtime-fips.us-west-2.amazonaws.com',
      'bedrock-mantle.us-west-2.api.aws',
      'vpce-0123456789abcdef0.bedrock-runtime.us-west-2.vpce.amazonaws.com',
    ].map((host): [string, object, string] => [
      `another region's host, ${host}`,
      { type: 'Bedrock', bedrock: { region: 'us-east-1' }, baseURL: `https://${host}` },
      '`baseURL` is a host of the region us-west-2, and `bedrock.region` is us-east-1: make them agree',
    ]),
    [
      'an API key for Bedrock',
      { type: 'Bedrock', bedrock: { region: 'us-east-1' }, secretRef: { name: 'key' } },
      "`secretRef` must not be set when `type` is 'Bedrock'",
    ],
    [
      'an unknown source',
      { type: 'Bedrock', bedrock: { region: 'us-east-1', credentials: { type: 'Magic' } } },
      `\`${at}.type\` must be one of 'DefaultChain', 'StaticKeys', 'AssumeRole'`,
    ],
    [
      'no access key',
      { type: 'Bedrock', bedrock: { region: 'us-east-1', credentials: { type: 'StaticKeys' } } },
      `\`${at}.staticKeys\` must be an object`,
    ],
    [
      'a user for a role',
      { type: 'Bedrock', bedrock: { region: 'us-east-1', credentials: role } },
      `\`${at}.assumeRole.roleARN\` is not of the form that AWS asks for`,
    ],
  ])('is InvalidSpec: %s', (_, spec, message) => {
    const { entry, outcome } = compiled({ secretRef: undefined, ...spec });
    expect(outcome).toEqual({ kind: 'Broken', reason: 'InvalidSpec', message });
    expect(entry).toBeUndefined();
  });
});

test.each([
  'https://bedrock-runtime.us-east-1.amazonaws.com',
  'https://vpce-0123456789abcdef0.bedrock-runtime.us-east-1.vpce.amazonaws.com',
  'https://bedrock.internal.example.com',
  'http://127.0.0.1:8443',
])('a base URL that names the region of Bedrock, or none, is served: %s', (baseURL) => {
  const { outcome } = compiled({ secretRef: undefined, type: 'Bedrock', bedrock: { region: 'us-east-1' }, baseURL });
  expect(outcome).toEqual({ kind: 'Servable' });
});

describe('prices of a model', () => {
  const withKey = { 'team-a/key': aSecret({ OPENAI_API_KEY: 'k' }) };

  test('are kept as they are: 0 is a price and absent is none', () => {
    const models = [
      {
        name: 'a',
        pricing: { input: 1.25, output: 0, cachedInput: 0.000001, cacheWrite5m: 1, cacheWrite1h: 1_000_000 },
      },
      { name: 'b', pricing: {} },
      { name: 'c' },
    ];
    expect(compiled({ models }, withKey).entry?.models).toEqual([models[0], { name: 'b' }, { name: 'c' }]);
  });

  test.each([-1, 1_000_001, NaN, '1'])('are refused when one is %p', (input) => {
    const models = [{ name: 'a', pricing: { input: input as number } }];
    expect(compiled({ models }, withKey).outcome).toMatchObject({
      reason: 'InvalidSpec',
      message: '`models[0].pricing.input` must be a number from 0 to 1000000',
    });
  });
});

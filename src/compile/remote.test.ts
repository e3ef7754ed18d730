import { describe, expect, test } from '@jest/globals';
import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { CertificateAuthority } from '../../test/support/certificates.ts';
import { Redacted } from '../redacted.ts';
import { createCompiler, referencedSecrets } from './compile.ts';
import type { SecretState } from './types.ts';

const guardrail = (spec: object): Guardrail =>
  ({
    apiVersion: 'tidegate.io/v1alpha1',
    kind: 'Guardrail',
    metadata: { namespace: 'team', name: 'judged', uid: 'u', generation: 1 },
    spec,
  }) as unknown as Guardrail;

const webhook = {
  contentPolicies: {
    filters: [{ category: 'Hate', inputStrength: 'High' }],
    deniedTopics: [{ name: 'tax', definition: 'Tax.' }],
    evaluator: { http: { url: 'https://judge.example/check/', secretRef: { name: 'judge' } } },
  },
};

const present = (data: Record<string, string>): SecretState => ({
  kind: 'Present',
  data: new Map(Object.entries(data).map(([key, value]) => [key, new Redacted(value)])),
});

const compiled = (spec: object, secrets: Record<string, SecretState> = {}) => {
  const input = { providers: [], guardrails: [guardrail(spec)], secrets: new Map(Object.entries(secrets)) };
  const verdict = createCompiler()(input).guardrails.get('team/judged');
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
};

describe('judges elsewhere', () => {
  test('are compiled with their secrets and defaults', () => {
    const { entry, outcome } = compiled(webhook, { 'team/judge': present({ TOKEN: 'clear\n' }) });
    expect(outcome).toEqual({ kind: 'Ready' });
    expect(entry?.remote).toEqual({
      timeoutMilliseconds: 2000,
      filters: [{ category: 'Hate', inputStrength: 'High', outputStrength: 'None' }],
      deniedTopics: [{ name: 'tax', definition: 'Tax.', examples: [] }],
      evaluators: [{ kind: 'HTTP', url: 'https://judge.example/check/', secret: new Redacted('clear') }],
    });
    expect(JSON.stringify(entry)).not.toContain('clear');
  });

  test('are compiled with the authority of their certificate', async () => {
    const authority = await CertificateAuthority.create();
    const http = { url: 'https://judge.example', tls: { caSecretRef: { name: 'ca' } } };
    const spec = { contentPolicies: { evaluator: { http } } };
    const { entry } = compiled(spec, { 'team/ca': present({ 'ca.crt': `junk\n${authority.certificate}` }) });
    const [judge] = entry?.remote?.evaluators ?? [];
    expect(judge).toEqual({ kind: 'HTTP', url: 'https://judge.example/', tlsCA: expect.stringMatching(/^-----BEGIN/) });
    const outcome = (data: Record<string, string>) => compiled(spec, { 'team/ca': present(data) }).outcome;
    expect(outcome({ other: 'x' })).toMatchObject({ reason: 'SecretKeyNotFound' });
    expect(outcome({ 'ca.crt': 'junk' })).toMatchObject({ reason: 'InvalidSpec' });
    const many = `${authority.certificate}\n`.repeat(Math.ceil((512 * 1024) / authority.certificate.length));
    expect(outcome({ 'ca.crt': many })).toMatchObject({
      reason: 'InvalidSpec',
      message: 'key "ca.crt" of secret "team/ca" must hold 512 KiB of certificates at most',
    });
    expect(compiled(spec, { 'team/ca': { kind: 'Missing' } }).outcome).toMatchObject({
      reason: 'SecretNotFound',
      message: 'secret "team/ca" not found',
    });
    const listed = referencedSecrets([], [guardrail(spec)]);
    expect([...listed]).toEqual(['team/ca']);
  });

  test('of AWS are compiled with their keys', () => {
    const { entry } = compiled({ bedrock: { identifier: 'ab1', version: 'DRAFT', region: 'cn-north-1' } });
    expect(entry?.remote?.evaluators).toEqual([
      {
        kind: 'Bedrock',
        identifier: 'ab1',
        version: 'DRAFT',
        region: 'cn-north-1',
        baseURL: 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn',
        source: { type: 'DefaultChain' },
        attached: true,
      },
    ]);
    const staticKeys = { accessKeyIDRef: { name: 'aws' }, secretAccessKeyRef: { name: 'aws' } };
    const spec = {
      timeoutMilliseconds: 500,
      bedrock: {
        identifier: 'ab1',
        version: '1',
        region: 'eu-central-1',
        credentials: { type: 'StaticKeys', staticKeys },
      },
    };
    const keys = present({ AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'clear' });
    expect(compiled(spec, { 'team/aws': keys }).entry?.remote).toMatchObject({
      timeoutMilliseconds: 500,
      evaluators: [{ source: { type: 'StaticKeys', secretAccessKey: new Redacted('clear') } }],
    });
    expect(compiled(spec, { 'team/aws': { kind: 'Missing' } }).outcome).toMatchObject({ reason: 'SecretNotFound' });
  });

  test('say which Secrets they need', () => {
    expect([...referencedSecrets([], [guardrail(webhook)])]).toEqual(['team/judge']);
  });

  test.each<[string, SecretState, string]>([
    ['missing', { kind: 'Missing' }, 'SecretNotFound'],
    ['unreadable', { kind: 'Unreadable', message: 'denied' }, 'SecretUnreadable'],
    ['without the key', present({}), 'SecretKeyNotFound'],
    ['empty', present({ TOKEN: '' }), 'SecretKeyEmpty'],
  ])('are not ready with a Secret that is %s', (_what, state, reason) => {
    const { outcome, entry } = compiled(webhook, { 'team/judge': state });
    expect([outcome, entry]).toEqual([expect.objectContaining({ kind: 'Broken', reason }), undefined]);
  });

  test('whose Secret cannot be read leave what is published in force', () => {
    const secrets = new Map<string, SecretState>([['team/judge', { kind: 'Unreadable', message: 'denied' }]]);
    const provider = {
      apiVersion: 'tidegate.io/v1alpha1',
      kind: 'LLMProvider',
      metadata: { namespace: 'team', name: 'up', uid: 'p', generation: 1 },
      spec: { type: 'OpenAICompatible', baseURL: 'https://up.example', guardrailRefs: [{ name: 'judged' }] },
    } as unknown as LLMProvider;
    const { verdicts } = createCompiler()({ providers: [provider], guardrails: [guardrail(webhook)], secrets });
    expect(verdicts.get('team/up')?.outcome).toEqual({
      kind: 'Broken',
      reason: 'GuardrailUnreadable',
      message: `guardrail "team/judged" can't be read: secret "team/judge" can't be read: denied`,
    });
  });

  test('are compiled anew when a Secret changes, and only then', () => {
    const compile = createCompiler();
    const one = guardrail(webhook);
    const entryWith = (state: SecretState) =>
      compile({ providers: [], guardrails: [one], secrets: new Map([['team/judge', state]]) }).guardrails.get(
        'team/judged',
      )?.entry;
    const state = present({ TOKEN: 'a' });
    const first = entryWith(state);
    expect(entryWith(state)).toBe(first);
    expect(entryWith(present({ TOKEN: 'b' }))).not.toBe(first);
    expect(entryWith({ kind: 'Missing' })).toBeUndefined();
    expect(entryWith(state)?.remote).toEqual(first?.remote);
  });

  test.each<[string, object]>([
    ['nobody', { contentPolicies: { evaluator: {} } }],
    ['two', { contentPolicies: { evaluator: { http: { url: 'https://a' }, openAIModeration: {} } } }],
    ['a judge that is not known', { contentPolicies: { evaluator: { oracle: {} } } }],
    ['no URL', { contentPolicies: { evaluator: { http: { url: 'ftp://a' } } } }],
    ['no filters', { contentPolicies: { evaluator: { openAIModeration: { providerRef: { name: 'a' } } } } }],
    [
      'an ARN of another region',
      {
        bedrock: {
          identifier: 'arn:aws:bedrock:us-east-1:111122223333:guardrail/ab1',
          version: '1',
          region: 'eu-central-1',
        },
      },
    ],
    ['no ARN', { bedrock: { identifier: 'arn:x', version: '1', region: 'eu-central-1' } }],
    ['a time for nobody', { profanity: { action: 'Block' }, timeoutMilliseconds: 500 }],
  ])('are refused: %s', (_what, spec) => {
    expect(compiled(spec).outcome).toMatchObject({ kind: 'Broken', reason: 'InvalidSpec' });
  });
});

import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { webhookAsks } from './webhook.ts';

interface Contract {
  readonly paths: {
    readonly '/': {
      readonly post: {
        readonly requestBody: { readonly content: { readonly 'application/json': { readonly example: object } } };
        readonly responses: {
          readonly '200': {
            readonly content: {
              readonly 'application/json': { readonly examples: Record<string, { readonly value: object }> };
            };
          };
        };
      };
    };
  };
  readonly components: { readonly schemas: Record<'Question' | 'Verdict', object> };
}

const file = new URL('../../../docs/guardrail-webhook.openapi.yaml', import.meta.url);
const contract = parse(readFileSync(file, 'utf8')) as Contract;
const { post } = contract.paths['/'];
const ajv = new Ajv2020({ strict: true, useDefaults: false });
const isQuestion = ajv.compile(contract.components.schemas.Question);
const isVerdict = ajv.compile(contract.components.schemas.Verdict);

const guardrail = {
  name: 'team-a/content',
  policies: {
    filters: [{ category: 'Hate', inputStrength: 'High', outputStrength: 'None' }],
    deniedTopics: [
      { name: 'tax-advice', definition: 'Advice on how to pay less tax.', examples: ['How do I pay less tax?'] },
    ],
  },
} as const;
const texts = [
  { scope: 'System', text: 'You are a helpful assistant.' },
  { scope: 'User', text: 'My name is Ann.' },
] as const;

describe('the contract of webhooks', () => {
  test('has the very question that is asked', () => {
    const [ask] = webhookAsks(guardrail, texts, 'Input');
    const question: unknown = JSON.parse(ask?.body() ?? '');
    expect(question).toEqual(post.requestBody.content['application/json'].example);
    expect([isQuestion(question), isQuestion.errors]).toEqual([true, null]);
  });

  test.each(Object.entries(post.responses['200'].content['application/json'].examples))(
    'has verdicts that are understood: %s',
    (_, { value }) => {
      expect([isVerdict(value), isVerdict.errors]).toEqual([true, null]);
      const [ask] = webhookAsks(guardrail, texts, 'Input');
      expect(ask?.read(JSON.stringify(value)).kind).toBe('Read');
    },
  );

  test.each([
    { version: 'v2', action: 'Allow' },
    { version: 'v1', action: 'Pass' },
    { version: 'v1', action: 'Allow', text: 'a' },
    { version: 'v1', action: 'Block', findings: [{ rule: 'a b', action: 'Block' }] },
    { version: 'v1', action: 'Mask', findings: [], edits: [{ id: '0', start: -1, end: 1, replacement: '' }] },
  ])('refuses what is refused: %j', (verdict) => {
    expect(isVerdict(verdict)).toBe(false);
    const [ask] = webhookAsks(guardrail, texts, 'Input');
    expect(() => ask?.read(JSON.stringify(verdict))).toThrow();
  });
});

import { describe, expect, test } from '@jest/globals';
import { Redacted } from '../redacted.ts';
import { readRemote } from './remote-shape.ts';
import { inTheClear } from './credential-shape.ts';
import type { RemoteEntry } from './types.ts';

const REMOTE: RemoteEntry = {
  timeoutMilliseconds: 2000,
  filters: [{ category: 'Hate', inputStrength: 'High', outputStrength: 'None' }],
  deniedTopics: [{ name: 'tax', definition: 'Advice on tax.', examples: ['How do I pay less?'] }],
  evaluators: [
    {
      kind: 'Bedrock',
      identifier: 'gr1',
      version: '1',
      region: 'eu-central-1',
      baseURL: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
      source: {
        type: 'StaticKeys',
        accessKeyID: new Redacted('AKIA-clear'),
        secretAccessKey: new Redacted('secret-clear'),
      },
      attached: true,
    },
    { kind: 'OpenAIModeration', provider: 'openai', model: 'omni-moderation-latest' },
    { kind: 'HTTP', url: 'https://judge.example/check', secret: new Redacted('hook-clear') },
    { kind: 'HTTP', url: 'https://judge.example/check' },
    { kind: 'HTTP', url: 'https://judge.example/check', tlsCA: '-----BEGIN CERTIFICATE-----\n' },
  ],
};

describe('judges elsewhere in a table', () => {
  test('are read as they were written, secrets and all', () => {
    const written: unknown = JSON.parse(JSON.stringify(inTheClear(REMOTE)));
    const read = readRemote(written);
    expect(inTheClear(read)).toEqual(inTheClear(REMOTE));
    expect(JSON.stringify(inTheClear(read))).toContain('hook-clear');
  });

  test('print no secret', () => {
    expect(JSON.stringify(readRemote(JSON.parse(JSON.stringify(inTheClear(REMOTE)))))).not.toMatch(/clear/);
  });

  test.each<[string, Record<string, unknown>]>([
    ['of an unknown kind', { kind: 'Oracle' }],
    ['with what another kind has', { kind: 'HTTP', url: 'https://x', region: 'r' }],
    ['without an address', { kind: 'HTTP' }],
    ['with a bundle that is none', { kind: 'HTTP', url: 'https://x', tlsCA: 1 }],
    ['with an unknown member', { kind: 'OpenAIModeration', provider: 'p', model: 'm', threshold: 1 }],
  ])('%s are refused', (_what, evaluator) => {
    expect(() => readRemote({ ...REMOTE, evaluators: [evaluator] })).toThrow(
      expect.objectContaining({ code: 'EntryInvalid' }),
    );
  });
});

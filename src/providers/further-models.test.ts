import { describe, expect, test } from '@jest/globals';
import { requestHead } from '../../test/support/wire.ts';
import { furtherModelInHead } from './further-models.ts';
import { classify } from './openai/classify.ts';

const inHead = (target: string, headers: readonly string[] = [], method = 'POST'): string | undefined => {
  const head = requestHead(method, target);
  return furtherModelInHead(classify(head), head.query, headers);
};

describe('a further model in the head of a call', () => {
  test.each([
    'X-LiteLLM-Model',
    'x-ai-eg-model',
    'azureml-model-deployment',
    'X-Gateway-Model-Name',
    'Helicone-Fallbacks',
    'X-HTTP-Method-Override',
    'X-Original-URL',
  ])('may stand in the header %s', (name) =>
    expect(inHead('/chat/completions', ['a', 'b', name, 'evil'])).toBe(`The header ${name.toLowerCase()}`),
  );

  test.each(['model=evil', 'a=1&MODEL=evil', 'a;model=evil', 'mod%65l=evil', 'deployment_id=x', 'models[]=x'])(
    'may stand in the query: %s',
    (query) => expect(inHead(`/chat/completions?${query}`)).toBe('A parameter of the query'),
  );

  test('is not what usual requests have', () => {
    const usual = ['openai-beta', 'x', 'x-stainless-lang', 'js', 'openai-organization', 'o', 'user-agent', 'model'];
    expect(inHead('/chat/completions?api-version=2026-01-01&model-free', usual)).toBe('A parameter of the query');
    expect(inHead('/chat/completions?api-version=2026-01-01&x=model', usual)).toBeUndefined();
    // Here the parameter is a filter, or the model itself.
    expect(inHead('/chat/completions?model=a', [], 'GET')).toBeUndefined();
    expect(inHead('/realtime?model=a', [], 'GET')).toBeUndefined();
  });
});

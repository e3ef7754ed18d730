/** Checks that a parsed value says whole which judges elsewhere a Guardrail asks. */
import { readSource, secret } from './credential-shape.ts';
import { count, flag, invalid, list, members, oneOf, text } from './members.ts';
import type { EvaluatorEntry, FilterEntry, RemoteEntry, TopicEntry } from './types.ts';

const CATEGORIES = ['Hate', 'Insults', 'Sexual', 'Violence', 'Misconduct', 'PromptAttack'] as const;
const STRENGTHS = ['None', 'Low', 'Medium', 'High'] as const;

export function readRemote(value: unknown): RemoteEntry {
  const m = members(value, '`remote`', ['timeoutMilliseconds', 'filters', 'deniedTopics', 'evaluators']);
  return {
    timeoutMilliseconds: count(m, 'timeoutMilliseconds'),
    filters: list(m, 'filters', filter),
    deniedTopics: list(m, 'deniedTopics', topic),
    evaluators: list(m, 'evaluators', evaluator),
  };
}

function filter(value: unknown): FilterEntry {
  const m = members(value, 'a filter', ['category', 'inputStrength', 'outputStrength']);
  return {
    category: oneOf(m, 'category', CATEGORIES),
    inputStrength: oneOf(m, 'inputStrength', STRENGTHS),
    outputStrength: oneOf(m, 'outputStrength', STRENGTHS),
  };
}

function topic(value: unknown): TopicEntry {
  const m = members(value, 'a topic', ['name', 'definition', 'examples']);
  return {
    name: text(m, 'name'),
    definition: text(m, 'definition'),
    examples: list(m, 'examples', (item) => {
      if (typeof item !== 'string') throw invalid('an example must be a string');
      return item;
    }),
  };
}

function evaluator(value: unknown): EvaluatorEntry {
  const keys = [
    'identifier',
    'version',
    'region',
    'baseURL',
    'source',
    'attached',
    'provider',
    'model',
    'url',
    'secret',
    'tlsCA',
  ];
  const m = members(value, 'an evaluator', ['kind'], keys);
  const kind = oneOf(m, 'kind', ['Bedrock', 'OpenAIModeration', 'HTTP']);
  if (kind === 'Bedrock') {
    members(m, 'an evaluator', ['kind', 'identifier', 'version', 'region', 'baseURL', 'source', 'attached']);
    return {
      kind,
      identifier: text(m, 'identifier'),
      version: text(m, 'version'),
      region: text(m, 'region'),
      baseURL: text(m, 'baseURL'),
      source: readSource(m['source']),
      attached: flag(m, 'attached'),
    };
  }
  if (kind === 'OpenAIModeration') {
    members(m, 'an evaluator', ['kind', 'provider', 'model']);
    return { kind, provider: text(m, 'provider'), model: text(m, 'model') };
  }
  members(m, 'an evaluator', ['kind', 'url'], ['secret', 'tlsCA']);
  return {
    kind,
    url: text(m, 'url'),
    ...(m['secret'] !== undefined && { secret: secret(m, 'secret') }),
    ...(m['tlsCA'] !== undefined && { tlsCA: text(m, 'tlsCA') }),
  };
}

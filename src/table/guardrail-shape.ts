/** Checks that a parsed value is a whole Guardrail of a routing table, nothing missing and nothing unknown. */
import { PII_TYPES } from '../api/pii-types.ts';
import { count, flag, invalid, list, members, name, oneOf, text, type Members } from './members.ts';
import { readRemote } from './remote-shape.ts';
import type { GuardrailDirection, GuardrailEntry, GuardrailRule, GuardrailScope, WordFilterEntry } from './types.ts';

/** The Guardrail that `value` is. An unknown member is refused: a newer operator may mean a restriction by it. */
export function readGuardrail(value: unknown): GuardrailEntry {
  const m = members(value, 'the guardrail', KEYS, ['scopes', 'profanity', 'remote']);
  const pii = members(m['pii'], '`pii`', ['entities', 'regexes']);
  return {
    namespace: name(m, 'namespace'),
    name: name(m, 'name'),
    uid: text(m, 'uid'),
    generation: count(m, 'generation'),
    mode: oneOf(m, 'mode', ['Enforce', 'Audit']),
    failurePolicy: oneOf(m, 'failurePolicy', ['Closed', 'Open']),
    messages: messages(m['messages']),
    ...(m['scopes'] !== undefined && { scopes: list(m, 'scopes', (item) => word(item, SCOPES)) }),
    wordFilters: list(m, 'wordFilters', wordFilter),
    ...(m['profanity'] !== undefined && { profanity: rule(members(m['profanity'], '`profanity`', RULE)) }),
    pii: {
      entities: list(pii, 'entities', (item) => {
        const entity = members(item, 'an entity', [...RULE, 'type']);
        return { ...rule(entity), type: oneOf(entity, 'type', PII_TYPES) };
      }),
      regexes: list(pii, 'regexes', (item) => {
        const regex = members(item, 'a regex', [...RULE, 'name', 'pattern']);
        return { ...rule(regex), name: text(regex, 'name'), pattern: text(regex, 'pattern') };
      }),
    },
    streaming: {
      holdBackCharacters: count(members(m['streaming'], '`streaming`', ['holdBackCharacters']), 'holdBackCharacters'),
    },
    ...(m['remote'] !== undefined && { remote: readRemote(m['remote']) }),
  };
}

const KEYS = [
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
];
const RULE = ['action', 'appliesTo'];
const ACTIONS = ['Block', 'Mask', 'Detect'] as const;
const DIRECTIONS: readonly GuardrailDirection[] = ['Input', 'Output'];
const SCOPES: readonly GuardrailScope[] = ['System', 'User', 'Assistant', 'ToolInput', 'ToolOutput'];

function messages(value: unknown): GuardrailEntry['messages'] {
  const m = members(value, '`messages`', [], ['input', 'output']);
  return {
    ...(m['input'] !== undefined && { input: text(m, 'input') }),
    ...(m['output'] !== undefined && { output: text(m, 'output') }),
  };
}

function rule(m: Members): GuardrailRule {
  return {
    action: oneOf(m, 'action', ACTIONS),
    appliesTo: list(m, 'appliesTo', (item) => word(item, DIRECTIONS)),
  };
}

function wordFilter(value: unknown): WordFilterEntry {
  const m = members(value, 'a word filter', [...RULE, 'name', 'words', 'match', 'caseSensitive']);
  return {
    ...rule(m),
    name: text(m, 'name'),
    words: list(m, 'words', (item) => {
      if (typeof item !== 'string') throw invalid('a word must be a string');
      return item;
    }),
    match: oneOf(m, 'match', ['Word', 'Substring']),
    caseSensitive: flag(m, 'caseSensitive'),
  };
}

function word<T extends string>(value: unknown, words: readonly T[]): T {
  const found = words.find((each) => each === value);
  if (found === undefined) throw invalid(`a guardrail's word must be one of ${words.join(', ')}`);
  return found;
}

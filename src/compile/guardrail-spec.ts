/**
 * Reads `spec` of a Guardrail with its defaults applied. As in `spec.ts`, whatever is not of the expected shape throws
 * `SpecError`. So does a field that is not known: it may be a rule, and to enforce the others alone would be to leave it out.
 */
import {
  DEFAULT_APPLIES_TO,
  DEFAULT_CASE_SENSITIVE,
  DEFAULT_FAILURE_POLICY,
  DEFAULT_GUARDRAIL_MODE,
  DEFAULT_HOLD_BACK_CHARACTERS,
  DEFAULT_WORD_MATCH,
} from '../api/defaults.ts';
import { PII_TYPES } from '../api/pii-types.ts';
import type { TestSpec } from '../guardrails/engine/spec.ts';
import type { GuardrailEntry, GuardrailRule, WordFilterEntry } from '../table/types.ts';
import { readRemoteSpec, REMOTE_FIELDS, type RemoteSpec } from './remote-spec.ts';
import {
  boolean,
  distinct,
  fullList,
  integer,
  list,
  objectOf,
  oneOf,
  optional,
  SpecError,
  string,
  text,
} from './spec-values.ts';

/** `spec` with defaults: what an entry is made of, and the tests that it must pass. */
export interface GuardrailSpec {
  readonly settings: Omit<GuardrailEntry, 'namespace' | 'name' | 'uid' | 'generation' | 'remote'>;
  /** Judges elsewhere; undefined: none. */
  readonly remote: RemoteSpec | undefined;
  readonly tests: readonly TestSpec[];
}

/** Reads the spec; what only people read is not looked at. */
export function readGuardrailSpec(value: unknown): GuardrailSpec {
  const spec = objectOf(value, 'spec', SPEC);
  const settings = {
    mode: oneOf(spec['mode'] ?? DEFAULT_GUARDRAIL_MODE, 'mode', ['Enforce', 'Audit']),
    failurePolicy: oneOf(spec['failurePolicy'] ?? DEFAULT_FAILURE_POLICY, 'failurePolicy', ['Closed', 'Open']),
    messages: messages(spec['messages'] ?? {}),
    ...(spec['scopes'] !== undefined && { scopes: words(spec['scopes'], 'scopes', SCOPES) }),
    wordFilters: items(spec, 'wordFilters', 32, wordFilter, ({ name }) => name),
    ...(spec['profanity'] !== undefined && { profanity: profanity(spec['profanity']) }),
    pii: pii(spec['pii'] ?? {}),
    streaming: streaming(spec['streaming'] ?? {}),
  };
  const remote = readRemoteSpec(spec);
  const { wordFilters, pii: data } = settings;
  const rules = wordFilters.length + data.entities.length + data.regexes.length;
  if (rules === 0 && settings.profanity === undefined && remote === undefined) {
    throw new SpecError(
      '`spec` must have at least one rule, in `wordFilters`, `profanity`, `pii.entities`, `pii.regexes`, `contentPolicies` or `bedrock`',
    );
  }
  return { settings, remote, tests: items(spec, 'tests', 100, testSpec, ({ name }) => name) };
}

const SPEC = [
  'displayName',
  'description',
  'mode',
  'failurePolicy',
  'messages',
  'scopes',
  'wordFilters',
  'profanity',
  'pii',
  'streaming',
  'tests',
  ...REMOTE_FIELDS,
];
const RULE = ['action', 'appliesTo'];
const DIRECTIONS = ['Input', 'Output'] as const;
const SCOPES = ['System', 'User', 'Assistant', 'ToolInput', 'ToolOutput'] as const;

type Members = Readonly<Record<string, unknown>>;

/** The items of the list `key`, each read by `read`, no two of them with the same key. */
function items<T>(
  members: Members,
  key: string,
  maximum: number,
  read: (value: unknown, field: string) => T,
  keyOf: (item: T) => string,
  at = '',
): readonly T[] {
  const field = `${at}${key}`;
  const found = list(members[key], field, maximum).map((item, i) => read(item, `${field}[${String(i)}]`));
  return distinct(found, field, keyOf);
}

function words<T extends string>(value: unknown, field: string, known: readonly T[]): readonly T[] {
  const found = fullList(value, field, known.length).map((item, i) => oneOf(item, `${field}[${String(i)}]`, known));
  return distinct(found, field, (word) => word);
}

function messages(value: unknown): GuardrailEntry['messages'] {
  const found = objectOf(value, 'messages', ['input', 'output']);
  const read = (key: string): string | undefined =>
    optional(found[key], (message) => string(message, `messages.${key}`, 2048));
  const [input, output] = [read('input'), read('output')];
  return { ...(input !== undefined && { input }), ...(output !== undefined && { output }) };
}

function rule(members: Members, field: string): GuardrailRule {
  return {
    action: oneOf(members['action'], `${field}.action`, ['Block', 'Mask', 'Detect']),
    appliesTo: words(members['appliesTo'] ?? DEFAULT_APPLIES_TO, `${field}.appliesTo`, DIRECTIONS),
  };
}

function ruleName(value: unknown, field: string): string {
  const name = string(value, field, 63);
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
    throw new SpecError(`\`${field}\` must hold only lower-case letters, digits and hyphens`);
  }
  return name;
}

function wordFilter(value: unknown, field: string): WordFilterEntry {
  const filter = objectOf(value, field, [...RULE, 'name', 'words', 'match', 'caseSensitive']);
  return {
    ...rule(filter, field),
    name: ruleName(filter['name'], `${field}.name`),
    words: fullList(filter['words'], `${field}.words`, 1000).map((word, i) =>
      string(word, `${field}.words[${String(i)}]`, 256),
    ),
    match: oneOf(filter['match'] ?? DEFAULT_WORD_MATCH, `${field}.match`, ['Word', 'Substring']),
    caseSensitive: boolean(filter['caseSensitive'] ?? DEFAULT_CASE_SENSITIVE, `${field}.caseSensitive`),
  };
}

function profanity(value: unknown): GuardrailRule {
  return rule(objectOf(value, 'profanity', RULE), 'profanity');
}

function pii(value: unknown): GuardrailEntry['pii'] {
  const found = objectOf(value, 'pii', ['entities', 'regexes']);
  return {
    entities: items(found, 'entities', 32, entity, ({ type }) => type, 'pii.'),
    regexes: items(found, 'regexes', 64, regex, ({ name }) => name, 'pii.'),
  };
}

function entity(value: unknown, field: string): GuardrailEntry['pii']['entities'][number] {
  const found = objectOf(value, field, [...RULE, 'type']);
  return { ...rule(found, field), type: oneOf(found['type'], `${field}.type`, PII_TYPES) };
}

function regex(value: unknown, field: string): GuardrailEntry['pii']['regexes'][number] {
  const found = objectOf(value, field, [...RULE, 'name', 'pattern']);
  return {
    ...rule(found, field),
    name: ruleName(found['name'], `${field}.name`),
    pattern: string(found['pattern'], `${field}.pattern`, 1024),
  };
}

function streaming(value: unknown): GuardrailEntry['streaming'] {
  const field = 'streaming.holdBackCharacters';
  const { holdBackCharacters = DEFAULT_HOLD_BACK_CHARACTERS } = objectOf(value, 'streaming', ['holdBackCharacters']);
  return { holdBackCharacters: integer(holdBackCharacters, field, 16, 4096) };
}

function testSpec(value: unknown, field: string): TestSpec {
  const test = objectOf(value, field, ['name', 'direction', 'text', 'expect']);
  const expect = objectOf(test['expect'], `${field}.expect`, ['action', 'text']);
  const action = oneOf(expect['action'], `${field}.expect.action`, ['Allow', 'Mask', 'Block']);
  const masked = optional(expect['text'], (v) => text(v, `${field}.expect.text`, 16_384));
  if (masked !== undefined && action !== 'Mask') {
    throw new SpecError(`\`${field}.expect.text\` must not be set unless \`action\` is 'Mask'`);
  }
  return {
    name: string(test['name'], `${field}.name`, 253),
    direction: oneOf(test['direction'], `${field}.direction`, DIRECTIONS),
    text: text(test['text'], `${field}.text`, 8192),
    expect: { action, ...(masked !== undefined && { text: masked }) },
  };
}

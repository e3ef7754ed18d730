/** What the APIs' shapes have in common. */
import { foldName } from '../json/names.ts';
import {
  anyText,
  either,
  list,
  mapOf,
  object,
  type Owner,
  refuse,
  type ScopeRule,
  type Shape,
  text,
} from '../json/shape.ts';

const SCOPE_OF_ROLE: ReadonlyMap<string, ScopeRule> = new Map([
  ['system', 'System'],
  ['developer', 'System'],
  ['user', 'User'],
  ['assistant', 'Assistant'],
  ['model', 'Assistant'],
  ['chatbot', 'Assistant'],
  ['tool', 'ToolOutput'],
  ['function', 'ToolOutput'],
]);

/** Whose words those of `role` are; undefined for a role that no API knows. */
export function scopeOfRole(role: string | undefined): ScopeRule | undefined {
  return role === undefined ? undefined : SCOPE_OF_ROLE.get(role.toLowerCase());
}

/** A message, whose `role` says whose words it holds. */
export const byRole: Owner = {
  by: new Set(['role']),
  scope: (members) => scopeOfRole(members.get('role')) ?? 'Owner',
};

/** An object that holds the words of one. */
export function saidBy(scope: ScopeRule): Owner {
  return { by: new Set(), scope: () => scope };
}

/** One or more: an array, or its one element alone. */
export function many(shape: Shape): Shape {
  return either(list(shape), shape);
}

/** A JSON Schema. Models read its descriptions and examples; a property may be called as a keyword is. */
export const schema: Shape = {
  get items() {
    return schema;
  },
  get members() {
    return SCHEMA_KEYWORDS;
  },
  get others() {
    return schema;
  },
};

/** Names of members that are nobody's keywords. */
const properties: Shape = mapOf(either(text('System'), schema));

const keywords = (shape: Shape, ...names: readonly string[]): readonly (readonly [string, Shape])[] =>
  names.map((name) => [foldName(name), shape]);

const SCHEMA_KEYWORDS: ReadonlyMap<string, Shape> = new Map([
  ...keywords(either(text('System'), schema), 'description', 'title', '$comment'),
  ...keywords(anyText('System'), 'default', 'const', 'example', 'examples'),
  ...keywords(properties, 'properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'),
]);

/** A text or a list of texts. */
export const textOrList: Shape = either(text('User'), list(text('User')));

/** What a caller may send in place of a text in some calls. */
export const tokens: Shape = refuse(
  'holds a text as numbers of tokens, which no guardrail can read: send the text itself',
  'number',
  'array',
);

/** Probabilities of tokens: they repeat the answer piece by piece. */
export const logprobs: Shape = either(
  list(token()),
  object({ content: list(token()), refusal: list(token()), tokens: list(token()) }),
);

function token(): Shape {
  return refuse(
    'repeats its text token by token (logprobs), which no guardrail can judge: ask without logprobs',
    'object',
    'string',
  );
}

/** vLLM's `prompt_logprobs`, the same of what was asked. */
export const promptLogprobs: Shape = list(token());

/** vLLM's `token_ids`, the same in numbers. */
export const tokenIDs: Shape = list(
  refuse('repeats its text as numbers of tokens, which no guardrail can judge: ask without return_token_ids', 'number'),
);

/**
 * Names by which some servers choose another model than `model` says, or one beside it: LiteLLM's `fallbacks`,
 * `model_list` and `?model=`, OpenRouter's `models`, Azure's `deployment`, `x-ai-eg-model` and the like. An allowlist
 * cannot follow them, so under one they are refused wherever they stand: member, form field, query parameter, header.
 */
import { METHOD_OVERRIDES } from './method-overrides.ts';
import type { Operation } from './wire.ts';

/** Words of lower-case names without separators; `contains` matches inside of a name, too. */
const CONTAINS: readonly string[] = ['model', 'fallback', 'deployment'];
const EXACT: ReadonlySet<string> = new Set([
  'engine',
  'engines',
  'engineid',
  // Members under which LiteLLM takes settings of its own, and models with them.
  'extrabody',
  'litellmparams',
  'routersettingsoverride',
  'userconfig',
  // Azure OpenAI's own data, which may name a deployment that embeds the question.
  'datasources',
]);

/** Lengths of names that are looked at: no server knows a longer one. */
export const FURTHER_NAME_LENGTHS: readonly number[] = Array.from({ length: 44 }, (_, index) => index + 5);

/** Verdicts by name: the same few names come with every request. Bounded, since clients choose them. */
const verdicts = new Map<string, boolean>();
const MAX_VERDICTS = 1024;
const MAX_KEPT_LENGTH = 64;

/** Whether a server may take a model from something of this name, in whatever case. The name `model` itself included. */
export function mayNameModel(name: string): boolean {
  const known = verdicts.get(name);
  if (known !== undefined) return known;
  const verdict = examine(name);
  if (verdicts.size < MAX_VERDICTS && name.length <= MAX_KEPT_LENGTH) verdicts.set(name, verdict);
  return verdict;
}

function examine(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return EXACT.has(plain) || CONTAINS.some((word) => plain.includes(word));
}

/**
 * What in the head of a call may name a further model, in words; undefined when nothing does. `headers` are names and
 * values in turn. Parameters count only beside a model in the body: elsewhere they are the call's own.
 */
export function furtherModelInHead(
  operation: Operation,
  query: string,
  headers: readonly string[],
): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    // A server that obeys these reads the body of another call, in which other members name models.
    if (mayNameModel(name) || METHOD_OVERRIDES.includes(name)) return `The header ${name}`;
  }
  const { model } = operation;
  if (query === '' || (model.in !== 'JSONBody' && model.in !== 'Multipart')) return undefined;
  for (const name of new URLSearchParams(query.replaceAll(';', '&')).keys()) {
    if (mayNameModel(name)) return 'A parameter of the query';
  }
  return undefined;
}

/** The texts of an item of a response (OpenAI's Responses API), and of a part of one. */
import type { Reading } from '../dialect.ts';
import { elements, isObject, type JSONObject, member, type Path } from '../json-value.ts';
import type { TextOrigin } from '../judge.ts';
import { addStrings, ARGUMENTS, SAID, THOUGHT, TOOL_INPUT, TOOL_OUTPUT } from './strings.ts';

/** Members of items that are no words. */
const NO_WORDS: ReadonlySet<string> = new Set([
  'type',
  'id',
  'call_id',
  'status',
  'role',
  'file_id',
  'container_id',
  'image_url',
  'filename',
  'attributes',
  'sources',
]);

/** The same, where a URL is where something is from, and not what a tool is to do with it. */
const NO_SOURCES: ReadonlySet<string> = new Set([...NO_WORDS, 'url']);

/** Members of items in which a tool is told what to do. */
const TOLD: ReadonlySet<string> = new Set(['action', 'actions', 'operation']);

/** Members of items that have texts, besides those with parts. */
const MEMBERS: readonly (readonly [name: string, origin: TextOrigin])[] = [
  ['arguments', ARGUMENTS],
  ['input', TOOL_INPUT],
  ['code', TOOL_INPUT],
  ['action', TOOL_INPUT],
  ['actions', TOOL_INPUT],
  ['operation', TOOL_INPUT],
  ['queries', TOOL_INPUT],
  ['revised_prompt', TOOL_INPUT],
  ['output', TOOL_OUTPUT],
  ['outputs', TOOL_OUTPUT],
  ['results', TOOL_OUTPUT],
  ['error', TOOL_OUTPUT],
];

/** Members of parts that are text. */
const PART_TEXTS: readonly string[] = ['text', 'refusal', 'transcript'];

export function addOutput(reading: Reading, response: unknown, path: Path): void {
  for (const [i, item] of elements(member(response, 'output')).entries())
    addItem(reading, item, [...path, 'output', i]);
  reading.whole(SAID, [...path, 'output_text'], member(response, 'output_text'));
}

export function addItem(reading: Reading, item: unknown, path: Path): void {
  if (!isObject(item)) return;
  const origin = item['type'] === 'reasoning' ? THOUGHT : SAID;
  addParts(reading, item, 'content', path, origin);
  addParts(reading, item, 'summary', path, THOUGHT);
  for (const [name, origin] of MEMBERS) {
    addStrings(reading, item[name], [...path, name], origin, TOLD.has(name) ? NO_WORDS : NO_SOURCES);
  }
}

export function addPart(reading: Reading, part: unknown, path: Path, origin: TextOrigin): void {
  if (!isObject(part)) return;
  for (const name of PART_TEXTS) reading.whole(origin, [...path, name], part[name]);
  addStrings(reading, part['annotations'], [...path, 'annotations'], TOOL_OUTPUT, NO_SOURCES);
  if (Array.isArray(part['logprobs']) && part['logprobs'].length > 0) {
    reading.echo([...path, 'logprobs'], part['logprobs'], '[]');
  }
}

function addParts(reading: Reading, item: JSONObject, name: string, path: Path, origin: TextOrigin): void {
  reading.whole(origin, [...path, name], item[name]);
  for (const [i, part] of elements(item[name]).entries()) addPart(reading, part, [...path, name, i], origin);
}

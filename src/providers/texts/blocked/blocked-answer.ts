/** Answers in place of those that are blocked: each API's own way to say that it withholds one. */
import { type CallHead } from '../bodies.ts';
import { normalisePath } from '../../shared/call-path.ts';
import type { Operation } from '../../wire.ts';
import { isObject, type JSONObject, parseJSON } from '../stream/json-value.ts';
import { blockedMessage, blockedTextCompletion } from './anthropic.ts';
import { blockedConverse, blockedGuardrail } from './converse.ts';
import { blockedGemini } from './google.ts';
import { blockedInvoke } from './invoke.ts';
import { blockedChat, blockedCompletion } from './openai-chat.ts';
import { blockedResponse } from './openai-responses.ts';

/** Makes the answer that says `message` of the answer that is blocked. `model`: as the call names it. */
type BlockedForm = (original: JSONObject, message: string, model: string) => JSONObject | undefined;

/** Answers in bodies; of one API the first counts whose name fits and whose method and path, as {@link normalisePath} has it. */
const FORMS: readonly (readonly [
  api: Operation['api'],
  name: Operation['name'],
  at: RegExp | undefined,
  form: BlockedForm,
])[] = [
  ['OpenAI', 'chat', /^POST .*\/completions$|\/completions\/[^/]+$/, blockedChat],
  ['OpenAI', 'text_completion', undefined, blockedCompletion],
  ['OpenAI', 'responses', /^POST .*\/responses$|\/responses\/[^/]+(?:\/cancel)?$/, blockedResponse],
  ['Anthropic', 'chat', undefined, blockedMessage],
  ['Anthropic', 'text_completion', undefined, blockedTextCompletion],
  ['Google', 'generate_content', /:generatecontent$/, blockedGemini],
  ['Bedrock', 'chat', /\/converse$/, blockedConverse],
  ['Bedrock', 'chat', /\/invoke$/, blockedInvoke],
  ['Bedrock', 'apply_guardrail', undefined, blockedGuardrail],
];

/**
 * The body of the answer in place of `body`, JSON. Of the original are left what names it and the figures of its usage, no
 * other member and no word. `body` is empty or anything else when it could not be read. Undefined: the API has no such
 * answer to this call.
 */
export function blockedAnswer(
  { api, name, model }: Operation,
  { method, path }: CallHead,
  body: Buffer,
  message: string,
): Buffer | undefined {
  const at = `${method} ${normalisePath(path)}`;
  const form = FORMS.find((row) => row[0] === api && row[1] === name && row[2]?.test(at) !== false)?.[3];
  const original = parseJSON(body);
  const blocked = form?.(isObject(original) ? original : {}, message, model.in === 'Head' ? model.model : '');
  return blocked === undefined ? undefined : Buffer.from(JSON.stringify(blocked));
}

/**
 * Which texts each call carries: the table of what guardrails look at. What is in no row cannot be read, nor can what a row
 * says so of: a body that may hold texts and that nobody can look into does not pass a guardrail.
 */
import type { APIFamily, OperationName } from '../wire.ts';
import type { Shape } from './json/shape.ts';
import { batchRequest, messagesAnswer, messagesRequest } from './shapes/anthropic.ts';
import { converseAnswer, converseRequest, countRequest, guardrailAnswer, guardrailRequest } from './shapes/converse.ts';
import { geminiAnswer, geminiRequest, interactionAnswer, interactionRequest } from './shapes/google.ts';
import { chatAnswer, chatRequest } from './shapes/openai-chat.ts';
import { imageAnswer, imageRequest, inputRequest, speechRequest, transcriptAnswer } from './shapes/openai-media.ts';
import {
  conversationAnswer,
  conversationRequest,
  responsesAnswer,
  responsesRequest,
} from './shapes/openai-responses.ts';

/** Where the texts of one body are. */
export type BodyTexts =
  | Shape
  /** It holds no words of anybody's: ids, figures, pictures, sound. */
  | 'None'
  /** As the model has it that the operation names (InvokeModel). */
  | 'OfModel'
  /** It may hold texts, and cannot be read; `unreadable` goes on after what the body is called. */
  | { readonly unreadable: string };

/** A row of the table: the first counts whose `api`, `name` and `at` fit. */
export interface CallTexts {
  readonly api: APIFamily;
  readonly name: OperationName;
  /** Method and path, the path as {@link normalisePath} has it; every call of that name when absent. */
  readonly at?: RegExp;
  readonly request: BodyTexts;
  readonly answer: BodyTexts;
}

const FILE: BodyTexts = { unreadable: 'is a file, which no guardrail can read' };
const FORM: BodyTexts = { unreadable: 'is a form with a file, which no guardrail can read' };
const RESULTS: BodyTexts = { unreadable: 'holds the results of a batch, which no guardrail can read' };
const NAMES_FILE: BodyTexts = { unreadable: 'names a file of requests, which no guardrail can read' };

export const CALLS: readonly CallTexts[] = [
  { api: 'OpenAI', name: 'chat', request: chatRequest, answer: chatAnswer },
  { api: 'OpenAI', name: 'text_completion', request: chatRequest, answer: chatAnswer },
  { api: 'OpenAI', name: 'responses', at: /\/input_tokens$/, request: responsesRequest, answer: 'None' },
  { api: 'OpenAI', name: 'responses', request: responsesRequest, answer: responsesAnswer },
  {
    api: 'OpenAI',
    name: 'other',
    at: /^[A-Z]+ (?:\/openai|\/v\d+[a-z]*\d*)*\/conversations(?:\/[^/]+(?:\/items)?)?$/,
    request: conversationRequest,
    answer: conversationAnswer,
  },
  { api: 'OpenAI', name: 'embeddings', request: inputRequest, answer: 'None' },
  { api: 'OpenAI', name: 'moderation', request: inputRequest, answer: 'None' },
  { api: 'OpenAI', name: 'image', request: imageRequest, answer: imageAnswer },
  { api: 'OpenAI', name: 'audio', at: /\/speech$/, request: speechRequest, answer: 'None' },
  { api: 'OpenAI', name: 'audio', request: FORM, answer: transcriptAnswer },
  { api: 'OpenAI', name: 'files', at: /\/content$/, request: FILE, answer: FILE },
  { api: 'OpenAI', name: 'files', request: FILE, answer: 'None' },
  { api: 'OpenAI', name: 'batches', request: NAMES_FILE, answer: 'None' },
  { api: 'OpenAI', name: 'models', request: 'None', answer: 'None' },

  { api: 'Anthropic', name: 'chat', request: messagesRequest, answer: messagesAnswer },
  { api: 'Anthropic', name: 'text_completion', request: messagesRequest, answer: messagesAnswer },
  { api: 'Anthropic', name: 'count_tokens', request: messagesRequest, answer: 'None' },
  { api: 'Anthropic', name: 'batches', at: /\/results$/, request: 'None', answer: RESULTS },
  { api: 'Anthropic', name: 'batches', request: batchRequest, answer: 'None' },
  { api: 'Anthropic', name: 'files', at: /\/content$/, request: FILE, answer: FILE },
  { api: 'Anthropic', name: 'files', request: FILE, answer: 'None' },
  { api: 'Anthropic', name: 'models', request: 'None', answer: 'None' },
  // Whether anybody is there.
  { api: 'Anthropic', name: 'other', at: /^(?:GET|HEAD) (?:\/v1)?(?:\/api\/hello)?$/, request: 'None', answer: 'None' },

  {
    api: 'Google',
    name: 'generate_content',
    at: /\/interactions$/,
    request: interactionRequest,
    answer: interactionAnswer,
  },
  { api: 'Google', name: 'generate_content', request: geminiRequest, answer: geminiAnswer },
  { api: 'Google', name: 'embeddings', request: geminiRequest, answer: 'None' },
  { api: 'Google', name: 'count_tokens', request: geminiRequest, answer: 'None' },
  { api: 'Google', name: 'image', request: geminiRequest, answer: geminiAnswer },
  { api: 'Google', name: 'other', at: /:predictlongrunning$/, request: geminiRequest, answer: 'None' },
  {
    api: 'Google',
    name: 'other',
    at: /^[A-Z]+ (?:\/v\d+[a-z]*\d*)?\/cachedcontents(?:\/[^/]+)?$/,
    request: geminiRequest,
    answer: 'None',
  },
  {
    api: 'Google',
    name: 'other',
    at: /^GET (?:\/v\d+[a-z]*\d*)?\/interactions\/[^/]+$/,
    request: 'None',
    answer: interactionAnswer,
  },
  { api: 'Google', name: 'batches', at: /:(?:async)?batch/, request: geminiRequest, answer: 'None' },
  { api: 'Google', name: 'batches', request: NAMES_FILE, answer: RESULTS },
  { api: 'Google', name: 'files', at: /:download$|\/download\//, request: FILE, answer: FILE },
  { api: 'Google', name: 'files', request: FILE, answer: 'None' },
  { api: 'Google', name: 'models', request: 'None', answer: 'None' },

  { api: 'Bedrock', name: 'chat', at: /\/converse(?:-stream)?$/, request: converseRequest, answer: converseAnswer },
  { api: 'Bedrock', name: 'chat', request: 'OfModel', answer: 'OfModel' },
  { api: 'Bedrock', name: 'embeddings', request: 'OfModel', answer: 'OfModel' },
  { api: 'Bedrock', name: 'rerank', request: 'OfModel', answer: 'OfModel' },
  { api: 'Bedrock', name: 'count_tokens', request: countRequest, answer: 'None' },
  { api: 'Bedrock', name: 'apply_guardrail', at: /\/apply$/, request: guardrailRequest, answer: guardrailAnswer },
  { api: 'Bedrock', name: 'models', request: 'None', answer: 'None' },
  {
    api: 'Bedrock',
    name: 'other',
    at: /^(?:GET|HEAD) (?:\/async-invoke(?:\/[^/]+)?)?$/,
    request: 'None',
    answer: 'None',
  },
];

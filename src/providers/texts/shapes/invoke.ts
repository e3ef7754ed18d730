/**
 * Texts of Bedrock's InvokeModel, whose bodies are the model's own. Which they are, a model's id says.
 * Source: "Inference request parameters and response fields" in the user guide of Amazon Bedrock.
 */
import { anyText, either, list, mapOf, object, type Shape, text } from '../json/shape.ts';
import { messagesAnswer, messagesRequest } from './anthropic.ts';
import { byRole, saidBy, textOrList } from './common.ts';
import { converseAnswer, converseRequest, trace } from './converse.ts';
import { chatAnswer, chatRequest } from './openai-chat.ts';

/** The shapes of a kind of model. */
export interface Family {
  readonly request: Shape;
  readonly answer: Shape;
}

const NO_TEXTS: Shape = {};

const answerOf = (members: Readonly<Record<string, Shape>>): Shape => object(members, saidBy('Assistant'));

const CHAT: Family = { request: chatRequest, answer: chatAnswer };

/** Mistral's models take a prompt, or what OpenAI's chat takes. */
const MISTRAL: Family = {
  request: chatRequest,
  answer: {
    ...chatAnswer,
    members: new Map([...(chatAnswer.members ?? []), ['outputs', list(object({ text: text('Owner') }))]]),
  },
};

const cohereMessage = object({ message: text('Owner') }, byRole);

const COHERE: Family = {
  request: object({
    prompt: text('User'),
    message: text('User'),
    preamble: text('System'),
    chat_history: list(cohereMessage),
    documents: anyText('User'),
    tools: list(
      object({ description: text('System'), parameter_definitions: mapOf(object({ description: text('System') })) }),
    ),
    tool_results: anyText('ToolOutput'),
  }),
  answer: answerOf({
    text: text('Owner'),
    generations: list(object({ text: text('Owner') })),
    chat_history: list(cohereMessage),
    tool_calls: list(object({ parameters: anyText('ToolInput') })),
    // They quote the answer.
    citations: list(object({ text: text('Owner') })),
    search_queries: list(object({ text: text('ToolInput') })),
    documents: anyText('ToolOutput'),
  }),
};

const picture = object({ text: text('User'), negativeText: text('User'), prompt: text('User') });

/** By what the id has behind region and account, in order: the first that fits counts. */
const FAMILIES: readonly (readonly [id: RegExp, family: Family])[] = [
  [/^anthropic\./, { request: messagesRequest, answer: messagesAnswer }],
  [/^amazon\.(?:titan-image|nova-canvas)/, { request: mapOf(picture), answer: NO_TEXTS }],
  [/^amazon\.titan-embed/, { request: object({ inputText: text('User') }), answer: NO_TEXTS }],
  [
    /^amazon\.titan-t/,
    {
      request: object({ inputText: text('User') }),
      answer: answerOf({ results: list(object({ outputText: text('Owner') })) }),
    },
  ],
  [/^amazon\.nova-(?:micro|lite|pro|premier|2-lite|2-pro)/, { request: converseRequest, answer: converseAnswer }],
  [/^meta\./, { request: chatRequest, answer: answerOf({ generation: text('Owner') }) }],
  [/^mistral\./, MISTRAL],
  [/^(?:openai|deepseek|qwen|moonshot|moonshotai|minimax|google|nvidia|zai|writer)\./, CHAT],
  [/^ai21\.jamba-1/, CHAT],
  [
    /^(?:cohere|amazon)\.rerank/,
    {
      request: object({ query: text('User'), documents: list(either(text('User'), anyText('User'))) }),
      answer: NO_TEXTS,
    },
  ],
  [
    /^cohere\.embed/,
    {
      request: object({ texts: textOrList, inputs: list(object({ content: list(object({ text: text('User') })) })) }),
      answer: NO_TEXTS,
    },
  ],
  [/^cohere\.command/, COHERE],
  [
    /^stability\./,
    {
      request: object({
        prompt: text('User'),
        negative_prompt: text('User'),
        text_prompts: list(object({ text: text('User') })),
      }),
      answer: NO_TEXTS,
    },
  ],
];

/** Bedrock adds what its own guardrail found to the answer of any model. */
const TRACED = FAMILIES.map(([id, { request, answer }]): (typeof FAMILIES)[number] => [
  id,
  { request, answer: { ...answer, members: new Map([...(answer.members ?? []), ['amazon-bedrock-trace', trace]]) } },
]);

/** The region or regions that an inference profile is for: `us.`, `eu.`, `apac.`, `us-gov.`, `global.`. */
const PROFILE_PREFIX = /^(?:[a-z]{2,6}(?:-[a-z]{2,6})?)\.(?=[a-z0-9]+\.)/;

/** What a model's id or ARN says of its bodies; undefined when it says nothing (an application inference profile, an import). */
export function familyOf(model: string): Family | undefined {
  const name = model.startsWith('arn:')
    ? (/:(?:foundation-model|inference-profile)\/(.+)$/.exec(model)?.[1] ?? '')
    : model;
  const id = name.toLowerCase().replace(PROFILE_PREFIX, '');
  return TRACED.find(([pattern]) => pattern.test(id))?.[1];
}

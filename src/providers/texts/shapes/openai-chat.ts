/** Texts of OpenAI's chat completions and completions, with what compatible servers add. Source: the OpenAI API reference. */
import { anyText, anyTextBut, either, jsonText, list, object, openObject, type Shape, text } from '../json/shape.ts';
import { byRole, logprobs, promptLogprobs, saidBy, schema, tokenIDs, tokens } from './common.ts';

/** Mistral's parts of thinking hold parts. */
const part: Shape = object({
  text: text('Owner'),
  refusal: text('Owner'),
  thinking: either(
    text('Owner'),
    list(() => part),
  ),
});

const content = either(text('Owner'), list(either(text('Owner'), part)));

const calledFunction = object({ arguments: either(jsonText('ToolInput'), anyText('ToolInput')) });

const thinkingBlocks = list(object({ thinking: text('Owner') }));

const messageMembers = {
  content,
  refusal: text('Owner'),
  // DeepSeek and vLLM; OpenRouter and vLLM; OpenRouter.
  reasoning_content: content,
  reasoning: text('Owner'),
  // Other servers' names for it.
  reasoning_text: text('Owner'),
  thinking: text('Owner'),
  reasoning_details: list(object({ text: text('Owner'), summary: text('Owner') })),
  // LiteLLM.
  thinking_blocks: thinkingBlocks,
  provider_specific_fields: object({
    thinking_blocks: thinkingBlocks,
    reasoning_content: text('Owner'),
    citations: anyText('ToolOutput'),
  }),
  // Azure, with data of its own.
  context: object({
    citations: list(object({ content: text('ToolOutput'), title: text('ToolOutput') })),
    intent: text('ToolInput'),
  }),
  audio: object({ transcript: text('Owner') }),
  annotations: list(object({ url_citation: object({ title: text('ToolOutput') }) })),
  tool_calls: list(object({ function: calledFunction, custom: object({ input: text('ToolInput') }) })),
  function_call: calledFunction,
};

/** A message of a request. */
export const message: Shape = object(messageMembers, byRole);

const functionMembers = { description: text('System'), parameters: schema };

/** A tool as chat completions, responses and MCP servers describe it. */
export const tool: Shape = object({
  ...functionMembers,
  function: object(functionMembers),
  custom: object({ description: text('System'), format: object({ grammar: object({ definition: text('System') }) }) }),
  format: object({ definition: text('System') }),
  input_schema: schema,
  server_description: text('System'),
  // Of searches.
  user_location: anyText('System'),
  tools: list(() => tool),
});

export const requestMembers = {
  messages: list(message),
  // Completions; what comes before and behind what is to be written.
  prompt: either(text('User'), list(either(text('User'), tokens))),
  suffix: text('User'),
  prediction: object({ content }, saidBy('User')),
  tools: list(tool),
  functions: list(object(functionMembers)),
  response_format: object({ json_schema: object({ description: text('System'), schema }) }),
  // vLLM and Cohere: what the model is to know.
  documents: anyText('User'),
  // vLLM: how messages become a prompt.
  chat_template: text('System'),
  chat_template_kwargs: anyText('System'),
  web_search_options: object({ user_location: anyText('System') }),
  // OpenRouter's search.
  plugins: list(object({ search_prompt: text('System') })),
  // Azure: what a model with data of its own is to be.
  data_sources: list(object({ parameters: object({ role_information: text('System') }) })),
};

/** `POST chat/completions` and `POST completions`. */
export const chatRequest: Shape = object(requestMembers);

/** What of an answer's message is no words where nobody knows more of it: names, references, and what is encoded. */
const unknown = anyTextBut(
  'ToolOutput',
  'role',
  'name',
  'id',
  'tool_call_id',
  'call_id',
  'type',
  'index',
  'url',
  'image_url',
  'data',
  'b64_json',
  'format',
  'signature',
  'thought_signature',
  'encrypted_content',
  'mime_type',
);

const choice = object({
  message: openObject(messageMembers, unknown, byRole),
  text: text('Owner'),
  logprobs,
  token_ids: tokenIDs,
  prompt_logprobs: promptLogprobs,
});

/** Why there is no answer. Groq tells with it what the model had said of a call of a tool that went wrong. */
export const failure: Shape = object({ error: object({ failed_generation: text('Assistant') }) });

/** Their answers, and lists of stored ones and of their messages. */
export const chatAnswer: Shape = object(
  {
    choices: list(choice),
    prompt_logprobs: promptLogprobs,
    data: list(object({ ...messageMembers, choices: list(choice) }, byRole)),
  },
  saidBy('Assistant'),
);

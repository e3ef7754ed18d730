/** Texts of OpenAI's responses and conversations. Source: the OpenAI API reference, and the types of its SDK. */
import { anyText, either, jsonText, list, mapOf, object, type Owner, type Shape, text } from '../json/shape.ts';
import { logprobs, saidBy, schema, scopeOfRole } from './common.ts';
import { tool } from './openai-chat.ts';

const annotations = list(object({ title: text('ToolOutput'), text: text('ToolOutput') }));

const part: Shape = object({
  text: text('Owner'),
  refusal: text('Owner'),
  transcript: text('Owner'),
  annotations,
  logprobs,
});

/** What `type` says of an item that has no role. A picture that was made is base64. */
const ofItem: Owner = {
  by: new Set(['role', 'type']),
  scope(members) {
    const type = members.get('type') ?? '';
    if (type === 'reasoning') return 'Assistant';
    if (type === 'program_output') return 'ToolOutput';
    if (type === 'image_generation_call') return 'None';
    return scopeOfRole(members.get('role')) ?? 'Owner';
  },
};

const lines = list(text('ToolInput'));

/** What a tool of the provider's, or a shell or a computer of the caller's is to do. */
const action: Shape = object({
  command: lines,
  commands: lines,
  env: mapOf(text('ToolInput')),
  query: text('ToolInput'),
  queries: lines,
  text: text('ToolInput'),
  pattern: text('ToolInput'),
  url: text('ToolInput'),
});

const outputPart: Shape = object(
  { text: text('Owner'), stdout: text('Owner'), stderr: text('Owner'), logs: text('Owner') },
  saidBy('ToolOutput'),
);

const found: Shape = object({ text: text('ToolOutput'), title: text('ToolOutput') });

/** An item of any kind, of input or output. */
export const item: Shape = object(
  {
    content: either(text('Owner'), list(either(text('Owner'), part))),
    summary: list(object({ text: text('Assistant') })),
    // Calls of tools.
    arguments: either(jsonText('ToolInput'), anyText('ToolInput')),
    input: text('ToolInput'),
    code: text('ToolInput'),
    queries: lines,
    action,
    actions: list(action),
    operation: object({ diff: text('ToolInput') }),
    // What tools said.
    output: either(text('ToolOutput'), list(either(text('ToolOutput'), outputPart)), outputPart),
    outputs: list(outputPart),
    results: list(found),
    result: text('Owner'),
    error: either(text('ToolOutput'), object({ message: text('ToolOutput') })),
    // Items on tools.
    tools: list(tool),
    reason: text('User'),
    revised_prompt: text('Assistant'),
  },
  ofItem,
);

/** `POST responses`, `responses/compact` and `responses/input_tokens`. */
export const responsesRequest: Shape = object({
  input: either(text('User'), list(either(text('User'), item))),
  instructions: either(text('System'), list(item)),
  prompt: object({ variables: mapOf(either(text('User'), part)) }),
  tools: list(tool),
  text: object({ format: object({ description: text('System'), schema }) }),
});

/** A response, and lists of the items that went into one or make up a conversation. */
export const responsesAnswer: Shape = object(
  { output: list(item), data: list(item), output_text: text('Owner') },
  saidBy('Assistant'),
);

/** `POST conversations` and `conversations/{id}/items`. */
export const conversationRequest: Shape = object({ items: list(item) });

/** What a conversation holds: what nobody says whose it is, is the caller's. */
export const conversationAnswer: Shape = object({ data: list(item) });

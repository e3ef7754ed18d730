/** Texts of Bedrock's Converse and ApplyGuardrail. Source: the API reference of Amazon Bedrock. */
import { anyText, jsonText, list, mapOf, object, refuse, type Shape, signedText, text } from '../json/shape.ts';
import { byRole, saidBy, schema } from './common.ts';

const textBlocks = list(object({ text: text('Owner') }));

const document = object({ context: text('Owner'), source: object({ text: text('Owner'), content: textBlocks }) });

const searchResult = object({ source: text('Owner'), title: text('Owner'), content: textBlocks });

const block: Shape = object({
  text: text('Owner'),
  guardContent: object({ text: object({ text: text('Owner') }) }),
  document,
  searchResult,
  reasoningContent: object({ reasoningText: object({ text: signedText('Owner') }) }),
  toolUse: object({ input: anyText('ToolInput') }),
  toolResult: object(
    { content: list(object({ text: text('Owner'), json: anyText('Owner'), document, searchResult })) },
    saidBy('ToolOutput'),
  ),
  citationsContent: object({
    content: textBlocks,
    citations: list(object({ title: text('Owner'), source: text('Owner'), sourceContent: textBlocks })),
  }),
});

const message: Shape = object({ content: list(block) }, byRole);

const system = list(
  object({ text: text('System'), guardContent: object({ text: object({ text: text('System') }) }) }, saidBy('System')),
);

const toolSpec = object({ description: text('System'), inputSchema: object({ json: schema }) });

/** `converse` and `converse-stream`, and what Nova takes by InvokeModel. */
export const converseRequest: Shape = object({
  system,
  messages: list(message),
  toolConfig: object({ tools: list(object({ toolSpec })) }),
  // Goes to the model as it is.
  additionalModelRequestFields: anyText('User'),
  promptVariables: mapOf(object({ text: text('User') })),
  outputConfig: object({
    textFormat: object({
      structure: object({ jsonSchema: object({ description: text('System'), schema: jsonText('System') }) }),
    }),
  }),
});

/** What Bedrock tells of its own guardrail quotes what that found, and the answer before its masks. */
export const trace: Shape = {
  get items() {
    return trace;
  },
  get others() {
    return trace;
  },
  members: new Map([
    ['match', text('Owner')],
    ['modeloutput', list(text('Owner'))],
  ]),
};

export const converseAnswer: Shape = object(
  {
    output: object({ message }),
    // What of the model's own answer was asked for, and what it said before Bedrock's guardrail masked it.
    additionalModelResponseFields: anyText('Owner'),
    trace,
  },
  saidBy('Assistant'),
);

const inBase64 = refuse('holds a body in base64, which no guardrail can edit: count by Converse', 'object');

/** `count-tokens`. */
export const countRequest: Shape = object({ input: object({ converse: converseRequest, invokeModel: inBase64 }) });

/** `guardrail/{id}/version/{version}/apply`. */
export const guardrailRequest: Shape = object({ content: list(object({ text: object({ text: text('User') }) })) });

export const guardrailAnswer: Shape = object(
  { outputs: list(object({ text: text('Owner') })), assessments: trace },
  saidBy('Assistant'),
);

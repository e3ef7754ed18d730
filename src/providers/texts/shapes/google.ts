/** Texts of the Gemini API. It takes one element for a list of one, and names in both cases. Source: its REST reference and the types of its SDK. */
import {
  anyText,
  anyTextBut,
  either,
  list,
  object,
  openObject,
  type Owner,
  refuse,
  type Shape,
  text,
} from '../json/shape.ts';
import { byRole, many, saidBy, schema, scopeOfRole } from './common.ts';

/** Members of parts that are no words: names, references, and what is encoded. */
const unknown = anyTextBut(
  'ToolOutput',
  'id',
  'name',
  'inlineData',
  'fileData',
  'thoughtSignature',
  'videoMetadata',
  'mediaResolution',
  'partMetadata',
);

const inPieces = refuse('holds arguments of a tool in pieces, which no guardrail can judge', 'array', 'object');

const known: Readonly<Record<string, Shape>> = {
  text: text('Owner'),
  functionCall: object({ args: anyText('ToolInput'), partialArgs: inPieces }),
  functionResponse: object({ response: anyText('ToolOutput') }),
  toolCall: object({ args: anyText('ToolInput') }),
  toolResponse: object({ response: anyText('ToolOutput') }),
  executableCode: object({ code: text('ToolInput') }),
  codeExecutionResult: object({ output: text('ToolOutput') }),
  audioTranscription: object({ text: text('Owner') }),
};

const part: Shape = openObject(known, unknown);

const content = object({ parts: many(part) }, byRole);

const declaration = object({
  description: text('System'),
  parameters: schema,
  parametersJsonSchema: schema,
  response: schema,
  responseJsonSchema: schema,
});

const tool = object({ functionDeclarations: many(declaration), description: text('System'), parameters: schema });

const requestMembers = {
  contents: many(content),
  systemInstruction: either(text('System'), object({ parts: many(part) }, saidBy('System'))),
  tools: many(tool),
  generationConfig: object({ responseSchema: schema, responseJsonSchema: schema }),
  // To be embedded.
  content,
  title: text('User'),
  semanticRetriever: object({ query: content }),
  inlinePassages: object({ passages: many(object({ content })) }),
  // Of pictures and videos, and of older models.
  instances: many(object({ prompt: text('User'), content: text('User'), title: text('User') })),
  parameters: object({ negativePrompt: text('User') }),
};

/** What a model is asked by any method, and what is to be cached. A request may stand within another: of counting, of batches. */
export const geminiRequest: Shape = object({
  ...requestMembers,
  generateContentRequest: object(requestMembers),
  requests: many(object(requestMembers)),
  batch: object({
    inputConfig: object({ requests: object({ requests: many(object({ request: object(requestMembers) })) }) }),
  }),
});

const likelyTokens = list(
  refuse('repeats its text token by token (logprobs), which no guardrail can judge: ask without logprobs', 'object'),
);

const candidate = object({
  content,
  // Of a call of a tool that went wrong, what the model wrote.
  finishMessage: text('Owner'),
  citationMetadata: object({
    citationSources: many(object({ title: text('Owner') })),
    citations: many(object({ title: text('Owner') })),
  }),
  groundingMetadata: object({
    groundingSupports: many(object({ segment: object({ text: text('Owner') }) })),
    groundingChunks: many(
      object({
        web: object({ title: text('ToolOutput') }),
        retrievedContext: object({ text: text('ToolOutput'), title: text('ToolOutput') }),
        maps: object({ text: text('ToolOutput'), title: text('ToolOutput') }),
      }),
    ),
    webSearchQueries: many(text('ToolInput')),
    imageSearchQueries: many(text('ToolInput')),
    retrievalQueries: many(text('ToolInput')),
    // Says the queries once more, to be shown.
    searchEntryPoint: object({ renderedContent: text('ToolInput') }),
  }),
  logprobsResult: object({ chosenCandidates: likelyTokens, topCandidates: likelyTokens }),
});

/** An answer, or the list of answers that a stream without `alt=sse` is. */
export const geminiAnswer: Shape = many(
  object(
    {
      candidates: many(candidate),
      answer: candidate,
      predictions: many(object({ prompt: text('Owner'), content: text('Owner') })),
    },
    saidBy('Assistant'),
  ),
);

const ofStep: Owner = {
  by: new Set(['role', 'type']),
  scope(members) {
    const type = members.get('type') ?? '';
    if (type === 'user_input') return 'User';
    if (type === 'model_output' || type === 'thought') return 'Assistant';
    return type.endsWith('_result') ? 'ToolOutput' : (scopeOfRole(members.get('role')) ?? 'Owner');
  },
};

/** A step, a turn, or a part of one. */
const step: Shape = object(
  {
    text: text('Owner'),
    content: either(
      text('Owner'),
      list(() => step),
    ),
    parts: list(() => step),
    summary: either(
      text('Owner'),
      list(() => step),
    ),
    arguments: anyText('ToolInput'),
    result: anyText('ToolOutput'),
  },
  ofStep,
);

/** `POST interactions`. */
export const interactionRequest: Shape = object({
  input: either(text('User'), list(either(text('User'), step)), step),
  systemInstruction: text('System'),
  tools: list(tool),
  responseFormat: schema,
});

export const interactionAnswer: Shape = object({ steps: list(step), outputs: list(step) }, saidBy('Assistant'));

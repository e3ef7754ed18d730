/** `generateContent` and `streamGenerateContent`. */
import { type Block, choicesOf, countPieces } from '../said.ts';
import type { Answer, ReceivedRequest, Scenario } from '../types.ts';
import { errorObject, failure, json, stream } from './answers.ts';
import { after, countTokens, type Figure, usageMetadata } from './usage.ts';

/** What of a request's body matters here. */
export interface GenerateCall {
  readonly contents?: unknown;
  readonly tools?: readonly Readonly<Record<string, unknown>>[];
  readonly toolConfig?: { readonly functionCallingConfig?: { readonly mode?: unknown } };
  readonly generationConfig?: {
    readonly thinkingConfig?: { readonly thinkingBudget?: number; readonly includeThoughts?: boolean };
  };
}

/** Answers `models/{model}:generateContent`. */
export function generateContent(
  request: ReceivedRequest,
  model: string,
  call: GenerateCall,
  scenario: Scenario,
): Answer {
  if (!Array.isArray(call.contents))
    return failure(400, '* GenerateContentRequest.contents: contents is not specified');
  const { candidates, figure } = content(request, model, call, scenario);
  const usage = scenario.withoutUsage ? undefined : figure;
  const body = chunk(
    candidates.map((pieces, index) => candidate(pieces.flat(), index, true)),
    model,
    usage,
  );
  return usage === undefined ? json(body) : { ...json(body), usage: usage.booked, usageFrame: 0 };
}

/** Answers `models/{model}:streamGenerateContent`, as events or as an array. */
export function streamGenerateContent(
  request: ReceivedRequest,
  model: string,
  call: GenerateCall,
  scenario: Scenario,
): Answer {
  if (!Array.isArray(call.contents))
    return failure(400, '* GenerateContentRequest.contents: contents is not specified');
  const { candidates, figure } = content(request, model, call, scenario, true);
  const silent = scenario.streamUsage === 'Never' || scenario.withoutUsage === true;
  const last = Math.max(...candidates.map(({ length }) => length)) - 1;
  const steps = Array.from({ length: last + 1 }, (_, step) => step);
  const figures = steps.map((step) => (step === last ? figure : after(figure, step)));
  const documents = steps.map((step) => {
    const told = candidates.flatMap((pieces, index) => {
      const parts = pieces[step];
      return parts === undefined ? [] : [candidate(parts, index, step === pieces.length - 1)];
    });
    return chunk(told, model, silent ? undefined : figures[step]);
  });
  const failing = scenario.streamErrorAfterFrames;
  const events = new URLSearchParams(request.target.split('?')[1]).get('alt') === 'sse';
  if (failing !== undefined) documents.splice(failing, documents.length, errorObject(503));
  const answer = stream(documents, events);
  if (silent) return answer;
  const told = failing ?? last;
  return {
    ...answer,
    partialUsage: new Map(figures.slice(0, told).map(({ booked }, index) => [index, booked])),
    ...(told >= last && (failing === undefined || failing > last) && { usage: figure.booked, usageFrame: last }),
  };
}

/** The parts of each candidate, those of each chunk together, and what the answer costs. */
function content(
  request: ReceivedRequest,
  model: string,
  call: GenerateCall,
  scenario: Scenario,
  streamed = false,
): { readonly candidates: readonly (readonly (readonly object[])[])[]; readonly figure: Figure } {
  const choices = choicesOf(scenario);
  const { thinkingBudget, includeThoughts } = call.generationConfig?.thinkingConfig ?? {};
  const thinks = thinkingBudget !== 0 && !model.includes('lite');
  const usesTools = call.tools?.some((tool) => 'googleSearch' in tool || 'codeExecution' in tool) ?? false;
  const figure = countTokens(
    { model, bodyBytes: request.body.length, words: countPieces(choices), thinks, usesTools },
    scenario,
  );
  const name = chosenFunction(call);
  if (name !== undefined) {
    const part = { functionCall: { name, args: { city: 'Paris' } }, thoughtSignature: 'c2lnbmF0dXJl' };
    return { candidates: [[[part]]], figure };
  }
  const thought = thinks && includeThoughts === true ? [[{ text: 'The user wants "hello".', thought: true }]] : [];
  // Words of its own are a part each also in a whole answer, as if the model had been interrupted.
  const inPieces = streamed || scenario.says === undefined;
  const [first = [], ...others] = choices.map((blocks) => blocks.flatMap((block) => partsOf(block, inPieces)));
  return { candidates: [[...thought, ...first], ...others], figure };
}

/** The parts of a block, those of each chunk together. Calls of functions come whole, also in a stream. */
function partsOf(block: Block, inPieces: boolean): object[][] {
  if (block.kind === 'Tool') {
    return [[{ functionCall: { name: block.name, args: block.input }, thoughtSignature: 'c2lnbmF0dXJl' }]];
  }
  const texts = inPieces ? block.pieces : [block.pieces.join('')];
  return texts.map((text) => [block.kind === 'Text' ? { text } : { text, thought: true }]);
}

function candidate(parts: readonly object[], index: number, last: boolean): object {
  return { content: { parts, role: 'model' }, ...(last && { finishReason: 'STOP' }), index };
}

/** A function is only called by those who insist, so that agents get text. */
function chosenFunction(call: GenerateCall): string | undefined {
  if (call.toolConfig?.functionCallingConfig?.mode !== 'ANY') return undefined;
  const declarations = call.tools?.flatMap((tool) => (tool['functionDeclarations'] as { name: string }[]) ?? []);
  return declarations?.[0]?.name;
}

function chunk(candidates: readonly object[], model: string, figure: Figure | undefined): object {
  return {
    candidates,
    ...(figure !== undefined && { usageMetadata: usageMetadata(figure) }),
    modelVersion: model,
    responseId: 'tK8aZ8upstream',
  };
}

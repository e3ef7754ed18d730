/** `generateContent` and `streamGenerateContent`. */
import { generate } from '../openai/text.ts';
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
  const { parts, figure } = content(request, model, call, scenario);
  const usage = scenario.withoutUsage ? undefined : figure;
  const body = chunk(parts.flat(), model, usage, 'STOP');
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
  const { parts, figure } = content(request, model, call, scenario);
  const silent = scenario.streamUsage === 'Never' || scenario.withoutUsage === true;
  const last = parts.length - 1;
  const figures = parts.map((_, index) => (index === last ? figure : after(figure, index)));
  const documents = parts.map((part, index) =>
    chunk(part, model, silent ? undefined : figures[index], index === last ? 'STOP' : undefined),
  );
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

/** The parts of the answer, those of each chunk together, and what it costs. */
function content(
  request: ReceivedRequest,
  model: string,
  call: GenerateCall,
  scenario: Scenario,
): { readonly parts: readonly (readonly object[])[]; readonly figure: Figure } {
  const words = generate(scenario.contentFrames ?? 4, scenario.bodyBytes);
  const { thinkingBudget, includeThoughts } = call.generationConfig?.thinkingConfig ?? {};
  const thinks = thinkingBudget !== 0 && !model.includes('lite');
  const usesTools = call.tools?.some((tool) => 'googleSearch' in tool || 'codeExecution' in tool) ?? false;
  const figure = countTokens(
    { model, bodyBytes: request.body.length, words: words.length, thinks, usesTools },
    scenario,
  );
  const name = chosenFunction(call);
  if (name !== undefined) {
    const part = { functionCall: { name, args: { city: 'Paris' } }, thoughtSignature: 'c2lnbmF0dXJl' };
    return { parts: [[part]], figure };
  }
  const thought = thinks && includeThoughts === true ? [[{ text: 'The user wants "hello".', thought: true }]] : [];
  return { parts: [...thought, ...words.map((text) => [{ text }])], figure };
}

/** A function is only called by those who insist, so that agents get text. */
function chosenFunction(call: GenerateCall): string | undefined {
  if (call.toolConfig?.functionCallingConfig?.mode !== 'ANY') return undefined;
  const declarations = call.tools?.flatMap((tool) => (tool['functionDeclarations'] as { name: string }[]) ?? []);
  return declarations?.[0]?.name;
}

function chunk(
  parts: readonly object[],
  model: string,
  figure: Figure | undefined,
  finishReason: string | undefined,
): object {
  return {
    candidates: [{ content: { parts, role: 'model' }, ...(finishReason !== undefined && { finishReason }), index: 0 }],
    ...(figure !== undefined && { usageMetadata: usageMetadata(figure) }),
    modelVersion: model,
    responseId: 'tK8aZ8upstream',
  };
}

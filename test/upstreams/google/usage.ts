/** Token figures: the same request always costs the same, and every class occurs. */
import type { BookedUsage, Scenario } from '../types.ts';

/** Results of the provider's own tools cost this many tokens of input. */
const TOOL_RESULT_TOKENS = 24;

/** What of a request decides what it costs. */
export interface Costs {
  readonly model: string;
  readonly bodyBytes: number;
  readonly words: number;
  readonly thinks: boolean;
  readonly usesTools: boolean;
}

/** A figure as Gemini tells it: results of tools apart from the prompt. */
export interface Figure {
  readonly booked: BookedUsage;
  readonly toolUse: number;
}

export function countTokens({ model, bodyBytes, words, thinks, usesTools }: Costs, scenario: Scenario): Figure {
  const prompt = Math.max(8, Math.ceil(bodyBytes / 4));
  const toolUse = usesTools ? TOOL_RESULT_TOKENS : 0;
  const reasoning = thinks ? 16 : 0;
  const booked = {
    model,
    input: prompt + toolUse,
    cached: Math.floor(prompt / 3),
    output: words + reasoning,
    reasoning,
    ...scenario.usage,
  };
  return { booked, toolUse: scenario.usage?.input === undefined ? toolUse : 0 };
}

/** The same answer when only so many of its words have been told. */
export function after(figure: Figure, words: number): Figure {
  const { booked } = figure;
  return { ...figure, booked: { ...booked, output: Math.min(booked.output, words + booked.reasoning) } };
}

/** `usageMetadata`: prompts include what is cached, candidates leave out thoughts, and zeros are not told. */
export function usageMetadata({ booked, toolUse }: Figure): object {
  const { input, cached, output, reasoning } = booked;
  const prompt = input - toolUse;
  const candidates = output - reasoning;
  return {
    promptTokenCount: prompt,
    ...(cached > 0 && { cachedContentTokenCount: cached }),
    ...(candidates > 0 && { candidatesTokenCount: candidates }),
    totalTokenCount: input + output,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
    ...(cached > 0 && { cacheTokensDetails: [{ modality: 'TEXT', tokenCount: cached }] }),
    ...(toolUse > 0 && { toolUsePromptTokenCount: toolUse }),
    ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
  };
}

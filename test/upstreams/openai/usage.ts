/** Token figures: the same request always costs the same, and every class occurs. */
import type { BookedUsage, Scenario } from '../types.ts';

/** Tokens of a request whose prompt has `promptBytes` bytes and whose answer has `words` words. */
export function countTokens(model: string, promptBytes: number, words: number, scenario: Scenario): BookedUsage {
  const input = Math.max(8, Math.ceil(promptBytes / 4));
  const reasoning = model.startsWith('o') || model.startsWith('gpt-5') ? 16 : 0;
  return {
    model,
    input,
    cached: Math.floor(input / 3),
    output: words + reasoning,
    reasoning,
    ...scenario.usage,
  };
}

/** `usage` of chat and completions. */
export function completionUsage(usage: BookedUsage): object {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** `usage` of the Responses API. */
export function responseUsage(usage: BookedUsage): object {
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cached },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  };
}

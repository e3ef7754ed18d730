import type { JSONObject } from '../stream/json-value.ts';
import { kept } from './kept.ts';

const NO_USAGE = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

/** Converse, and what Nova answers by InvokeModel. */
export function blockedConverse(original: JSONObject, text: string): JSONObject {
  return {
    metrics: { latencyMs: 0 },
    output: { message: { content: [{ text }], role: 'assistant' } },
    stopReason: 'guardrail_intervened',
    usage: NO_USAGE,
    ...kept(original, 'usage', 'metrics'),
  };
}

/** ApplyGuardrail: what it says of a text of the caller's. */
export function blockedGuardrail(original: JSONObject, text: string): JSONObject {
  return { action: 'GUARDRAIL_INTERVENED', outputs: [{ text }], assessments: [], ...kept(original, 'usage') };
}

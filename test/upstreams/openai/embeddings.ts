/** `embeddings` and `moderations`. */
import type { Answer, ReceivedRequest, Scenario } from '../types.ts';
import { failure, identifier, json } from './answers.ts';
import { countTokens } from './usage.ts';

/** Answers `POST embeddings`, as numbers or as base64 of little-endian floats, whichever was asked for. */
export function embeddings(
  request: ReceivedRequest,
  call: { readonly model?: unknown; readonly input?: unknown; readonly encoding_format?: unknown },
  scenario: Scenario,
): Answer {
  if (typeof call.model !== 'string' || call.input === undefined) {
    return failure(400, { message: "Missing required parameter: 'input'.", type: 'invalid_request_error' });
  }
  const inputs = Array.isArray(call.input) ? call.input : [call.input];
  const vector = Float32Array.from({ length: 8 }, (_, index) => index / 8);
  const embedding =
    call.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : Array.from(vector);
  const usage = { ...countTokens(call.model, request.body.length, 0, scenario), cached: 0, output: 0, reasoning: 0 };
  const body = {
    object: 'list',
    data: inputs.map((_, index) => ({ object: 'embedding', index, embedding })),
    model: call.model,
    usage: { prompt_tokens: usage.input, total_tokens: usage.input },
  };
  return { ...json(body), usage, usageFrame: 0 };
}

/** Answers `POST moderations`. */
export function moderations(): Answer {
  return json({
    id: identifier('modr-'),
    model: 'omni-moderation-latest',
    results: [{ flagged: false, categories: { violence: false }, category_scores: { violence: 0.0001 } }],
  });
}

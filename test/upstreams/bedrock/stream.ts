import type { Answer, BookedUsage, Scenario } from '../types.ts';
import { commonHeaders } from './errors.ts';
import { exception } from './frames.ts';

/** A stream of frames; one that is to fail ends with an exception after some of them. */
export function streamAnswer(
  frames: readonly Buffer[],
  headers: Readonly<Record<string, string>>,
  usage: BookedUsage,
  usageFrame: number,
  scenario: Scenario,
): Answer {
  const head = {
    status: 200,
    headers: { 'content-type': 'application/vnd.amazon.eventstream', ...headers, ...commonHeaders() },
  };
  const { streamErrorAfterFrames } = scenario;
  if (streamErrorAfterFrames === undefined) return { ...head, frames, usage, usageFrame };
  const failed = exception('modelStreamErrorException', {
    message: 'The model returned an error while it streamed.',
    originalStatusCode: 500,
    originalMessage: 'overloaded',
  });
  return { ...head, frames: [...frames.slice(0, streamErrorAfterFrames), failed] };
}

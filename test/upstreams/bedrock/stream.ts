import type { Answer, BookedUsage, Scenario } from '../types.ts';
import { commonHeaders } from './errors.ts';
import { exception } from './frames.ts';

/** A stream of frames; one that is to fail ends with an exception after some of them, and has told what they told. */
export function streamAnswer(
  frames: readonly Buffer[],
  headers: Readonly<Record<string, string>>,
  usage: BookedUsage,
  usageFrame: number,
  scenario: Scenario,
  partialUsage: ReadonlyMap<number, BookedUsage> = new Map(),
): Answer {
  const head = {
    status: 200,
    headers: { 'content-type': 'application/vnd.amazon.eventstream', ...headers, ...commonHeaders() },
  };
  const { streamErrorAfterFrames } = scenario;
  if (streamErrorAfterFrames === undefined) return { ...head, frames, usage, usageFrame, partialUsage };
  const failed = exception('modelStreamErrorException', {
    message: 'The model returned an error while it streamed.',
    originalStatusCode: 500,
    originalMessage: 'overloaded',
  });
  const sent = frames.slice(0, streamErrorAfterFrames);
  const told = new Map([...partialUsage].filter(([index]) => index < sent.length));
  const final = usageFrame < sent.length ? { usage, usageFrame } : {};
  return { ...head, frames: [...sent, failed], partialUsage: told, ...final };
}

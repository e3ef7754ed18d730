/** What the benchmark's clients say and its upstream answers, for every API. */
import { messagesStream, wholeMessage } from './anthropic.ts';
import { converseStream, invokeStream, wholeConverse } from './bedrock.ts';
import { arrayStream, eventStream, wholeContent } from './google.ts';
import { chatStream, responsesStream, wholeChat } from './openai.ts';
import type { StreamCall, WholeCall } from './wire.ts';

export { chatStream };

/** All streams; of two with the same path, the one with a query comes first. */
export const streamCalls: readonly StreamCall[] = [
  chatStream,
  responsesStream,
  messagesStream,
  eventStream,
  arrayStream,
  converseStream,
  invokeStream,
];

/** One call that is answered at once for each API. */
export const wholeCalls: readonly WholeCall[] = [wholeChat, wholeMessage, wholeContent, wholeConverse];

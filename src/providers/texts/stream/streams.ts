/** Which streams can be rewritten, and how. */
import { EVENT_STREAM } from '../../bedrock/frame-reader.ts';
import { isJSONType, parseContentType } from '../../shared/content-type.ts';
import type { Operation, UpstreamResponseHead } from '../../wire.ts';
import { signsReasoning } from '../signing.ts';
import type { Dialect } from './dialect.ts';
import { AnthropicDialect } from './dialects/anthropic.ts';
import { BedrockDialect } from './dialects/bedrock.ts';
import { CompletionsDialect } from './dialects/completions.ts';
import { GeminiDialect } from './dialects/gemini.ts';
import { InvokeDialect } from './dialects/invoke.ts';
import { ResponsesDialect } from './dialects/responses.ts';
import { COMPLETE, SingleTextDialect } from './dialects/single-text.ts';
import { ArrayFrames } from './framing/array-frames.ts';
import { AWSFrames } from './framing/aws-frames.ts';
import type { Framing } from './framing/frame.ts';
import { SSEFrames } from './framing/sse-frames.ts';
import type { TextJudge } from './judge.ts';
import { StreamRewriter } from './rewriter.ts';

/**
 * The rewriter for the answer to `operation`; undefined when it is no stream of texts that is known. The answer must be decoded:
 * send `accept-encoding: identity` upstream.
 */
export function streamRewriter(
  operation: Operation,
  response: UpstreamResponseHead,
  judge: TextJudge,
): StreamRewriter | undefined {
  const framing = framingOf(operation, response);
  const dialect = dialectOf(operation, framing instanceof AWSFrames);
  return framing === undefined || dialect === undefined ? undefined : new StreamRewriter(framing, dialect, judge);
}

function framingOf(operation: Operation, response: UpstreamResponseHead): Framing | undefined {
  const { essence } = parseContentType(response.header('content-type'));
  if (essence === 'text/event-stream') return new SSEFrames();
  if (essence === EVENT_STREAM) return new AWSFrames();
  const isArray = 'answersArray' in operation && operation.answersArray === true;
  return isArray && isJSONType(essence) ? new ArrayFrames() : undefined;
}

function dialectOf(operation: Operation, isAWS: boolean): Dialect | undefined {
  const { api, name } = operation;
  switch (api) {
    case 'OpenAI':
      if (name === 'chat' || name === 'text_completion') return new CompletionsDialect(name === 'chat');
      // Transcripts come in events of the same pattern.
      return name === 'responses' || name === 'audio' ? new ResponsesDialect() : undefined;
    case 'Anthropic':
      if (name === 'text_completion') return new SingleTextDialect(COMPLETE);
      return name === 'chat' ? new AnthropicDialect() : undefined;
    case 'Google':
      return name === 'generate_content' ? new GeminiDialect() : undefined;
    default:
      return bedrockDialect(operation, isAWS);
  }
}

function bedrockDialect(operation: Operation, isAWS: boolean): Dialect {
  const { model } = operation;
  const id = model.in === 'Head' ? model.model : '';
  return isAWS ? new BedrockDialect(id, signsReasoning(operation)) : new InvokeDialect(id, false);
}

import { AnswerMeter, type UsageFindings, type UsageListener } from '../shared/answer-meter.ts';
import { type AnswerReader, answerReader } from '../shared/answer-reader.ts';
import { isJSONType, parseContentType } from '../shared/content-type.ts';
import type { JSONVisitor } from '../shared/json-visitor.ts';
import type { UpstreamResponseHead } from '../wire.ts';
import { AnswerMembers, SCAN } from './answer-members.ts';
import { base64Traces, traceSearch } from './base64-traces.ts';
import { EVENT_STREAM } from './frame-reader.ts';
import { StreamedAnswer, type StreamListener } from './streamed-answer.ts';
import { Figures } from './usage.ts';

/** Stands in the name of every figure, of whatever family: `input_tokens`, `inputTokenCount`, `prompt_token_count`. */
const FIGURE = Buffer.from('oken');
const mayHoldFigure = traceSearch(base64Traces(FIGURE));

/**
 * Headers with Bedrock's own figures of an answer that is not streamed. They are not in the SDK's model, and absent for
 * some families.
 */
const COUNT_HEADERS: readonly (readonly [name: string, member: string])[] = [
  ['x-amzn-bedrock-input-token-count', 'inputTokenCount'],
  ['x-amzn-bedrock-output-token-count', 'outputTokenCount'],
  ['x-amzn-bedrock-cache-read-input-token-count', 'cacheReadInputTokenCount'],
  ['x-amzn-bedrock-cache-write-input-token-count', 'cacheWriteInputTokenCount'],
];

/** `Events`: server-sent ones, which some gateways answer with in place of frames. `Opaque`: sounds and the like. */
type Form = 'Frames' | 'Events' | 'JSON' | 'Opaque';

function formOf(response: UpstreamResponseHead): Form {
  const { essence } = parseContentType(response.header('content-type'));
  if (essence === EVENT_STREAM) return 'Frames';
  if (essence === 'text/event-stream') return 'Events';
  return essence === '' || isJSONType(essence) ? 'JSON' : 'Opaque';
}

/** Hears the answers of InvokeModel and Converse. */
class BedrockUsage implements UsageListener, StreamListener {
  readonly scan = SCAN;
  readonly #figures = new Figures();
  readonly #form: Form;
  #failed = false;

  constructor(response: UpstreamResponseHead, form: Form) {
    this.#form = form;
    this.#figures.serviceTierIs(response.header('x-amzn-bedrock-service-tier'));
    const counts: Record<string, number> = {};
    for (const [name, member] of COUNT_HEADERS) {
      const value = response.header(name);
      if (value !== undefined && /^\d{1,10}$/.test(value)) counts[member] = Number(value);
    }
    this.#figures.metrics(counts);
    // What of it was cached, or reasoning, is told by the body alone, if that can tell anything.
    this.#figures.isFinal = form === 'Opaque';
  }

  get findings(): UsageFindings {
    const { tokens, parts, model, serviceTier, malformed, tooLarge, isFinal } = this.#figures;
    const provisional = tokens !== undefined && (!isFinal || malformed);
    return { tokens, parts, model, serviceTier, malformed, tooLarge, provisional, failed: this.#failed };
  }

  visitor(): JSONVisitor {
    return new AnswerMembers(this.#figures, this.#form === 'JSON');
  }

  canSkip(bytes: Buffer): boolean {
    return !bytes.includes(FIGURE);
  }

  canSkipEncoded(base64: Buffer): boolean {
    return !mayHoldFigure(base64);
  }

  streamFailed(): void {
    this.#failed = true;
  }
}

/** Meter for the answers of InvokeModel and Converse, whole and streamed. */
export class BedrockMeter extends AnswerMeter {
  readonly #stream: StreamedAnswer | undefined;

  constructor(response: UpstreamResponseHead) {
    const form = formOf(response);
    const listener = new BedrockUsage(response, form);
    const stream = form === 'Frames' ? new StreamedAnswer(listener) : undefined;
    const reader: AnswerReader = stream ?? answerReader(response, listener);
    super(response, listener, reader);
    this.#stream = stream;
  }

  /** A frame that is half sent cannot be taken back: nothing can be told after it. */
  get isCutOff(): boolean {
    return this.#stream?.isCutOff ?? false;
  }
}

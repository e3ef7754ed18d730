import { AnswerMeter, type UsageFindings, type UsageListener } from '../shared/answer-meter.ts';
import { type AnswerReader, answerReader } from '../shared/answer-reader.ts';
import { parseContentType } from '../shared/content-type.ts';
import type { JSONVisitor } from '../shared/json-visitor.ts';
import type { UpstreamResponseHead } from '../wire.ts';
import { AnswerMembers, SCAN } from './answer-members.ts';
import { EVENT_STREAM } from './frame-reader.ts';
import { StreamedAnswer, type StreamListener } from './streamed-answer.ts';
import { Figures } from './usage.ts';

/** Stands in the name of every figure, of whatever family: `input_tokens`, `inputTokenCount`, `prompt_token_count`. */
const FIGURE = Buffer.from('oken');

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

/** Hears the answers of InvokeModel and Converse. */
class BedrockUsage implements UsageListener, StreamListener {
  readonly scan = SCAN;
  readonly #figures = new Figures();
  readonly #isStream: boolean;
  #failed = false;

  constructor(response: UpstreamResponseHead, isStream: boolean) {
    this.#isStream = isStream;
    this.#figures.serviceTierIs(response.header('x-amzn-bedrock-service-tier'));
    const counts: Record<string, number> = {};
    for (const [name, member] of COUNT_HEADERS) {
      const value = response.header(name);
      if (value !== undefined && /^\d{1,10}$/.test(value)) counts[member] = Number(value);
    }
    this.#figures.metrics(counts);
    // How long what was written to the cache lives is told by the body alone.
    if ((counts['cacheWriteInputTokenCount'] ?? 0) > 0) this.#figures.isFinal = false;
  }

  get findings(): UsageFindings {
    const { tokens, model, serviceTier, malformed, tooLarge, isFinal } = this.#figures;
    const provisional = !isFinal || malformed;
    return { tokens, model, serviceTier, malformed, tooLarge, provisional, failed: this.#failed };
  }

  visitor(): JSONVisitor {
    return new AnswerMembers(this.#figures, !this.#isStream);
  }

  canSkip(bytes: Buffer): boolean {
    return !bytes.includes(FIGURE);
  }

  streamFailed(): void {
    this.#failed = true;
  }
}

/** Meter for the answers of InvokeModel and Converse, whole and streamed. */
export class BedrockMeter extends AnswerMeter {
  readonly #stream: StreamedAnswer | undefined;

  constructor(response: UpstreamResponseHead) {
    const isStream = parseContentType(response.header('content-type')).essence === EVENT_STREAM;
    const listener = new BedrockUsage(response, isStream);
    const stream = isStream ? new StreamedAnswer(listener) : undefined;
    const reader: AnswerReader = stream ?? answerReader(response, listener);
    super(response, listener, reader);
    this.#stream = stream;
  }

  /** A frame that is half sent cannot be taken back: nothing can be told after it. */
  get isCutOff(): boolean {
    return this.#stream?.isCutOff ?? false;
  }
}

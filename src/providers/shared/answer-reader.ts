/** The JSON documents of an answer as it passes: its body, or the data of each of its events. */
import type { UpstreamResponseHead } from '../wire.ts';
import { isJSONType, parseContentType } from './content-type.ts';
import { type EventSink, EventStreamReader } from './event-stream.ts';
import { JSONScanner } from './json-scanner.ts';
import type { JSONScannerOptions, JSONVisitor } from './json-visitor.ts';
import { RepeatingAnswer, type RestingReader } from './repeating-answer.ts';

/** Hears the documents of one answer. */
export interface DocumentListener {
  readonly scan: JSONScannerOptions;
  /** Who hears the document that begins. */
  visitor(): JSONVisitor;
  /** Whether whole documents need not be heard, as far as their bytes tell. May say no in vain. */
  canSkip(bytes: Buffer): boolean;
  /**
   * Of documents that differ in numbers and in strings named `text` alone, the later one says all that the earlier ones
   * said. Default: false.
   */
  readonly laterSaysAll?: boolean;
}

/** Reads the body of an answer; how depends on its shape. */
export interface AnswerReader {
  push(chunk: Buffer): void;
  end(): void;
  /** The bytes were not of the shape that the answer claimed. */
  readonly unparsable: boolean;
}

class JSONAnswer implements AnswerReader, RestingReader {
  readonly #scanner: JSONScanner;

  constructor(listener: DocumentListener) {
    this.#scanner = new JSONScanner(listener.visitor(), listener.scan);
  }

  get unparsable(): boolean {
    return this.#scanner.fault !== undefined;
  }

  get isAtRest(): boolean {
    return this.#scanner.isAfterElement;
  }

  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  end(): void {
    this.#scanner.end();
  }
}

class StreamedAnswer implements AnswerReader, RestingReader, EventSink {
  readonly unparsable = false;
  readonly #listener: DocumentListener;
  readonly #reader = new EventStreamReader(this);
  /** Scanner of an event that comes in pieces. */
  #scanner: JSONScanner | undefined;

  constructor(listener: DocumentListener) {
    this.#listener = listener;
  }

  get isAtRest(): boolean {
    return this.#reader.isBetweenEvents;
  }

  push(chunk: Buffer): void {
    // The common case: whole events, none of which can hold a figure.
    if (!this.#reader.wouldEndBetweenEvents(chunk) || !this.#listener.canSkip(chunk)) this.#reader.push(chunk);
  }

  end(): void {
    this.#reader.end();
  }

  data(piece: Buffer, first: boolean, last: boolean): void {
    if (first) {
      const skip = last && this.#listener.canSkip(piece);
      this.#scanner = skip ? undefined : new JSONScanner(this.#listener.visitor(), this.#listener.scan);
    }
    this.#scanner?.push(piece);
    if (last) this.#scanner = undefined;
  }
}

/** An answer of a type that carries no usage: speech, plain transcripts. */
class OpaqueAnswer implements AnswerReader {
  readonly unparsable = false;
  push(): void {}
  end(): void {}
}

/** The reader for an answer with this head; one without a content type is read as JSON. */
export function answerReader(response: UpstreamResponseHead, listener: DocumentListener): AnswerReader {
  const { essence } = parseContentType(response.header('content-type'));
  const isStream = essence === 'text/event-stream';
  if (!isStream && essence !== '' && !isJSONType(essence)) return new OpaqueAnswer();
  const reader = isStream ? new StreamedAnswer(listener) : new JSONAnswer(listener);
  return listener.laterSaysAll === true ? new RepeatingAnswer(reader) : reader;
}

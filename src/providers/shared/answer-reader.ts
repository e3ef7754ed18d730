/** The JSON documents of an answer as it passes: its body, or the data of each of its events. */
import type { UpstreamResponseHead } from '../wire.ts';
import { isJSONType, parseContentType } from './content-type.ts';
import { type EventSink, EventStreamReader } from './event-stream.ts';
import { JSONScanner } from './json-scanner.ts';
import type { JSONScannerOptions, JSONVisitor } from './json-visitor.ts';

/** Hears the documents of one answer. */
export interface DocumentListener {
  readonly scan: JSONScannerOptions;
  /** Who hears the document that begins. */
  visitor(): JSONVisitor;
  /** Whether whole documents need not be heard, as far as their bytes tell. May say no in vain. */
  canSkip(bytes: Buffer): boolean;
}

/** Reads the body of an answer; how depends on its shape. */
export interface AnswerReader {
  push(chunk: Buffer): void;
  end(): void;
  /** The bytes were not of the shape that the answer claimed. */
  readonly unparsable: boolean;
}

class JSONAnswer implements AnswerReader {
  readonly #scanner: JSONScanner;

  constructor(listener: DocumentListener) {
    this.#scanner = new JSONScanner(listener.visitor(), listener.scan);
  }

  get unparsable(): boolean {
    return this.#scanner.fault !== undefined;
  }

  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  end(): void {
    this.#scanner.end();
  }
}

class StreamedAnswer implements AnswerReader, EventSink {
  readonly unparsable = false;
  readonly #listener: DocumentListener;
  readonly #reader = new EventStreamReader(this);
  /** Scanner of an event that comes in pieces. */
  #scanner: JSONScanner | undefined;

  constructor(listener: DocumentListener) {
    this.#listener = listener;
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
  if (essence === 'text/event-stream') return new StreamedAnswer(listener);
  return essence === '' || isJSONType(essence) ? new JSONAnswer(listener) : new OpaqueAnswer();
}

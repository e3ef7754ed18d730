import type { AnswerReader, DocumentListener } from '../shared/answer-reader.ts';
import { JSONScanner } from '../shared/json-scanner.ts';
import { ChunkBytes } from './chunk-bytes.ts';
import { frameKind } from './frame-headers.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';

/** Hears the documents of a stream, and that it failed. */
export interface StreamListener extends DocumentListener {
  streamFailed(): void;
}

/**
 * The answer of InvokeModelWithResponseStream (events `chunk`, each a document of the model's own) or ConverseStream
 * (events of JSON, of which `metadata` has the figures).
 */
export class StreamedAnswer implements AnswerReader, FrameSink {
  readonly #listener: StreamListener;
  readonly #frames = new FrameReader(this);
  /** Of the `chunk` at hand; undefined while the event at hand is another. */
  #chunk: ChunkBytes | undefined;
  /** Pieces of the document of a chunk whose payload came at once. */
  #pieces: Buffer[] | undefined;
  #scanner: JSONScanner | undefined;
  #ended = false;

  constructor(listener: StreamListener) {
    this.#listener = listener;
  }

  get unparsable(): boolean {
    return this.#frames.malformed || (this.#ended && this.isCutOff);
  }

  get isCutOff(): boolean {
    return !this.#frames.isBetweenFrames;
  }

  push(chunk: Buffer): void {
    this.#frames.push(chunk);
  }

  end(): void {
    this.#ended = true;
  }

  begin(headers: Buffer): boolean {
    const { message, type } = frameKind(headers);
    this.#chunk = undefined;
    this.#pieces = undefined;
    this.#scanner = undefined;
    if (message === 'exception' || message === 'error') this.#listener.streamFailed();
    if (message !== 'event') return false;
    if (type === 'chunk') this.#chunk = new ChunkBytes((decoded) => this.#decoded(decoded));
    else if (type === 'metadata') this.#scanner = this.#newScanner();
    else return false;
    return true;
  }

  payload(piece: Buffer, first: boolean, last: boolean): void {
    if (this.#chunk === undefined) {
      this.#scanner?.push(piece);
      return;
    }
    if (first && last) this.#pieces = [];
    this.#chunk.push(piece);
    if (this.#pieces === undefined || this.#isSkipped(this.#pieces)) return;
    const scanner = this.#newScanner();
    for (const document of this.#pieces) scanner.push(document);
  }

  #isSkipped(pieces: readonly Buffer[]): boolean {
    const [only] = pieces;
    return only === undefined || (pieces.length === 1 && this.#listener.canSkip(only));
  }

  #decoded(piece: Buffer): void {
    if (this.#pieces === undefined) (this.#scanner ??= this.#newScanner()).push(piece);
    else this.#pieces.push(piece);
  }

  #newScanner(): JSONScanner {
    return new JSONScanner(this.#listener.visitor(), this.#listener.scan);
  }
}

import type { AnswerReader, DocumentListener } from '../shared/answer-reader.ts';
import { JSONScanner } from '../shared/json-scanner.ts';
import { ChunkBytes } from './chunk-bytes.ts';
import { type FrameKind, frameKind } from './frame-headers.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';

/** Real headers have a hundred. */
const MAX_KEPT_HEADERS_BYTES = 1024;

const EMPTY = Buffer.alloc(0);

/** Hears the documents of a stream, and that it failed. */
export interface StreamListener extends DocumentListener {
  streamFailed(): void;
  /** As {@link DocumentListener.canSkip}, of a document in base64 that has not been decoded. */
  canSkipEncoded(base64: Buffer): boolean;
}

/**
 * The answer of InvokeModelWithResponseStream (events `chunk`, each a document of the model's own) or ConverseStream
 * (events of JSON, of which `metadata` has the figures).
 */
export class StreamedAnswer implements AnswerReader, FrameSink {
  readonly #listener: StreamListener;
  readonly #frames = new FrameReader(this);
  /** The event at hand is a `chunk`. */
  #isChunk = false;
  /** Decodes it, from when there is something to decode. */
  #chunk: ChunkBytes | undefined;
  /** Pieces of the document of a chunk whose payload came at once. */
  #pieces: Buffer[] | undefined;
  #scanner: JSONScanner | undefined;
  #ended = false;
  /** Headers of the frame before, copied, and what they said. */
  #headers: Buffer = EMPTY;
  #kind: FrameKind | undefined;

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
    const { message, type } = this.#kindOf(headers);
    this.#isChunk = false;
    this.#chunk = undefined;
    this.#pieces = undefined;
    this.#scanner = undefined;
    if (message === 'exception' || message === 'error') this.#listener.streamFailed();
    if (message !== 'event') return false;
    this.#isChunk = type === 'chunk';
    if (type === 'metadata') this.#scanner = this.#newScanner();
    return this.#isChunk || this.#scanner !== undefined;
  }

  payload(piece: Buffer, first: boolean, last: boolean): void {
    if (!this.#isChunk) {
      this.#scanner?.push(piece);
      return;
    }
    const isWhole = first && last;
    // The common case: a piece of text, which need not even be decoded.
    if (isWhole && this.#listener.canSkipEncoded(piece)) return;
    this.#chunk ??= new ChunkBytes((decoded) => this.#decoded(decoded));
    if (isWhole) this.#pieces = [];
    this.#chunk.push(piece);
    if (this.#pieces === undefined || this.#isSkipped(this.#pieces)) return;
    const scanner = this.#newScanner();
    for (const document of this.#pieces) scanner.push(document);
  }

  /** Most frames of a stream have the headers of the one before. */
  #kindOf(headers: Buffer): FrameKind {
    if (this.#kind !== undefined && headers.equals(this.#headers)) return this.#kind;
    const kind = frameKind(headers);
    const isKept = headers.length <= MAX_KEPT_HEADERS_BYTES;
    this.#kind = isKept ? kind : undefined;
    if (isKept) this.#headers = Buffer.from(headers);
    return kind;
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

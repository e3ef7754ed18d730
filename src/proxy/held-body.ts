/**
 * A request body that is held until it has been looked at. Chunks are kept as they came, except that tiny ones are put
 * together: a body in chunks of one byte must not take a hundred times its length of memory.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Splice } from '../providers/wire.ts';

/** Up to so many bytes a body is handed on as one buffer, which saves a stream and several writes. */
const ONE_BUFFER_BYTES = 256 * 1024;

/** A stream hands on so many bytes at once, however large its buffers are: encrypting 10 MB would hold everyone up. */
const PIECE_BYTES = 64 * 1024;

/** With more splices than this the pieces are put together: each alone would cost more than its copy. */
const MANY_SPLICES = 32;

/** Chunks below this are copied into blocks of so many bytes. */
const TINY_BYTES = 1024;
const BLOCK_BYTES = 16 * 1024;

const EMPTY = Buffer.alloc(0);

/** A body as it goes to the upstream. */
export interface TakenBody {
  /** One buffer, or a stream of `length` bytes. Null: empty. */
  readonly body: Buffer | Readable | null;
  readonly length: number;
  /** It is not what the client sent. */
  readonly isChanged: boolean;
  /** SHA-256 of the bytes, lower-case hex. Call once, before the body is read. */
  sha256(): string;
}

/** Brings the splices of two lists, each sorted, in order. */
export function mergedSplices(some: readonly Splice[], others: readonly Splice[]): readonly Splice[] {
  if (others.length === 0) return some;
  return some.length === 0 ? others : [...some, ...others].sort((a, b) => a.start - b.start);
}

export class HeldBody {
  /** Of a body that will be signed: 30 MB hashed at once would hold everyone up for 25 ms. */
  readonly #hash: Hash | undefined;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #block: Buffer | undefined;
  #blockLength = 0;

  /** `willBeSigned`: {@link TakenBody.sha256} will be called. */
  constructor(willBeSigned = false) {
    this.#hash = willBeSigned ? createHash('sha256') : undefined;
  }

  get length(): number {
    return this.#length;
  }

  /** Buffers that the body takes. */
  get pieces(): number {
    return this.#chunks.length + (this.#block === undefined ? 0 : 1);
  }

  push(chunk: Buffer): void {
    // A small body comes in one chunk, which is the usual case.
    const isTiny = chunk.length < TINY_BYTES && this.#length > 0;
    this.#length += chunk.length;
    this.#hash?.update(chunk);
    if (isTiny) this.#collect(chunk);
    else {
      this.#closeBlock();
      this.#chunks.push(chunk);
    }
  }

  #collect(chunk: Buffer): void {
    if (this.#blockLength + chunk.length > BLOCK_BYTES) this.#closeBlock();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#block.set(chunk, this.#blockLength);
    this.#blockLength += chunk.length;
  }

  #closeBlock(): void {
    const block = this.#block;
    if (block === undefined) return;
    const used = block.subarray(0, this.#blockLength);
    this.#chunks.push(this.#blockLength < BLOCK_BYTES / 2 ? Buffer.from(used) : used);
    this.#block = undefined;
    this.#blockLength = 0;
  }

  /** The whole body as it came. Nothing may be pushed after it. */
  whole(): Buffer {
    this.#closeBlock();
    const [first = EMPTY] = this.#chunks;
    if (this.#chunks.length <= 1) return first;
    const whole = Buffer.concat(this.#chunks, this.#length);
    this.#chunks.splice(0, this.#chunks.length, whole);
    return whole;
  }

  /** The body with the splices made, for the upstream. Call once. */
  take(splices: readonly Splice[]): TakenBody {
    this.#closeBlock();
    const pieces = splices.length === 0 ? this.#chunks : spliced(this.#chunks, splices);
    const chunks = splices.length > MANY_SPLICES ? [Buffer.concat(pieces)] : pieces;
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const unchanged = splices.length === 0 ? this.#hash : undefined;
    const isChanged = splices.length > 0;
    return {
      body: bodyOf(chunks, length),
      length,
      isChanged,
      sha256: () => unchanged?.digest('hex') ?? sha256Of(chunks),
    };
  }
}

function bodyOf(chunks: Buffer[], length: number): TakenBody['body'] {
  const [first] = chunks;
  if (first === undefined || length === 0) return null;
  if (length > ONE_BUFFER_BYTES) return new ChunkStream(chunks);
  return chunks.length === 1 ? first : Buffer.concat(chunks, length);
}

/** SHA-256 of all chunks in turn, lower-case hex. */
export function sha256Of(chunks: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

/** The chunks with each splice's range replaced. Only the pieces' borders move: no byte of the body is copied. */
export function spliced(chunks: readonly Buffer[], splices: readonly Splice[]): Buffer[] {
  const result: Buffer[] = [];
  let offset = 0;
  let next = 0;
  /** End of the last replaced range, in offsets of the whole body. */
  let replacedTo = 0;
  for (const chunk of chunks) {
    const end = offset + chunk.length;
    let from = Math.max(0, replacedTo - offset);
    for (let splice = splices[next]; splice !== undefined && splice.start < end; splice = splices[next]) {
      if (splice.start - offset > from) result.push(chunk.subarray(from, splice.start - offset));
      if (splice.bytes.length > 0) result.push(splice.bytes);
      replacedTo = splice.end;
      from = Math.max(from, Math.min(chunk.length, splice.end - offset));
      next += 1;
    }
    if (from < chunk.length) result.push(from === 0 ? chunk : chunk.subarray(from));
    offset = end;
  }
  for (const splice of splices.slice(next)) result.push(splice.bytes);
  return result;
}

class ChunkStream extends Readable {
  #chunks: Buffer[];
  #next = 0;
  /** What of the next chunk has been handed over. */
  #handed = 0;

  constructor(chunks: Buffer[]) {
    super({ highWaterMark: PIECE_BYTES });
    this.#chunks = chunks;
    // The handler of the call is told of every failure; here it would only bring the process down.
    this.on('error', () => undefined);
  }

  override _read(): void {
    for (;;) {
      const chunk = this.#chunks[this.#next];
      const piece = chunk?.subarray(this.#handed, this.#handed + PIECE_BYTES);
      this.#handed += PIECE_BYTES;
      if (chunk === undefined || this.#handed >= chunk.length) {
        this.#next += 1;
        this.#handed = 0;
      }
      if (!this.push(piece ?? null) || piece === undefined) return;
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#chunks = [];
    callback(error);
  }
}

/**
 * Content encodings of answers, undone on a copy for a meter. The copy may lag behind the bytes that are forwarded; what
 * waits to be decoded and what comes out are bounded, and a fault only ends the decoding.
 */
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { Transform } from 'node:stream';
import type { Zlib } from 'node:zlib';

type Decompressor = Transform & Zlib;

/** Bytes in, decoded bytes to the sink that it was made with. */
export interface Decoding {
  push(chunk: Buffer): void;
  /** The last chunk was pushed. The promise, if any, settles when all that could be decoded has been; never rejects. */
  end(): Promise<void> | undefined;
  readonly fault: 'undecodable' | 'too_large' | undefined;
}

/** Encoded bytes that may wait for the decoder. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** Decoded bytes of one answer: far beyond any real one, to bound what a decompression bomb costs. */
const MAX_DECODED_BYTES = 512 * 1024 * 1024;

class Identity implements Decoding {
  readonly fault = undefined;
  readonly push: (chunk: Buffer) => void;

  constructor(sink: (chunk: Buffer) => void) {
    this.push = sink;
  }

  end(): undefined {
    return undefined;
  }
}

class Undecodable implements Decoding {
  readonly fault = 'undecodable';
  push(): void {}
  end(): undefined {
    return undefined;
  }
}

/** `deflate` is the zlib format (RFC 9110 §8.4.1.2), but some servers send it raw: the first byte tells. */
const isZlibHeader = (byte: number | undefined): boolean => byte !== undefined && (byte & 0x0f) === 8;

class Decompression implements Decoding {
  fault: 'undecodable' | 'too_large' | undefined;
  readonly #create: (first: Buffer) => Decompressor;
  readonly #sink: (chunk: Buffer) => void;
  #stream: Decompressor | undefined;
  #closed: Promise<void> | undefined;
  #decoded = 0;

  constructor(create: (first: Buffer) => Decompressor, sink: (chunk: Buffer) => void) {
    this.#create = create;
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    if (this.fault !== undefined || chunk.length === 0) return;
    this.#stream ??= this.#open(chunk);
    if (this.#stream.writableLength + chunk.length > MAX_WAITING_BYTES) this.#give('too_large');
    else this.#stream.write(chunk);
  }

  end(): Promise<void> | undefined {
    const stream = this.#stream;
    // At an end that comes too early Node throws away what the last bytes had yielded, unless that was asked for before.
    if (this.fault === undefined && stream !== undefined) stream.flush(() => stream.end());
    return this.#closed;
  }

  #open(first: Buffer): Decompressor {
    const stream = this.#create(first);
    stream.on('data', (chunk: Buffer) => {
      this.#decoded += chunk.length;
      if (this.#decoded > MAX_DECODED_BYTES) this.#give('too_large');
      else if (this.fault === undefined) this.#sink(chunk);
    });
    stream.on('error', () => {
      this.fault ??= 'undecodable';
    });
    this.#closed = new Promise((resolve) => {
      stream.once('close', resolve);
    });
    return stream;
  }

  #give(fault: 'too_large'): void {
    this.fault ??= fault;
    this.#stream?.destroy();
  }
}

const decompressors: Readonly<Record<string, (first: Buffer) => Decompressor>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: (first) => (isZlibHeader(first[0]) ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
};

/** The decoding for a `content-encoding` header; unknown and stacked encodings are `undecodable`. */
export function decodingFor(contentEncoding: string | undefined, sink: (chunk: Buffer) => void): Decoding {
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return new Identity(sink);
  const create = Object.hasOwn(decompressors, encoding) ? decompressors[encoding] : undefined;
  return create === undefined ? new Undecodable() : new Decompression(create, sink);
}

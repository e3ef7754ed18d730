/** Content codings, flushed frame by frame so that a compressed stream still streams. */
import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip, createZstdCompress } from 'node:zlib';
import type { Scenario } from './types.ts';

type Encoding = NonNullable<Scenario['encoding']>;

interface Compressor {
  readonly stream: Transform;
  readonly flush: (done: () => void) => void;
}

const compressors: Readonly<Record<Encoding, () => Compressor>> = {
  gzip: () => {
    const stream = createGzip();
    return { stream, flush: (done) => stream.flush(constants.Z_SYNC_FLUSH, done) };
  },
  deflate: () => {
    const stream = createDeflate();
    return { stream, flush: (done) => stream.flush(constants.Z_SYNC_FLUSH, done) };
  },
  br: () => {
    const stream = createBrotliCompress();
    return { stream, flush: (done) => stream.flush(constants.BROTLI_OPERATION_FLUSH, done) };
  },
  zstd: () => {
    const stream = createZstdCompress();
    return { stream, flush: (done) => stream.flush(constants.ZSTD_e_flush, done) };
  },
};

/** One piece for each frame; the coding's trailer is part of the last. */
export async function encode(frames: readonly Buffer[], encoding: Encoding | undefined): Promise<readonly Buffer[]> {
  if (encoding === undefined) return frames;
  const { stream, flush } = compressors[encoding]();
  let pending: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => pending.push(chunk));
  const take = (): Buffer => {
    const piece = Buffer.concat(pending);
    pending = [];
    return piece;
  };
  const pieces: Buffer[] = [];
  for (const frame of frames.slice(0, -1)) {
    stream.write(frame);
    await new Promise<void>((resolve) => {
      flush(resolve);
    });
    pieces.push(take());
  }
  const ended = new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject));
  stream.end(frames.at(-1));
  await ended;
  pieces.push(take());
  return pieces;
}

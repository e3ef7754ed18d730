/** Puts an answer on the wire, as well or as badly as the scenario says. */
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { encode } from './encoding.ts';
import type { Answer, BookedUsage, Scenario } from './types.ts';

/** What delivery reports back while it goes. */
export interface DeliveryEvents {
  head(status: number): void;
  bytes(chunk: Buffer): void;
  /** The answer is held up, as the scenario asked. */
  hanging(): void;
  /** The frame that carries the usage figure is out. */
  usageSent(): void;
  /** A frame is out that carries what the figure is so far. */
  partialUsageSent(usage: BookedUsage): void;
}

/** How it ended, as far as this side knows. */
export type Delivered = 'Complete' | 'Aborted' | 'Broken';

/** Resolves when the answer is out, was broken on purpose, or `gone` fired. */
export async function deliver(
  answer: Answer,
  scenario: Scenario,
  response: ServerResponse,
  gone: AbortSignal,
  released: Promise<void>,
  events: DeliveryEvents,
): Promise<Delivered> {
  const { socket } = response;
  if (scenario.resetBeforeAnswer) {
    socket?.resetAndDestroy();
    return 'Broken';
  }
  if (scenario.garbage === 'InsteadOfAnswer') {
    socket?.end('\x00\x01 this is not HTTP\r\n\r\n\xff\xfe');
    return 'Broken';
  }
  if (scenario.hangBeforeAnswer) {
    await Promise.race([aborted(gone), released]);
    if (gone.aborted) return 'Aborted';
  }
  const streamed = answer.frames.length > 1;
  const frames = scenario.garbage === 'InsteadOfBody' ? [Buffer.from([0xff, 0x00, 0xfe, 0x7b, 0x22])] : answer.frames;
  const pieces = await encode(frames, scenario.encoding);
  const headers: Record<string, string> = { ...answer.headers, ...scenario.headers };
  if (scenario.encoding) headers['content-encoding'] = scenario.encoding;
  if (!streamed) headers['content-length'] ??= String(pieces.reduce((sum, piece) => sum + piece.length, 0));
  response.writeHead(answer.status, headers);
  response.flushHeaders();
  events.head(answer.status);

  const interval = scenario.framesPerSecond ? 1000 / scenario.framesPerSecond : 0;
  const started = performance.now();
  for (const [index, piece] of pieces.entries()) {
    if (index === scenario.hangAfterFrames) {
      events.hanging();
      await Promise.race([aborted(gone), released]);
    }
    if (index === scenario.cutAfterFrames) {
      // Flushes what was written, then closes: in the middle of the body.
      socket?.destroySoon();
      return 'Broken';
    }
    if (interval > 0) await pause(started + index * interval - performance.now(), gone);
    if (gone.aborted) return 'Aborted';
    if (index === answer.usageFrame) events.usageSent();
    const partial = answer.partialUsage?.get(index);
    if (partial !== undefined) events.partialUsageSent(partial);
    for (const chunk of cut(piece, scenario.chunkBytes)) {
      events.bytes(chunk);
      if (!(await write(response, chunk, gone))) return 'Aborted';
      // Each piece its own segment as far as the kernel lets us say so.
      if (scenario.chunkBytes !== undefined) await new Promise(setImmediate);
    }
  }
  await new Promise<void>((resolve) => {
    response.end(resolve);
    if (gone.aborted) resolve();
    else gone.addEventListener('abort', () => resolve(), { once: true });
  });
  return response.writableFinished ? 'Complete' : 'Aborted';
}

function* cut(piece: Buffer, size: number | undefined): Generator<Buffer> {
  if (size === undefined) {
    yield piece;
    return;
  }
  for (let start = 0; start < piece.length; start += size) yield piece.subarray(start, start + size);
}

async function write(response: ServerResponse, chunk: Buffer, gone: AbortSignal): Promise<boolean> {
  if (gone.aborted) return false;
  if (response.write(chunk)) return true;
  const done = new AbortController();
  await Promise.race([
    new Promise<void>((resolve) => {
      response.once('drain', resolve);
    }),
    aborted(gone, done.signal),
  ]);
  done.abort();
  return !gone.aborted;
}

async function pause(milliseconds: number, gone: AbortSignal): Promise<void> {
  if (milliseconds <= 0) return;
  await delay(milliseconds, undefined, { signal: gone }).catch(() => {});
}

function aborted(gone: AbortSignal, unless?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) resolve();
    else gone.addEventListener('abort', () => resolve(), { once: true, ...(unless && { signal: unless }) });
  });
}

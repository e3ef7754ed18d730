/** The upstream's answers by request line, made once. */
import { streamCalls, wholeCalls } from './payloads/index.ts';
import { wholeAnswer } from './payloads/openai.ts';
import { OPAQUE, streamHead, wholeBytes } from './payloads/wire.ts';

/** A stream as it goes over the socket. */
export interface PreparedStream {
  /** Head and first words. */
  readonly begin: Buffer;
  readonly chunk: Buffer;
  /** How often it ticks before it ends by itself. */
  readonly ticks: number;
  tail(withUsage: boolean): Buffer;
}

/**
 * Takes from a call's query: `down=<bytes>`, a chat answer with that much text; `opaque=1`, a content type that nobody
 * meters; `ticks=<count>`, a stream that ends by itself.
 */
export class PreparedAnswers {
  readonly #streams = new Map<string, PreparedStream | undefined>();
  readonly #wholes = new Map<string, Buffer>();

  /** Undefined when the call is to be answered at once. `asked`: its body asks for a stream. */
  stream(line: string, asked: boolean): PreparedStream | undefined {
    const byPath = /:stream|-stream/.test(line);
    if (!asked && !byPath) return undefined;
    if (this.#streams.has(line)) return this.#streams.get(line);
    const prepared = prepareStream(line);
    this.#streams.set(line, prepared);
    return prepared;
  }

  whole(line: string): Buffer {
    const known = this.#wholes.get(line);
    if (known !== undefined) return known;
    const bytes = prepareWhole(line);
    this.#wholes.set(line, bytes);
    return bytes;
  }
}

function prepareStream(line: string): PreparedStream | undefined {
  const call = streamCalls.find(({ path }) => line.startsWith(`POST ${path}`));
  if (call === undefined) return undefined;
  const head = streamHead(line.includes('opaque=1') ? OPAQUE : call.contentType);
  const ticks = /[?&]ticks=(\d+)/.exec(line)?.[1];
  const [withUsage, without] = [call.tail(true), call.tail(false)];
  return {
    begin: Buffer.concat([head, call.begin, call.chunk]),
    chunk: call.chunk,
    ticks: ticks === undefined ? Infinity : Number(ticks),
    tail: (asked) => (asked ? withUsage : without),
  };
}

function prepareWhole(line: string): Buffer {
  const bytes = /[?&]down=(\d+)/.exec(line)?.[1];
  const call = wholeCalls.find(({ path }) => line.startsWith(`POST ${path}`));
  if (bytes !== undefined || call === undefined) return wholeAnswer(Number(bytes ?? 300));
  return wholeBytes(call.answer, line.includes('opaque=1') ? OPAQUE : undefined);
}

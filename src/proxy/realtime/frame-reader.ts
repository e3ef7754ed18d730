/**
 * A push reader of WebSocket frames (RFC 6455 §5) in one direction. It holds the head of one frame at most; payloads are
 * told in the pieces in which they come, and control frames that stand between the fragments of a message are passed over.
 */

/** Hears the messages of one direction. */
export interface MessageSink {
  /** A piece of a message's payload, unmasked; may be empty. `last`: the message ends with it. */
  message(piece: Buffer, last: boolean): void;
}

const CONTINUATION = 0x0;
const BINARY = 0x2;
const CLOSE = 0x8;
const PONG = 0xa;
const MAX_HEAD_BYTES = 14;
const EMPTY = Buffer.alloc(0);

export class FrameReader {
  readonly #masked: boolean;
  readonly #sink: MessageSink | undefined;
  readonly #head = Buffer.alloc(MAX_HEAD_BYTES);
  #headBytes = 0;
  /** Bytes that the present frame's head has, as far as is known. */
  #headLength = 2;
  /** Bytes of the present payload that have not come; -1 between frames. */
  #rest = -1;
  #isControl = false;
  #isFinal = false;
  /** A message has begun and not ended. */
  #inMessage = false;
  /** Where in the mask the next byte of the payload is. */
  #maskAt = 0;
  #fault: string | undefined;
  #closed = false;
  #bytesBehindClose = 0;

  /** `masked`: the direction is the client's, whose frames must be masked. Without a sink payloads are not looked at. */
  constructor(masked: boolean, sink: MessageSink | undefined) {
    this.#masked = masked;
    this.#sink = sink;
  }

  /** What is wrong with the bytes so far; bytes after it are not looked at. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** A close frame has come: nothing of meaning follows (RFC 6455 §5.5.1). */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many bytes at the end of the last chunk are behind a close frame, so that nobody has looked at them. */
  get bytesBehindClose(): number {
    return this.#bytesBehindClose;
  }

  /** Whether a control frame may be put in here. */
  get isBetweenFrames(): boolean {
    return this.#fault === undefined && !this.#closed && this.#rest < 0 && this.#headBytes === 0;
  }

  /** Whether a message may be put in here. */
  get isBetweenMessages(): boolean {
    return this.isBetweenFrames && !this.#inMessage;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (this.#fault === undefined && !this.#closed) {
      if (this.#rest < 0) {
        at = this.#takeHead(chunk, at);
        if (this.#rest < 0 || this.#fault !== undefined) return;
      }
      if (at === chunk.length && this.#rest > 0) return;
      const end = Math.min(chunk.length, at + this.#rest);
      this.#rest -= end - at;
      if (!this.#isControl) this.#tell(chunk, at, end);
      at = end;
      if (this.#rest === 0) this.#endFrame();
    }
    if (this.#closed) this.#bytesBehindClose = chunk.length - at;
  }

  /** Takes bytes of a frame's head. Returns the next index. */
  #takeHead(chunk: Buffer, from: number): number {
    const head = this.#head;
    let at = from;
    while (at < chunk.length) {
      head[this.#headBytes] = chunk[at] as number;
      this.#headBytes += 1;
      at += 1;
      if (this.#headBytes === 2 && !this.#knowKind()) return at;
      if (this.#headBytes === this.#headLength) {
        this.#beginFrame();
        return at;
      }
    }
    return at;
  }

  /** Looks at the first two bytes of a head. False: nothing may follow them. */
  #knowKind(): boolean {
    const [first = 0, second = 0] = this.#head;
    const opcode = first & 0x0f;
    this.#isFinal = (first & 0x80) !== 0;
    this.#isControl = opcode >= CLOSE;
    this.#fault = this.#faultOf(first, second, opcode);
    this.#headLength = 2 + lengthBytes(second) + (this.#masked ? 4 : 0);
    return this.#fault === undefined;
  }

  #beginFrame(): void {
    this.#rest = this.#payloadLength((this.#head[1] as number) & 0x7f);
    this.#maskAt = 0;
    if (!Number.isSafeInteger(this.#rest)) this.#fault = 'a frame that is too large';
    if (!this.#isControl) this.#inMessage = true;
  }

  #payloadLength(short: number): number {
    if (short === 126) return this.#head.readUInt16BE(2);
    return short === 127 ? this.#head.readUInt32BE(2) * 0x1_0000_0000 + this.#head.readUInt32BE(6) : short;
  }

  #faultOf(first: number, second: number, opcode: number): string | undefined {
    if ((first & 0x70) !== 0) return 'a frame with an extension that was not agreed on';
    if (opcode > PONG || (opcode > BINARY && opcode < CLOSE)) return 'a frame of an unknown kind';
    if (second >> 7 !== (this.#masked ? 1 : 0)) return `a frame that is ${this.#masked ? 'not ' : ''}masked`;
    if (this.#isControl)
      return this.#isFinal && (second & 0x7f) <= 125 ? undefined : 'a control frame that is too large';
    return (opcode === CONTINUATION) === this.#inMessage ? undefined : 'a fragment out of its place';
  }

  #tell(chunk: Buffer, from: number, to: number): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    const last = this.#isFinal && this.#rest === 0;
    if (from === to && !last) return;
    sink.message(this.#masked ? this.#unmasked(chunk, from, to) : chunk.subarray(from, to), last);
  }

  /** A copy: the client's bytes travel on as they are. */
  #unmasked(chunk: Buffer, from: number, to: number): Buffer {
    if (from === to) return EMPTY;
    const copy = Buffer.allocUnsafe(to - from);
    const mask = this.#head;
    const begin = this.#headLength - 4;
    let at = this.#maskAt;
    for (let i = from; i < to; i += 1) {
      copy[i - from] = (chunk[i] as number) ^ (mask[begin + at] as number);
      at = (at + 1) & 3;
    }
    this.#maskAt = at;
    return copy;
  }

  #endFrame(): void {
    if (!this.#isControl && this.#isFinal) this.#inMessage = false;
    if (((this.#head[0] as number) & 0x0f) === CLOSE) this.#closed = true;
    this.#rest = -1;
    this.#headBytes = 0;
    this.#headLength = 2;
  }
}

/** Bytes of the extended length (RFC 6455 §5.2) behind the second byte of a head. */
function lengthBytes(second: number): number {
  const short = second & 0x7f;
  return short === 127 ? 8 : short === 126 ? 2 : 0;
}

/** What an upstream hears, answers and is told to do wrong. Nothing here belongs to one provider's protocol. */

/** One request as it came over the socket. */
export interface ReceivedRequest {
  readonly method: string;
  /** Request target, byte for byte. */
  readonly target: string;
  readonly httpVersion: string;
  /** Names and values alternating, in the order and spelling in which they came. */
  readonly rawHeaders: readonly string[];
  /** The whole body, after transfer decoding only. */
  readonly body: Buffer;
  /** First value of a header by lower-case name. */
  header(name: string): string | undefined;
}

/** What a wire answers, before anything goes wrong on purpose. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body in the pieces in which the provider would flush it: events of a stream, else a single piece. */
  readonly frames: readonly Buffer[];
  /** Entered in the book when the frame with the figure has been handed to the socket. */
  readonly usage?: BookedUsage;
  /** Index of the frame that carries the usage figure; absent when no frame shows it. */
  readonly usageFrame?: number;
  /** Figures that frames before {@link usageFrame} carry: the last that went out is booked when the answer breaks off. */
  readonly partialUsage?: ReadonlyMap<number, BookedUsage>;
}

/**
 * Tokens as the provider itself counts them; `input` includes what was read from a cache (`cached`) and what was written to
 * one, `output` includes `reasoning`.
 */
export interface BookedUsage {
  readonly model: string;
  readonly input: number;
  readonly cached: number;
  /** Written to a cache to live for five minutes, for an hour, or for a time that is not told. */
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly cacheWrite?: number;
  readonly output: number;
  readonly reasoning: number;
  /** Audio among the uncached input, the cached input and the output. */
  readonly audio?: { readonly input?: number; readonly cachedInput?: number; readonly output?: number };
}

/** A message of an upstream over a WebSocket. */
export interface SocketMessage {
  readonly text: string;
  /** Entered in the book when the message has been handed to the socket. */
  readonly usage?: BookedUsage;
}

/** One side of a WebSocket: what it says of itself and what it answers. */
export interface Dialogue {
  /** The subprotocol that it chooses. */
  readonly protocol: string | undefined;
  opened(): readonly SocketMessage[];
  heard(text: string): readonly SocketMessage[];
}

/** A protocol that this upstream can speak: a pure function from request to answer. */
export interface UpstreamWire {
  /** The key that the request carries, however the protocol carries it. */
  presentedKey(request: ReceivedRequest): string | undefined;
  answer(request: ReceivedRequest, scenario: Scenario): Answer | Promise<Answer>;
  /** What a WebSocket's handshake leads to; absent: the protocol has no WebSocket. */
  converse?(request: ReceivedRequest, scenario: Scenario): Dialogue | Answer;
  /** The provider's own answer to a wrong or missing key. */
  unauthorized(presented: string | undefined): Answer;
  /** The provider's own answer with an error status. */
  error(status: number): Answer;
}

/**
 * A part of what a model says, in the pieces in which a stream brings it. Pieces may end anywhere, also between the halves
 * of a surrogate pair.
 */
export type SaidBlock =
  | { readonly text: readonly string[] }
  | { readonly thinking: readonly string[] }
  /** A call of the tool `name` (default `get_weather`); the pieces, joined, are JSON. */
  | { readonly toolArguments: readonly string[]; readonly name?: string };

/**
 * What an upstream does to one request. Everything is optional; without a word it behaves. In a request it travels as
 * JSON in the header {@link scenarioHeader}.
 */
export interface Scenario {
  /** Answer with this error in the provider's own shape. */
  readonly error?: number;
  /** Extra or replaced response headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Compress the body; streams are flushed after every frame. */
  readonly encoding?: 'gzip' | 'br' | 'zstd' | 'deflate';
  /** Cut the body into pieces of this many bytes, each its own write. */
  readonly chunkBytes?: number;
  /** Frames a second; without it as fast as they are taken. */
  readonly framesPerSecond?: number;
  /**
   * What the model says, for each choice (candidate); APIs with one answer take the first. InvokeModel of other families
   * than Claude, and `completions`, take the texts alone. Default: words of the upstream's own.
   */
  readonly says?: readonly (readonly SaidBlock[])[];
  /** Every character of {@link says} is written as an escape of JSON, such as `\u0040`. */
  readonly escapes?: boolean;
  /** Number of content chunks of a stream. Default 4. */
  readonly contentFrames?: number;
  /** Pad the generated text so that the body has at least this many bytes. */
  readonly bodyBytes?: number;
  /** Where the usage figure of a stream goes. Default: as the provider's API says. */
  readonly streamUsage?: 'Never' | 'EveryChunk' | 'FinishChunk';
  /** End a stream with the provider's own error after this many frames. */
  readonly streamErrorAfterFrames?: number;
  /** Leave `usage` out of a whole (not streamed) answer. */
  readonly withoutUsage?: boolean;
  /** Tokens to report; otherwise they follow from the request. */
  readonly usage?: Partial<Omit<BookedUsage, 'model'>>;
  /** Never answer; hold the request until the caller goes. */
  readonly hangBeforeAnswer?: boolean;
  /** Send the head and this many frames, then nothing more, until the caller goes or {@link UpstreamServer.release}. */
  readonly hangAfterFrames?: number;
  /** Send the head and this many frames, then close the connection in the middle of the body. */
  readonly cutAfterFrames?: number;
  /** Reset the connection (RST) instead of an answer. */
  readonly resetBeforeAnswer?: boolean;
  /** Send bytes that are not HTTP. */
  readonly garbage?: 'InsteadOfAnswer' | 'InsteadOfBody';
  /** Read the request body no faster than this. */
  readonly readBytesPerSecond?: number;
  /** Answer without having read the request body to its end. */
  readonly answerEarly?: boolean;
}

/** Request header with a {@link Scenario} as JSON. */
export const scenarioHeader = 'x-upstream-scenario';

/** Everything that is known about one request after the fact. */
export interface Exchange {
  readonly request: ReceivedRequest;
  /** Set when the head of an answer went out. */
  readonly status: number | undefined;
  /** Body bytes handed to the socket: after compression, before transfer encoding. */
  readonly sent: Buffer;
  /** How many bytes that are so far, also where {@link Exchange.sent} is not remembered. */
  readonly sentBytes: number;
  /** `Open` until it ended. `Aborted`: the caller went before the end. `Broken`: this upstream broke it on purpose. */
  readonly outcome: 'Open' | 'Complete' | 'Aborted' | 'Broken';
  /** The answer is held up on purpose ({@link Scenario.hangAfterFrames}). */
  readonly isHanging: boolean;
  /** What was entered in the book for it; `final: false` when the answer broke off before its last figure. */
  readonly booked: { readonly usage: BookedUsage; readonly final: boolean } | undefined;
}

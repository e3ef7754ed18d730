/**
 * `Wire` is the seam that keeps a provider's protocol out of everything else. A wire is stateless; one object per
 * protocol. It sees heads and bytes, never sockets, and knows nothing of Kubernetes.
 */
import type { ProviderEntry } from '../table/types.ts';
import type { MeteredUsage } from '../usage/record.ts';

/** OpenTelemetry `gen_ai.operation.name` where one exists, else the API's own word. Bounded: it is a metric label. */
export type OperationName =
  | 'chat'
  | 'text_completion'
  | 'generate_content'
  | 'responses'
  | 'realtime'
  | 'count_tokens'
  | 'rerank'
  | 'apply_guardrail'
  | 'embeddings'
  | 'moderation'
  | 'image'
  | 'audio'
  | 'files'
  | 'batches'
  | 'models'
  | 'other';

/**
 * Whose API a call speaks, which is not always the provider's: Bedrock's `/openai/*` and `/anthropic/*` and Google's
 * `/openai/*` speak another's. It decides the shape of errors and answers.
 */
export type APIFamily = 'OpenAI' | 'Anthropic' | 'Google' | 'Bedrock';

/** The request as the wire sees it: the provider's own API path, nothing of the gateway's prefix. */
export interface UpstreamRequestHead {
  readonly method: string;
  /** Raw path after the provider segment: empty or beginning with `/`. Percent-encoding as sent. */
  readonly path: string;
  /** Raw query without `?`; empty when there is none. */
  readonly query: string;
  /** Whether a body follows, of whatever length and framing. */
  readonly hasBody: boolean;
  /** First value of a header by lower-case name. */
  header(name: string): string | undefined;
}

/** Where the model of a request is named. */
export type ModelLocation =
  /** Top-level string member `model` of a JSON body. */
  | { readonly in: 'JSONBody' }
  /** A form field of a `multipart/form-data` body. */
  | { readonly in: 'Multipart'; readonly field: string }
  /** Already known from path or query. */
  | { readonly in: 'Head'; readonly model: string }
  /** The call has none. `allowlisted` says what an allowlist makes of it: `Pass` (harmless), `Refuse` (cannot be checked). */
  | { readonly in: 'None'; readonly allowlisted: 'Pass' | 'Refuse' };

/** What a request is, decided from its head alone. */
export interface Operation {
  readonly name: OperationName;
  readonly api: APIFamily;
  /** The call goes to {@link Wire.controlPlaneURL} instead of the base URL. */
  readonly controlPlane?: true;
  readonly model: ModelLocation;
  /** Whether answers carry token usage that must be metered. */
  readonly metered: boolean;
  /** Whether a streamed answer needs `usage` to be asked for in the body (OpenAI chat and completions). */
  readonly usageOnRequest: boolean;
  /** The answer is a list of models, to be filtered when an allowlist is set. */
  readonly modelList: boolean;
  /** Answers hold URLs of this API that the client calls next: see {@link Wire.leadThrough}. */
  readonly urlsInBody?: true;
  /** Why no such call can pass a gateway, ready for the caller; it is refused. */
  readonly unsupported?: string;
}

/** A replacement of the bytes `[start, end)` of the whole body; `start === end` inserts. Sorted, not overlapping. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
}

/** A push scanner over a request body. Bounded memory; chunks may be cut anywhere, also inside a UTF-8 sequence. */
export interface BodyScanner {
  push(chunk: Buffer): void;
  /** Call once after the last chunk. */
  end(): BodyScan;
}

/** `Invalid` messages are ready for the caller: they say what is wrong and where (byte offset), and quote no body text. */
export type BodyScan =
  | {
      readonly kind: 'Valid';
      readonly model: string | undefined;
      /** Models that tools of the request run (`tools[].model`). Only looked for while an allowlist is set. */
      readonly toolModels: readonly string[];
      readonly stream: boolean;
      /** Edits that make the upstream report usage for this stream. Empty when none is needed or wanted. */
      readonly splices: readonly Splice[];
      /** True when `splices` ask for a usage chunk that the client did not ask for, which must be stripped again. */
      readonly stripUsage: boolean;
    }
  | { readonly kind: 'Invalid'; readonly message: string };

/** Reads usage from the bytes of a response as they pass. Never throws, never delays, never changes a byte. */
export interface Meter {
  /**
   * The bytes so far end in the middle of something that nothing can be added to: an answer that fails now has to be cut.
   * Absent: {@link Wire.streamError} can be told at any point.
   */
  readonly isCutOff?: boolean;
  push(chunk: Buffer): void;
  /** The answer ended; `how` says whether whole. Call once. A promise when a decompressor has to be flushed. */
  finish(how: 'Complete' | 'ClientDisconnected' | 'UpstreamFailed'): MeteredUsage | Promise<MeteredUsage>;
}

/** Usage of one response within a WebSocket; each is counted on its own. */
export interface ResponseUsage {
  readonly usage: Exclude<MeteredUsage, { kind: 'NotMetered' }>;
  /** The model that was used, when it is another than the one that the WebSocket was opened for. */
  readonly otherModel?: string;
}

/** What a message of a client's is. `Unreadable` messages are ready for the caller. */
export type ClientMessageScan =
  | { readonly kind: 'Valid'; readonly models: readonly string[] }
  | { readonly kind: 'Unreadable'; readonly message: string };

/**
 * Watches what passes through one WebSocket, message by message, in pieces that may be cut anywhere (also inside a UTF-8
 * sequence). Bounded memory; never throws, never delays, never changes a byte.
 */
export interface WebSocketWatch {
  /** Whether messages of the client have to be looked at: an allowlist is set. */
  readonly watchesClient: boolean;
  /** A piece of a client's message; `last` ends it, and then the answer says which models it names. */
  clientMessage(piece: Buffer, last: boolean): ClientMessageScan | undefined;
  upstreamMessage(piece: Buffer, last: boolean): void;
  /** The usage that was reported since the last call. */
  take(): readonly ResponseUsage[];
  /** Responses that have begun and whose usage has not come. */
  readonly pending: number;
  /** A refusal as the message with which the upstream would tell an error. */
  errorMessage(refusal: Refusal): Buffer;
}

/** Removes exactly the usage chunk that the gateway asked for; every other byte passes as it came, without delay. */
export interface StreamFilter {
  /** Bytes to send on now, in order; possibly none. Bytes of an event that may still be the usage chunk are held. */
  push(chunk: Buffer): readonly Buffer[];
  /** What was held when the upstream ended or failed. */
  end(): readonly Buffer[];
}

/** What of the upstream's answer a meter or filter needs to know. */
export interface UpstreamResponseHead {
  readonly status: number;
  /** First value of a header by lower-case name. */
  header(name: string): string | undefined;
}

/** A refusal of the gateway's own, before it has a shape. */
export interface Refusal {
  readonly status: number;
  /** `x-tidegate-error`, for example `ModelNotAllowed`. */
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
}

export interface RefusalBody {
  readonly contentType: string;
  /** Further headers that belong to the shape. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** Credentials of AWS as they sign. Never logged, never part of an error. */
export interface SigningCredentials {
  readonly accessKeyID: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A request that is whole but for its signature. */
export interface UnsignedRequest {
  readonly method: string;
  /** Host and port as the `Host` header will say it. */
  readonly host: string;
  /** Path and query, as they will be sent. */
  readonly path: string;
  /** Names and values in turn, as they will be sent. */
  readonly headers: readonly string[];
  /** SHA-256 of the body as it will be sent, lower-case hex. */
  readonly bodySHA256: string;
}

/** The call that shows whether a provider is reachable with its credentials. */
export interface ConnectionTestCall {
  /** Absolute: the base URL joined as for any other call, or another host of the provider (STS). */
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** Without the credential's, which the gateway adds as for any other call. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** For the credential and the shape of errors. */
  readonly operation: Operation;
  /** Whether the provider bills it. */
  readonly billed: boolean;
}

/** What a provider answered to a {@link ConnectionTestCall}. */
export interface ConnectionTestAnswer extends UpstreamResponseHead {
  /** Decoded, cut to 64 KiB. */
  readonly body: string;
}

/** What an answer to a connection test means. */
export type ConnectionTestFinding =
  | { readonly kind: 'Passed' }
  /** `message` is the provider's own; `hint` says what to do, when there is something to say. */
  | { readonly kind: 'Failed'; readonly message: string; readonly hint?: string };

/** See {@link Wire.continuations}. */
export interface Continuation {
  /** Lower-case name of the header. */
  readonly header: string;
  /** Begins with `/`. */
  readonly path: string;
}

export interface Wire {
  /** Which API call this is and where its model is. Total: an unknown path is operation `other`. */
  classify(head: UpstreamRequestHead, entry: ProviderEntry): Operation;
  /**
   * Path and query of the upstream request: those of `baseURL` joined with the head's, folding one duplicated version
   * segment. Begins with `/`. Encoding untouched.
   */
  joinPath(entry: ProviderEntry, head: UpstreamRequestHead): string;
  /**
   * Provider credential headers of a call in the API `api`, as name/value pairs. Empty for an entry without a credential,
   * and for one whose credential signs.
   */
  credentialHeaders(entry: ProviderEntry, api: APIFamily): readonly (readonly [name: string, value: string])[];
  /**
   * Absolute base URL, without a trailing slash, for calls whose operation says `controlPlane`. Absent or undefined: this
   * provider has no such host.
   */
  controlPlaneURL?(entry: ProviderEntry): string | undefined;
  /**
   * The headers that sign a request, as name/value pairs; they replace those of the same name. Present only on wires whose
   * credential signs.
   */
  sign?(
    entry: ProviderEntry,
    request: UnsignedRequest,
    credentials: SigningCredentials,
    now: Date,
  ): readonly (readonly [name: string, value: string])[];
  /** Lower-case names of request headers that only the gateway may set for this wire. */
  readonly credentialHeaderNames: ReadonlySet<string>;
  /**
   * Scanner for the body of `operation`, or undefined when its body need not be looked at. An `Invalid` scan is always
   * to be refused. The scanner reads the type and encoding that the first `content-type` and `content-encoding` header
   * say: a request that has one of them twice must not get here.
   */
  bodyScanner(operation: Operation, head: UpstreamRequestHead, entry: ProviderEntry): BodyScanner | undefined;
  /** Meter for an answer, or undefined when it bills nothing. */
  meter(operation: Operation, response: UpstreamResponseHead): Meter | undefined;
  /**
   * Filter for a streamed answer whose usage chunk the gateway asked for (`stripUsage`); undefined when the answer is no
   * such stream. A compressed answer cannot be filtered: send `accept-encoding: identity` upstream with every request
   * whose scan says `stripUsage`.
   */
  usageFilter(operation: Operation, response: UpstreamResponseHead): StreamFilter | undefined;
  /**
   * Watch for the WebSocket that `operation` opens. Absent or undefined: this call is not made over WebSocket, and one
   * that tries is refused.
   */
  webSocketWatch?(operation: Operation, entry: ProviderEntry): WebSocketWatch | undefined;
  /**
   * A model list cut down to the allowlist by splicing bytes; undefined when the body is of no known shape. The body must
   * be decoded: send `accept-encoding: identity` upstream with every `modelList` request while an allowlist is set.
   */
  filterModelList(body: Buffer, entry: ProviderEntry, operation: Operation): Buffer | undefined;
  /** Without a model a call that the provider does not bill, with one the least that it bills. */
  connectionTest(entry: ProviderEntry, model: string | undefined): ConnectionTestCall;
  /** What the answer to {@link Wire.connectionTest} means. */
  connectionTestFinding(
    entry: ProviderEntry,
    call: ConnectionTestCall,
    answer: ConnectionTestAnswer,
  ): ConnectionTestFinding;
  /** A refusal in the provider's own error shape. */
  refusal(refusal: Refusal, operation: Operation | undefined): RefusalBody;
  /**
   * A failure after the answer has begun, in the stream's own form; undefined when the answer is not a stream.
   * `bodyBegun`: whether bytes of the body have gone out; default true.
   */
  streamError(
    refusal: Refusal,
    operation: Operation,
    response: UpstreamResponseHead,
    bodyBegun?: boolean,
  ): Buffer | undefined;
  /**
   * Headers of an answer whose value is a URL of this API that the client calls next (where a resumable upload goes on),
   * each with the path and query by which to call it through the gateway. Absent: this API has none.
   */
  continuations?(entry: ProviderEntry, response: UpstreamResponseHead): readonly Continuation[];
  /**
   * A decoded answer of a call whose operation says `urlsInBody`, with those URLs at `gatewayURL`, the provider's own at the
   * gateway; all other bytes as they came.
   */
  leadThrough?(body: Buffer, gatewayURL: string): Buffer;
}

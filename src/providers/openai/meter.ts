import type { MeteredUsage } from '../../usage/record.ts';
import { type Decoding, decodingFor } from '../../usage/decoding.ts';
import { isJSONType, parseContentType } from '../shared/content-type.ts';
import { type EventSink, EventStreamReader } from '../shared/event-stream.ts';
import { JSONScanner } from '../shared/json-scanner.ts';
import { namesOfInterest } from '../shared/json-visitor.ts';
import { mayHoldUsage } from '../shared/usage-token.ts';
import type { Meter, UpstreamResponseHead } from '../wire.ts';
import { USAGE_HOLDERS, type UsageFindings, UsageMembers } from './usage-members.ts';

const SCAN = {
  reportDepth: 2,
  maxDepth: 1024,
  validateUTF8: false,
  nameLengths: namesOfInterest('usage', 'model', ...USAGE_HOLDERS),
} as const;

/** Reads the body of an answer; how depends on its shape. */
interface AnswerReader {
  push(chunk: Buffer): void;
  end(): void;
  /** The bytes were not of the shape that the answer claimed. */
  readonly unparsable: boolean;
}

class JSONAnswer implements AnswerReader {
  readonly #scanner: JSONScanner;

  constructor(findings: UsageFindings) {
    this.#scanner = new JSONScanner(new UsageMembers(findings), SCAN);
  }

  get unparsable(): boolean {
    return this.#scanner.fault !== undefined;
  }

  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  end(): void {
    this.#scanner.end();
  }
}

class StreamedAnswer implements AnswerReader, EventSink {
  readonly unparsable = false;
  readonly #findings: UsageFindings;
  readonly #reader = new EventStreamReader(this);
  /** Scanner of an event that comes in pieces. */
  #scanner: JSONScanner | undefined;

  constructor(findings: UsageFindings) {
    this.#findings = findings;
  }

  push(chunk: Buffer): void {
    if (!this.#canSkip(chunk)) this.#reader.push(chunk);
  }

  end(): void {
    this.#reader.end();
  }

  /** The common case: whole events, none of which can hold a figure. */
  #canSkip(chunk: Buffer): boolean {
    return this.#findings.model !== undefined && this.#reader.wouldEndBetweenEvents(chunk) && !mayHoldUsage(chunk);
  }

  data(piece: Buffer, first: boolean, last: boolean): void {
    if (first) {
      const skip = last && this.#findings.model !== undefined && !mayHoldUsage(piece);
      this.#scanner = skip ? undefined : new JSONScanner(new UsageMembers(this.#findings), SCAN);
    }
    this.#scanner?.push(piece);
    if (last) this.#scanner = undefined;
  }
}

/** An answer of a type that carries no usage: speech, plain transcripts. */
class OpaqueAnswer implements AnswerReader {
  readonly unparsable = false;
  push(): void {}
  end(): void {}
}

function readerFor(response: UpstreamResponseHead, findings: UsageFindings): AnswerReader {
  const { essence } = parseContentType(response.header('content-type'));
  if (essence === 'text/event-stream') return new StreamedAnswer(findings);
  return essence === '' || isJSONType(essence) ? new JSONAnswer(findings) : new OpaqueAnswer();
}

/** Meter for every OpenAI answer that can carry usage, whole or streamed. */
export class OpenAIMeter implements Meter {
  readonly #findings: UsageFindings = { tokens: undefined, model: undefined, malformed: false, tooLarge: false };
  readonly #reader: AnswerReader;
  readonly #decoding: Decoding;

  constructor(response: UpstreamResponseHead) {
    const reader = readerFor(response, this.#findings);
    this.#reader = reader;
    this.#decoding = decodingFor(response.header('content-encoding'), (chunk) => reader.push(chunk));
  }

  push(chunk: Buffer): void {
    this.#decoding.push(chunk);
  }

  finish(how: 'Complete' | 'ClientDisconnected' | 'UpstreamFailed'): MeteredUsage | Promise<MeteredUsage> {
    const ended = this.#decoding.end();
    return ended === undefined ? this.#conclude(how) : ended.then(() => this.#conclude(how));
  }

  #conclude(how: 'Complete' | 'ClientDisconnected' | 'UpstreamFailed'): MeteredUsage {
    this.#reader.end();
    const { tokens, model, malformed, tooLarge } = this.#findings;
    const named = model === undefined ? {} : { model };
    if (tokens !== undefined) return { kind: 'Metered', tokens, ...named };
    const missing = (reason: Extract<MeteredUsage, { kind: 'Missing' }>['reason']): MeteredUsage => ({
      kind: 'Missing',
      reason,
      ...named,
    });
    if (tooLarge || this.#decoding.fault === 'too_large') return missing('too_large');
    if (malformed) return missing('unparsable');
    if (how === 'ClientDisconnected') return missing('client_disconnected');
    if (how === 'UpstreamFailed') return missing('upstream_failed');
    if (this.#decoding.fault === 'undecodable') return missing('undecodable');
    return missing(this.#reader.unparsable ? 'unparsable' : 'not_reported');
  }
}

import { type Decoding, decodingFor } from '../../usage/decoding.ts';
import type { AudioTokens, MeteredUsage, TokenCounts, UsageMissingReason, UsagePart } from '../../usage/record.ts';
import type { Meter, UpstreamResponseHead } from '../wire.ts';
import { type AnswerReader, answerReader, type DocumentListener } from './answer-reader.ts';

/** What the documents of one answer have said about its usage so far. */
export interface UsageFindings {
  readonly tokens: TokenCounts | undefined;
  readonly model: string | undefined;
  readonly serviceTier?: string | undefined;
  readonly audio?: AudioTokens | undefined;
  readonly parts?: readonly UsagePart[] | undefined;
  /** A figure was there that could not be read. */
  readonly malformed: boolean;
  /** A figure was there that was too large to hold. */
  readonly tooLarge: boolean;
  /** The figures are those of an answer that was still going on. */
  readonly provisional?: boolean;
  /** The answer itself tells that it failed. */
  readonly failed?: boolean;
}

/** A listener that knows what it has heard. */
export interface UsageListener extends DocumentListener {
  readonly findings: UsageFindings;
}

/** How an answer ended. */
export type AnswerEnd = Parameters<Meter['finish']>[0];

/** What of an answer's transport stands in the way of its figures. */
interface Obstacles {
  readonly decoding: Decoding['fault'];
  readonly unparsable: boolean;
}

/** Why there is no figure, or no final one. */
function reasonFor(findings: UsageFindings, how: AnswerEnd, obstacles: Obstacles): UsageMissingReason {
  if (findings.tooLarge || obstacles.decoding === 'too_large') return 'too_large';
  if (findings.malformed) return 'unparsable';
  if (how === 'ClientDisconnected') return 'client_disconnected';
  if (how === 'UpstreamFailed') return 'upstream_failed';
  if (obstacles.decoding === 'undecodable') return 'undecodable';
  if (findings.failed === true) return 'upstream_failed';
  if (obstacles.unparsable) return 'unparsable';
  return findings.provisional === true ? 'upstream_failed' : 'not_reported';
}

/** The usage of an answer that ended, from what was found in it. */
export function concludeUsage(findings: UsageFindings, how: AnswerEnd, obstacles: Obstacles): MeteredUsage {
  const { tokens, model, serviceTier, audio, parts, provisional = false } = findings;
  const named = model === undefined ? {} : { model };
  if (tokens === undefined) return { kind: 'Missing', reason: reasonFor(findings, how, obstacles), ...named };
  return {
    kind: 'Metered',
    tokens,
    ...named,
    ...(serviceTier !== undefined && { serviceTier }),
    ...(audio !== undefined && { audio }),
    ...(parts !== undefined && { parts }),
    ...(provisional && { incomplete: reasonFor(findings, how, obstacles) }),
  };
}

/** Meter for answers in JSON, whole or as a stream of documents, in any content encoding. */
export class AnswerMeter implements Meter {
  readonly #listener: UsageListener;
  readonly #reader: AnswerReader;
  readonly #decoding: Decoding;
  /** The reader threw: a defect, which must not become the answer's. */
  #broken = false;

  /** `reader`: for an answer of a form that {@link answerReader} does not know. */
  constructor(
    response: UpstreamResponseHead,
    listener: UsageListener,
    reader: AnswerReader = answerReader(response, listener),
  ) {
    this.#listener = listener;
    this.#reader = reader;
    this.#decoding = decodingFor(response.header('content-encoding'), (chunk) => this.#read(chunk));
  }

  push(chunk: Buffer): void {
    this.#decoding.push(chunk);
  }

  finish(how: AnswerEnd): MeteredUsage | Promise<MeteredUsage> {
    const ended = this.#decoding.end();
    return ended === undefined ? this.#conclude(how) : ended.then(() => this.#conclude(how));
  }

  #conclude(how: AnswerEnd): MeteredUsage {
    this.#read(undefined);
    const unparsable = this.#broken || this.#reader.unparsable;
    return concludeUsage(this.#listener.findings, how, { decoding: this.#decoding.fault, unparsable });
  }

  /** The next decoded bytes, or their end. What decodes calls from an event of its own, where nobody else catches. */
  #read(chunk: Buffer | undefined): void {
    if (this.#broken) return;
    try {
      if (chunk === undefined) this.#reader.end();
      else this.#reader.push(chunk);
    } catch {
      this.#broken = true;
    }
  }
}

import type { AudioTokens, TokenCounts } from '../../usage/record.ts';
import { decodeJSON, decodeJSONString, type JSONKind, type JSONVisitor } from '../shared/json-visitor.ts';
import { readUsage } from './usage.ts';

/** Bytes of a `usage` object that are held; real ones have a few hundred. */
const MAX_USAGE_BYTES = 64 * 1024;
/** Of a text that is told: the name of a model or of a service tier. */
const MAX_TEXT_BYTES = 1024;

/** Members whose text is told. */
const TEXTS: ReadonlySet<string> = new Set(['model', 'service_tier', 'type']);

/** Objects that may hold `usage` one level down: events of the Responses API, and Groq's chunks. */
export const USAGE_HOLDERS: ReadonlySet<string> = new Set(['response', 'x_groq']);

/** What the answers of one call have said so far. Later figures replace earlier ones, they never add up. */
export interface OpenAIFindings {
  tokens: TokenCounts | undefined;
  model: string | undefined;
  /** `service_tier` in lower case: what was served, not what was asked for. */
  serviceTier: string | undefined;
  audio: AudioTokens | undefined;
  /** A `usage` was there that could not be read. */
  malformed: boolean;
  /** A `usage` was there that was too large to hold. */
  tooLarge: boolean;
  /** An error came after the figures, which are those of the answer until then. */
  provisional: boolean;
  /** The answer itself tells that it failed. */
  failed: boolean;
}

/**
 * Takes `usage`, `model`, `service_tier` and errors out of one JSON document of an answer, at its top level or in a known
 * holder. The Responses API has error events without a member `error`: their `type` says what they are.
 */
export class UsageMembers implements JSONVisitor {
  readonly #findings: OpenAIFindings;
  readonly #restIsReasoning: boolean;
  #outer: string | undefined;
  #name: string | undefined;
  #nameDepth = 0;
  #hasUsage = false;

  constructor(findings: OpenAIFindings, restIsReasoning: boolean) {
    this.#findings = findings;
    this.#restIsReasoning = restIsReasoning;
  }

  key(depth: number, name: string | undefined): void {
    if (depth === 1) this.#outer = name;
    this.#name = name;
    this.#nameDepth = depth;
  }

  begin(depth: number, kind: JSONKind): number {
    if (!this.#isWanted(depth)) return 0;
    if (this.#name === 'usage') return kind === 'null' ? 0 : MAX_USAGE_BYTES;
    if (this.#name === 'error' && kind !== 'null') this.#failed();
    return this.#name !== undefined && TEXTS.has(this.#name) && kind === 'string' ? MAX_TEXT_BYTES : 0;
  }

  end(depth: number, kind: JSONKind, _start: number, _end: number, raw: Buffer | undefined): void {
    if (kind === 'null' || !this.#isWanted(depth)) return;
    if (this.#name === 'usage') this.#usage(raw);
    else if (kind === 'string' && raw !== undefined) this.#text(decodeJSONString(raw));
  }

  /** Whether the value at `depth` is that of the member heard last, in a place that counts. */
  #isWanted(depth: number): boolean {
    if (depth !== this.#nameDepth) return false;
    return depth === 1 || (depth === 2 && this.#outer !== undefined && USAGE_HOLDERS.has(this.#outer));
  }

  #text(text: string): void {
    if (text === '') return;
    if (this.#name === 'model') this.#findings.model = text;
    else if (this.#name === 'service_tier') this.#findings.serviceTier = text.toLowerCase();
    else if (this.#name === 'type' && text === 'error' && this.#nameDepth === 1) this.#failed();
  }

  #failed(): void {
    this.#findings.failed = true;
    // A response that failed may tell what it cost in the end.
    if (!this.#hasUsage) this.#findings.provisional = this.#findings.tokens !== undefined;
  }

  #usage(raw: Buffer | undefined): void {
    if (raw === undefined) {
      this.#findings.tooLarge = true;
      return;
    }
    const reading = readUsage(decodeJSON(raw), this.#restIsReasoning);
    if (reading.kind === 'Tokens') {
      this.#findings.tokens = reading.tokens;
      this.#findings.audio = reading.audio;
      this.#findings.provisional = false;
      this.#hasUsage = true;
    } else if (reading.kind === 'Malformed') this.#findings.malformed = true;
  }
}

import type { UsageFindings, UsageListener } from '../shared/answer-meter.ts';
import { decodeJSON, decodeJSONString, type JSONKind, type JSONVisitor, onlyNames } from '../shared/json-visitor.ts';
import { mayHoldUsage } from '../shared/usage-token.ts';
import { AnthropicUsage } from './usage.ts';

/** Bytes of a `usage` object that are held; real ones have a few hundred, more with many iterations. */
const MAX_USAGE_BYTES = 64 * 1024;
const MAX_MODEL_BYTES = 1024;
const MAX_TYPE_BYTES = 64;

const SCAN = {
  reportDepth: 2,
  maxDepth: 1024,
  validateUTF8: false,
  nameLengths: onlyNames('usage', 'model', 'message', 'type', 'delta', 'stop_reason'),
} as const;

const ERROR = Buffer.from('"error"');

/**
 * Hears the documents of one answer of the Messages API: the message, or the events of its stream. `message_start` has
 * the usage at its beginning, each `message_delta` what it has become. The figures are final with the `message_delta`
 * that says why the message stops.
 */
export class MessageDocuments implements UsageListener {
  readonly scan = SCAN;
  readonly #usage = new AnthropicUsage();
  #model: string | undefined;
  #malformed = false;
  #tooLarge = false;
  #final = false;
  #failed = false;

  get findings(): UsageFindings {
    const { tokens, parts } = this.#usage;
    return {
      tokens,
      parts,
      serviceTier: this.#usage.serviceTier,
      model: this.#model,
      malformed: this.#malformed,
      tooLarge: this.#tooLarge,
      provisional: tokens !== undefined && (!this.#final || this.#malformed || this.#tooLarge),
      failed: this.#failed,
    };
  }

  visitor(): JSONVisitor {
    return new MessageMembers(this);
  }

  canSkip(bytes: Buffer): boolean {
    return this.#model !== undefined && !mayHoldUsage(bytes) && !bytes.includes(ERROR);
  }

  /** A `usage` object; undefined when it was too large. */
  usage(raw: Buffer | undefined): void {
    if (raw === undefined) this.#tooLarge = true;
    else if (this.#usage.read(decodeJSON(raw)) === 'Malformed') this.#malformed = true;
  }

  model(name: string): void {
    if (name !== '') this.#model = name;
  }

  /** No later figure can come. */
  final(): void {
    this.#final = true;
  }

  failed(): void {
    this.#failed = true;
  }
}

/** Takes what counts out of one document. */
class MessageMembers implements JSONVisitor {
  readonly #documents: MessageDocuments;
  #outer: string | undefined;
  #name: string | undefined;
  #nameDepth = 0;
  #type: string | undefined;
  #hasUsage = false;
  #isDelta = false;
  #stops = false;

  constructor(documents: MessageDocuments) {
    this.#documents = documents;
  }

  key(depth: number, name: string | undefined): void {
    if (depth === 1) this.#outer = name;
    this.#name = name;
    this.#nameDepth = depth;
  }

  begin(depth: number, kind: JSONKind): number {
    if (depth !== this.#nameDepth) return 0;
    if (depth === 1 && this.#name === 'delta') this.#isDelta = true;
    if (depth === 1 && this.#name === 'type' && kind === 'string') return MAX_TYPE_BYTES;
    if (!this.#isOfMessage(depth)) return 0;
    if (this.#name === 'usage') return kind === 'null' ? 0 : MAX_USAGE_BYTES;
    return this.#name === 'model' && kind === 'string' ? MAX_MODEL_BYTES : 0;
  }

  end(depth: number, kind: JSONKind, _start: number, _end: number, raw: Buffer | undefined): void {
    if (depth === 0) {
      this.#whole();
      return;
    }
    if (kind === 'null' || depth !== this.#nameDepth) return;
    const name = this.#name;
    if (depth === 2 && this.#outer === 'delta' && name === 'stop_reason') this.#stops = true;
    else if (depth === 1 && name === 'type' && raw !== undefined) this.#type = decodeJSONString(raw);
    else if (this.#isOfMessage(depth)) {
      if (name === 'usage') {
        this.#documents.usage(raw);
        this.#hasUsage ||= depth === 1;
      } else if (name === 'model' && kind === 'string' && raw !== undefined) {
        this.#documents.model(decodeJSONString(raw));
      }
    }
  }

  #isOfMessage(depth: number): boolean {
    return depth === 1 || (depth === 2 && this.#outer === 'message');
  }

  /** The document is over. A message that is no event has its final figures, an event when it says why the message stops. */
  #whole(): void {
    if (this.#type === 'error') this.#documents.failed();
    else if (this.#hasUsage && (this.#stops || !this.#isDelta)) this.#documents.final();
  }
}

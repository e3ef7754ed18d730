import type { UsageFindings, UsageListener } from '../shared/answer-meter.ts';
import {
  decodeJSONString,
  type JSONKind,
  type JSONScannerOptions,
  type JSONVisitor,
  onlyNames,
} from '../shared/json-visitor.ts';
import { modelName } from './classify.ts';
import { GoogleUsage } from './usage.ts';
import { differInDigitsOnly, readUsageObject } from './usage-object.ts';

/** Bytes of a usage object that are held; real ones have a few hundred. */
const MAX_USAGE_BYTES = 16 * 1024;
const MAX_WORD_BYTES = 64;
const MAX_MODEL_BYTES = 1024;

/** Objects that hold usage: of generateContent and embeddings, and of interactions. */
const USAGES: ReadonlySet<string> = new Set(['usageMetadata', 'usage']);
const MODELS: ReadonlySet<string> = new Set(['modelVersion', 'model']);

/** Events of an interaction's stream hold the interaction. */
const HOLDER = 'interaction';
const COMPLETED = 'interaction.completed';

const NAMES = onlyNames(
  ...USAGES,
  ...MODELS,
  HOLDER,
  'error',
  'event_type',
  'candidates',
  'finishReason',
  'promptFeedback',
  'blockReason',
);

/** Why a candidate finished stands at depth 3 of a document, which in an array is one deeper. */
const SCAN_OF_EVENT = { reportDepth: 3, maxDepth: 1024, validateUTF8: false, nameLengths: NAMES } as const;
const SCAN_OF_BODY = { ...SCAN_OF_EVENT, reportDepth: 4 } as const;

const USAGE = Buffer.from('"usage');
const ERROR = Buffer.from('"error"');
const FINISH = Buffer.from('"finishReason"');

/** What is known of the form of an answer. */
export interface AnswerForm {
  /** Its documents are the events of a stream. */
  readonly events: boolean;
  /** It tells what was written to a cache. */
  readonly cacheWrite: boolean;
  /** What the answer's head says of how it was served. */
  readonly serviceTier: string | undefined;
}

/**
 * Hears the documents of one answer: one object, the objects of an array, or the data of each event. The figures of a
 * stream are final with the chunk that says why a candidate finished, those of a body and an array with its end.
 */
export class GoogleDocuments implements UsageListener {
  readonly scan: JSONScannerOptions;
  /** Figures replace those of their name, and strings named `text` are not heard. */
  readonly laterSaysAll = true;
  readonly #form: AnswerForm;
  readonly #usage = new GoogleUsage();
  /** The latest usage object, not read yet. */
  #latest: Buffer | undefined;
  #model: string | undefined;
  #malformed = false;
  #tooLarge = false;
  #final = false;
  #failed = false;

  constructor(form: AnswerForm) {
    this.#form = form;
    this.scan = form.events ? SCAN_OF_EVENT : SCAN_OF_BODY;
  }

  get findings(): UsageFindings {
    this.#read();
    const tokens = this.#usage.tokens(this.#form.cacheWrite);
    return {
      tokens,
      model: this.#model,
      serviceTier: this.#usage.serviceTier ?? this.#form.serviceTier,
      audio: tokens === undefined ? undefined : this.#usage.audio(tokens),
      malformed: this.#malformed,
      tooLarge: this.#tooLarge,
      provisional: tokens !== undefined && (!this.#final || this.#failed),
      // Google tells some failures behind the events, as JSON that is no event: such a stream has no finish either.
      failed: this.#failed || (this.#form.events && !this.#final),
    };
  }

  visitor(): JSONVisitor {
    return new DocumentMembers(this, this.#form.events);
  }

  canSkip(bytes: Buffer): boolean {
    return this.#model !== undefined && !bytes.includes(USAGE) && !bytes.includes(ERROR) && !bytes.includes(FINISH);
  }

  /**
   * The bytes of a usage object, copied; undefined when there were too many. Every chunk of a stream has one, mostly with
   * other numbers under the same names: then only the last is read.
   */
  usage(raw: Buffer | undefined): void {
    if (raw === undefined) {
      this.#tooLarge = true;
      return;
    }
    const before = this.#latest;
    if (before !== undefined && !differInDigitsOnly(before, raw)) this.#read();
    if (before?.length === raw.length) raw.copy(before);
    else this.#latest = Buffer.from(raw);
  }

  /** A usage that is no object. */
  malformed(): void {
    this.#malformed = true;
  }

  #read(): void {
    if (this.#latest === undefined) return;
    const figures = readUsageObject(this.#latest);
    if (figures === undefined) this.#malformed = true;
    else this.#usage.take(figures);
  }

  /** The first that is named stands: what comes later is passed over where it holds no figure. */
  model(name: string): void {
    if (name !== '') this.#model ??= modelName(name);
  }

  /** Whether later figures may come. */
  settle(final: boolean): void {
    this.#final = final;
  }

  failed(): void {
    this.#failed = true;
  }
}

/** Takes what counts out of one document, or out of an array of them. */
class DocumentMembers implements JSONVisitor {
  readonly #documents: GoogleDocuments;
  readonly #events: boolean;
  /** Depth of a document: 1 in an array. */
  #base = 0;
  /** Names of the present members by depth; undefined for what stands in a list. */
  readonly #names: (string | undefined)[] = [];
  /** Of the document at hand. */
  #hasCandidates = false;
  #finishes = false;

  constructor(documents: GoogleDocuments, events: boolean) {
    this.#documents = documents;
    this.#events = events;
  }

  key(depth: number, name: string | undefined): void {
    this.#names[depth] = name;
  }

  begin(depth: number, kind: JSONKind): number {
    if (depth === 0 && kind === 'array') this.#base = 1;
    // What stands there is the name of a member of an object that has ended.
    if (kind === 'object' || kind === 'array') this.#names[depth + 1] = undefined;
    const name = this.#names[depth];
    if (name === undefined || kind === 'null') return 0;
    const inDocument = depth - this.#base;
    if (this.#isUsage(depth)) return this.#beginUsage(kind);
    if (inDocument === 1 || (inDocument === 2 && this.#names[depth - 1] === HOLDER)) {
      if (kind === 'string' && MODELS.has(name)) return MAX_MODEL_BYTES;
    }
    if (inDocument === 1) {
      if (name === 'error' && kind === 'object') this.#documents.failed();
      if (name === 'candidates') this.#hasCandidates = true;
      if (name === 'event_type' && kind === 'string') return MAX_WORD_BYTES;
    } else if (this.#isReason(inDocument, depth, name)) this.#finishes = true;
    return 0;
  }

  end(depth: number, kind: JSONKind, _start: number, _end: number, raw: Buffer | undefined): void {
    const name = this.#names[depth] ?? '';
    if (kind === 'object' && this.#isUsage(depth)) this.#documents.usage(raw);
    else if (kind === 'string' && raw !== undefined) {
      const word = decodeJSONString(raw);
      if (name === 'event_type') this.#finishes ||= word === COMPLETED;
      else this.#documents.model(word);
    }
    if (depth === this.#base && kind === 'object') this.#endDocument();
    if (depth === 0 && !this.#events) this.#documents.settle(true);
  }

  #beginUsage(kind: JSONKind): number {
    if (kind === 'object') return MAX_USAGE_BYTES;
    this.#documents.malformed();
    return 0;
  }

  /** Whether the member at `depth` is a usage, in a place that counts. */
  #isUsage(depth: number): boolean {
    const inDocument = depth - this.#base;
    if (inDocument !== 1 && (inDocument !== 2 || this.#names[depth - 1] !== HOLDER)) return false;
    return USAGES.has(this.#names[depth] ?? '');
  }

  /** Why a prompt was blocked, or a candidate finished. */
  #isReason(inDocument: number, depth: number, name: string): boolean {
    if (inDocument === 2) return name === 'blockReason' && this.#names[depth - 1] === 'promptFeedback';
    return inDocument === 3 && name === 'finishReason' && this.#names[depth - 2] === 'candidates';
  }

  #endDocument(): void {
    if (this.#finishes) this.#documents.settle(true);
    else if (this.#hasCandidates) this.#documents.settle(false);
    this.#finishes = false;
    this.#hasCandidates = false;
  }
}

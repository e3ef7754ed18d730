import type { UsageFindings, UsageListener } from '../shared/answer-meter.ts';
import { decodeJSONString, type JSONKind, type JSONVisitor, namesOfInterest } from '../shared/json-visitor.ts';
import { modelName } from './classify.ts';
import { COUNTS, DETAILS, type Figures, GoogleUsage, TIERS } from './usage.ts';
import { UsageObject } from './usage-object.ts';

const MAX_WORD_BYTES = 64;
const MAX_MODEL_BYTES = 1024;

/** Objects that hold usage: of generateContent and embeddings, and of interactions. */
const USAGES: ReadonlySet<string> = new Set(['usageMetadata', 'usage']);
const MODELS: ReadonlySet<string> = new Set(['modelVersion', 'model']);

/** Events of an interaction's stream hold the interaction. */
const HOLDER = 'interaction';
const COMPLETED = 'interaction.completed';

const SCAN = {
  // A modality in a usage, in an interaction of an event: 5; and one more in an array of answers.
  reportDepth: 6,
  maxDepth: 1024,
  validateUTF8: false,
  nameLengths: namesOfInterest(
    ...COUNTS.keys(),
    ...DETAILS.keys(),
    ...TIERS,
    ...USAGES,
    ...MODELS,
    HOLDER,
    'modality',
    'tokenCount',
    'tokens',
    'error',
    'event_type',
    'candidates',
    'finishReason',
    'promptFeedback',
    'blockReason',
  ),
} as const;

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
  readonly scan = SCAN;
  readonly #form: AnswerForm;
  readonly #usage = new GoogleUsage();
  #model: string | undefined;
  #malformed = false;
  #final = false;
  #failed = false;

  constructor(form: AnswerForm) {
    this.#form = form;
  }

  get findings(): UsageFindings {
    const tokens = this.#usage.tokens(this.#form.cacheWrite);
    return {
      tokens,
      model: this.#model,
      serviceTier: this.#usage.serviceTier ?? this.#form.serviceTier,
      audio: tokens === undefined ? undefined : this.#usage.audio(tokens),
      malformed: this.#malformed,
      tooLarge: false,
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

  /** What a `usageMetadata` says; undefined when it can't be read. */
  usage(figures: Figures | undefined): void {
    if (figures === undefined) this.#malformed = true;
    else this.#usage.take(figures);
  }

  model(name: string): void {
    if (name !== '') this.#model = modelName(name);
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
  #usage: UsageObject | undefined;
  /** Depth of the usage object at hand. */
  #usageDepth = 0;
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
    if (this.#usage !== undefined) return this.#usage.begin(depth - this.#usageDepth, name, kind);
    if (name === undefined || kind === 'null') return 0;
    const inDocument = depth - this.#base;
    if (inDocument === 1 || (inDocument === 2 && this.#names[depth - 1] === HOLDER)) {
      if (USAGES.has(name)) this.#beginUsage(depth, kind);
      else if (kind === 'string' && MODELS.has(name)) return MAX_MODEL_BYTES;
    }
    if (inDocument === 1) {
      if (name === 'error' && kind === 'object') this.#documents.failed();
      if (name === 'candidates') this.#hasCandidates = true;
      if (name === 'event_type' && kind === 'string') return MAX_WORD_BYTES;
    } else if (this.#isReason(inDocument, depth, name)) this.#finishes = true;
    return 0;
  }

  end(depth: number, kind: JSONKind, _start: number, _end: number, raw: Buffer | undefined): void {
    const usage = this.#usage;
    if (usage !== undefined && depth > this.#usageDepth) {
      usage.end(depth - this.#usageDepth, this.#names[depth], kind, raw);
    } else if (usage !== undefined) {
      this.#usage = undefined;
      this.#documents.usage(usage.figures);
    } else if (raw !== undefined) {
      const word = decodeJSONString(raw);
      if (this.#names[depth] === 'event_type') this.#finishes ||= word === COMPLETED;
      else this.#documents.model(word);
    }
    if (depth === this.#base && kind === 'object') this.#endDocument();
    if (depth === 0 && !this.#events) this.#documents.settle(true);
  }

  #beginUsage(depth: number, kind: JSONKind): void {
    if (kind === 'object') {
      this.#usage = new UsageObject();
      this.#usageDepth = depth;
    } else this.#documents.usage(undefined);
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

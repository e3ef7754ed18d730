/** What the top level of an OpenAI request body says, heard from the scanner. */
import { type JSONScanner } from '../shared/json-scanner.ts';
import { decodeJSONString, type JSONKind, type JSONVisitor } from '../shared/json-visitor.ts';

/** Raw bytes of a model's name that are looked at. */
const MAX_MODEL_BYTES = 1024;

/** A value in the body: its kind and its bytes' place. */
export interface Place {
  readonly kind: JSONKind;
  readonly start: number;
  readonly end: number;
}

/** Members that must not occur twice: which of the two counts differs between servers. */
const UNIQUE: ReadonlySet<string> = new Set(['model', 'stream', 'stream_options']);

/** Members by which some compatible servers choose among further models, where an allowlist cannot follow. */
export const FURTHER_MODELS: ReadonlySet<string> = new Set(['models', 'fallbacks']);

const BOOLEAN_OR_NULL: ReadonlySet<JSONKind> = new Set(['true', 'false', 'null'] as const);

/** Collects `model`, `stream` and `stream_options` and rejects what servers may read in more than one way. */
export class BodyMembers implements JSONVisitor {
  /** The scanner that this visitor listens to; set once, right after both are made. */
  scanner: JSONScanner | undefined;
  model: string | undefined;
  /** Offset of the first byte inside the body's object. */
  contentStart = 0;
  stream: Place | undefined;
  streamOptions: Place | undefined;
  includeUsage: Place | undefined;
  /** Whether `stream_options` has any member. */
  streamOptionsEmpty = true;
  readonly #allowlist: boolean;
  readonly #seen = new Set<string>();
  /** Name of the present member by depth. */
  #member: string | undefined;
  #option: string | undefined;

  constructor(allowlist: boolean) {
    this.#allowlist = allowlist;
  }

  key(depth: number, name: string | undefined, start: number): void {
    if (depth === 1) {
      this.#member = name;
      if (name !== undefined) this.#topLevelKey(name, start);
    } else if (this.#member === 'stream_options') {
      this.#option = name;
      this.streamOptionsEmpty = false;
      if (name === 'include_usage') this.#once('stream_options.include_usage', start);
    }
  }

  begin(depth: number, kind: JSONKind, start: number): number {
    if (depth === 0) this.contentStart = start + 1;
    if (depth === 0 && kind !== 'object') this.#reject(start, 'the body must be a JSON object');
    if (depth !== 1) return 0;
    // Lenient servers take 1 or "yes" for true, and would stream what is not known to be a stream.
    if (this.#member === 'stream' && !BOOLEAN_OR_NULL.has(kind)) this.#reject(start, '"stream" must be true or false');
    if (this.#member !== 'model' || kind === 'null') return 0;
    if (kind !== 'string') this.#reject(start, '"model" must be a string');
    return MAX_MODEL_BYTES;
  }

  end(depth: number, kind: JSONKind, start: number, end: number, raw: Buffer | undefined): void {
    if (depth === 1) {
      if (this.#member === 'model' && kind === 'string') this.#modelEnd(start, raw);
      else if (this.#member === 'stream') this.stream = { kind, start, end };
      else if (this.#member === 'stream_options') this.streamOptions = { kind, start, end };
    } else if (depth === 2 && this.#member === 'stream_options' && this.#option === 'include_usage') {
      this.includeUsage = { kind, start, end };
    }
  }

  #topLevelKey(name: string, start: number): void {
    if (UNIQUE.has(name)) this.#once(name, start);
    else if (!this.#allowlist) return;
    else if (name.toLowerCase() === 'model')
      this.#reject(start, 'a member differs from "model" only by case, which some servers ignore');
    else if (FURTHER_MODELS.has(name))
      this.#reject(start, `"${name}" names further models, which cannot be checked against the allowed models`);
  }

  #once(name: string, start: number): void {
    if (this.#seen.has(name)) this.#reject(start, `"${name}" is there twice`);
    this.#seen.add(name);
  }

  #modelEnd(start: number, raw: Buffer | undefined): void {
    if (raw === undefined) this.#reject(start, `"model" is longer than ${MAX_MODEL_BYTES} bytes`);
    else this.model = decodeJSONString(raw);
  }

  #reject(offset: number, problem: string): void {
    this.scanner?.reject(offset, problem);
  }
}

/** What the top level of a request body in JSON says, heard from the scanner. */
import { mayNameModel } from '../further-models.ts';
import { decodeJSONString, type JSONKind, type JSONVisitor } from './json-visitor.ts';
import { addModel, TOO_MANY_MODELS } from './named-models.ts';

/** Raw bytes of a model's name that are looked at. */
const MAX_MODEL_BYTES = 1024;

/** A value in the body: its kind and its bytes' place. */
export interface Place {
  readonly kind: JSONKind;
  readonly start: number;
  readonly end: number;
}

/**
 * Top-level members whose names look as though a model were in them, and what the API means by them. `Harmless`: nothing
 * of the kind. `Models`: a list of objects with a `model` each, all of which must be allowed.
 */
export type KnownMembers = ReadonlyMap<string, 'Harmless' | 'Models'>;

const NONE: KnownMembers = new Map();

/** What a visitor asks of the scanner that it listens to. */
export interface ScannerControl {
  reject(offset: number, problem: string): void;
  reportTo(depth: number): void;
}

/** Members that must not occur twice: which of the two counts differs between servers. */
const UNIQUE: ReadonlySet<string> = new Set(['model', 'stream', 'stream_options']);

/** How deep values are reported, and how deep within `tools`: tools' own members and those of an object in a tool. */
const DEPTH = 2;
const DEPTH_OF_TOOLS = 4;

const BOOLEAN_OR_NULL: ReadonlySet<JSONKind> = new Set(['true', 'false', 'null'] as const);

/** Collects `model`, `stream` and `stream_options` and rejects what servers may read in more than one way. */
export class BodyMembers implements JSONVisitor {
  /** The scanner that this visitor listens to; set once, right after both are made. */
  scanner: ScannerControl | undefined;
  model: string | undefined;
  /** Values of `tools[].model`, of `tools[].models[]`, and of `model` one object deeper. Deeper still a model is data: a schema, an example. */
  readonly toolModels = new Set<string>();
  /** Offset of the first byte inside the body's object. */
  contentStart = 0;
  stream: Place | undefined;
  streamOptions: Place | undefined;
  includeUsage: Place | undefined;
  /** Whether `stream_options` has any member. */
  streamOptionsEmpty = true;
  readonly #allowlist: boolean;
  readonly #known: KnownMembers;
  readonly #seen = new Set<string>();
  /** Name of the present member by depth. */
  #member: string | undefined;
  #option: string | undefined;
  /** Within `tools` or a list of models, under an allowlist. */
  #inTools = false;
  #toolMember: string | undefined;

  constructor(allowlist: boolean, known: KnownMembers = NONE) {
    this.#allowlist = allowlist;
    this.#known = known;
  }

  key(depth: number, name: string | undefined, start: number): void {
    if (depth === 1) {
      this.#member = name;
      if (name !== undefined) this.#topLevelKey(name, start);
    } else if (this.#inTools) {
      this.#toolMember = name?.toLowerCase();
    } else if (this.#member === 'stream_options') {
      this.#option = name;
      this.streamOptionsEmpty = false;
      if (name === 'include_usage') this.#once('stream_options.include_usage', start);
    }
  }

  begin(depth: number, kind: JSONKind, start: number): number {
    if (depth === 0) this.contentStart = start + 1;
    if (depth === 0 && kind !== 'object') this.#reject(start, 'the body must be a JSON object');
    if (this.#inTools) return this.#beginInTools(depth, kind, start);
    if (depth !== 1) return 0;
    if (this.#allowlist && (this.#member?.toLowerCase() === 'tools' || this.#isListOfModels)) {
      if (this.#isListOfModels && kind !== 'array' && kind !== 'null') this.#rejectList(start);
      this.#inTools = true;
      this.scanner?.reportTo(DEPTH_OF_TOOLS);
      return 0;
    }
    // Lenient servers take 1 or "yes" for true, and would stream what is not known to be a stream.
    if (this.#member === 'stream' && !BOOLEAN_OR_NULL.has(kind)) this.#reject(start, '"stream" must be true or false');
    if (this.#member !== 'model' || kind === 'null') return 0;
    if (kind !== 'string') this.#reject(start, '"model" must be a string');
    return MAX_MODEL_BYTES;
  }

  end(depth: number, kind: JSONKind, start: number, end: number, raw: Buffer | undefined): void {
    if (this.#inTools) {
      this.#endInTools(depth, kind, start, raw);
    } else if (depth === 1) {
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
    else if (mayNameModel(name) && !this.#known.has(name))
      this.#reject(start, 'a member may name further models, which cannot be checked against the allowed models');
  }

  get #isListOfModels(): boolean {
    return this.#member !== undefined && this.#known.get(this.#member) === 'Models';
  }

  #beginInTools(depth: number, kind: JSONKind, start: number): number {
    if (depth === 2 && kind !== 'object' && this.#isListOfModels) this.#rejectList(start);
    return this.#isToolModel(depth, kind) ? MAX_MODEL_BYTES : 0;
  }

  #rejectList(start: number): void {
    this.#reject(start, `"${this.#member}" must be a list of objects, whose models are checked`);
  }

  #isToolModel(depth: number, kind: JSONKind): boolean {
    return (
      kind === 'string' &&
      (depth === 3 || depth === 4) &&
      (this.#toolMember === 'model' || this.#toolMember === 'models')
    );
  }

  #endInTools(depth: number, kind: JSONKind, start: number, raw: Buffer | undefined): void {
    if (depth === 1) {
      this.#inTools = false;
      this.scanner?.reportTo(DEPTH);
    } else if (this.#isToolModel(depth, kind)) {
      if (raw === undefined) this.#reject(start, `"model" of a tool is longer than ${MAX_MODEL_BYTES} bytes`);
      else if (!addModel(this.toolModels, decodeJSONString(raw))) this.#reject(start, TOO_MANY_MODELS);
    }
    // What follows in a list belongs to no member.
    if (depth === 2) this.#toolMember = undefined;
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

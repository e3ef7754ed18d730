/** What a request body of the Gemini API says of models, heard from the scanner. Only of interest under an allowlist. */
import { mayNameModel } from '../further-models.ts';
import { BodyMembers } from '../shared/body-members.ts';
import type { JSONScanner } from '../shared/json-scanner.ts';
import { decodeJSONString, type JSONKind, type JSONVisitor } from '../shared/json-visitor.ts';
import { addModel, TOO_MANY_MODELS } from '../shared/named-models.ts';

/** Raw bytes of a model's name that are looked at. */
const MAX_MODEL_BYTES = 1024;

const DEPTH = 2;

/** A name as protobuf's JSON may spell it: `generateContentRequest` and `generate_content_request` are one field. */
const plain = (name: string): string => name.toLowerCase().replaceAll('_', '');

/** Members that hold requests with a `model` of their own, with the depth of that member. */
const HOLDERS: ReadonlyMap<string, number> = new Map([
  // countTokens
  ['generatecontentrequest', 2],
  // embedContent
  ['embedcontentrequest', 2],
  // batchEmbedContents: a list.
  ['requests', 3],
]);

/** Members by which a request chooses another agent or model than `model` says. */
const CHOOSERS: ReadonlySet<string> = new Set(['agent', 'agentconfig', 'routingconfig']);

/** Hears {@link BodyMembers} and beside it the places where this API names further models. */
export class GoogleBodyMembers implements JSONVisitor {
  readonly common = new BodyMembers(true);
  /** Models of requests inside of the request. */
  readonly nestedModels = new Set<string>();
  #scanner: JSONScanner | undefined;
  #top = '';
  #name = '';
  #nameDepth = 0;

  /** The scanner that this visitor listens to; set once, right after both are made. */
  set scanner(scanner: JSONScanner) {
    this.#scanner = scanner;
    this.common.scanner = scanner;
  }

  key(depth: number, name: string | undefined, start: number): void {
    this.common.key(depth, name, start);
    const spelt = name === undefined ? '' : plain(name);
    if (depth === 1) this.#top = spelt;
    this.#name = spelt;
    this.#nameDepth = depth;
    const chooses = depth === 1 || (depth === 2 && this.#top === 'generationconfig');
    if (chooses && (CHOOSERS.has(spelt) || (depth === 2 && mayNameModel(spelt)))) {
      this.#scanner?.reject(
        start,
        'a member may choose another model, which cannot be checked against the allowed models',
      );
    }
    const nested = depth === HOLDERS.get(this.#top) && name !== undefined;
    if (nested && name !== 'model' && mayNameModel(name)) {
      this.#scanner?.reject(start, 'a request in the body has a member that may name a further model');
    }
  }

  begin(depth: number, kind: JSONKind, start: number): number {
    const cap = this.common.begin(depth, kind, start);
    if (depth === 1 && HOLDERS.has(this.#top)) this.#scanner?.reportTo(HOLDERS.get(this.#top) ?? DEPTH);
    if (!this.#isNestedModel(depth) || kind === 'null') return cap;
    if (kind !== 'string') this.#scanner?.reject(start, '"model" must be a string');
    return MAX_MODEL_BYTES;
  }

  end(depth: number, kind: JSONKind, start: number, end: number, raw: Buffer | undefined): void {
    this.common.end(depth, kind, start, end, raw);
    if (depth === 1 && HOLDERS.has(this.#top)) this.#scanner?.reportTo(DEPTH);
    if (!this.#isNestedModel(depth) || kind !== 'string') return;
    if (raw === undefined) this.#scanner?.reject(start, `"model" is longer than ${MAX_MODEL_BYTES} bytes`);
    else if (!addModel(this.nestedModels, decodeJSONString(raw))) this.#scanner?.reject(start, TOO_MANY_MODELS);
  }

  #isNestedModel(depth: number): boolean {
    return depth === this.#nameDepth && depth === HOLDERS.get(this.#top) && this.#name === 'model';
  }
}

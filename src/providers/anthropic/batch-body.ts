import { BodyMembers, type KnownMembers } from '../shared/body-members.ts';
import { mayNameModel } from '../further-models.ts';
import { SCAN_WITH_ALLOWLIST } from '../shared/json-body.ts';
import { invalidJSON } from '../shared/invalid-json.ts';
import { JSONScanner } from '../shared/json-scanner.ts';
import type { JSONKind, JSONVisitor } from '../shared/json-visitor.ts';
import { addModel, TOO_MANY_MODELS } from '../shared/named-models.ts';
import type { BodyScan, BodyScanner } from '../wire.ts';

/** Depth of the object `requests[].params`, which is the body of a message. */
const DEPTH_OF_PARAMS = 3;

const SCAN = {
  ...SCAN_WITH_ALLOWLIST,
  reportDepth: DEPTH_OF_PARAMS + SCAN_WITH_ALLOWLIST.reportDepth,
  nameLengths: new Set([...SCAN_WITH_ALLOWLIST.nameLengths, 'requests'.length, 'params'.length]),
} as const;

/** Hears `{"requests":[{"custom_id":…,"params":{…}}]}`, and each `params` as the body of a message is heard. */
class BatchMembers implements JSONVisitor {
  scanner: JSONScanner | undefined;
  readonly models = new Set<string>();
  readonly #known: KnownMembers;
  #requests = 0;
  #params = 0;
  /** Names of the present members: of the body, and of a request in it. */
  #outer: string | undefined;
  #inner: string | undefined;
  #message: BodyMembers | undefined;

  constructor(known: KnownMembers) {
    this.#known = known;
  }

  key(depth: number, name: string | undefined, start: number): void {
    if (this.#message !== undefined) {
      this.#message.key(depth - DEPTH_OF_PARAMS, name, start);
      return;
    }
    if (depth !== 1 && (depth !== DEPTH_OF_PARAMS || this.#outer !== 'requests')) return;
    if (depth === 1) this.#outer = name;
    else this.#inner = name;
    const wanted = depth === 1 ? 'requests' : 'params';
    if (name === wanted) this.#once(depth, wanted, start);
    else if (name !== undefined && (name.toLowerCase() === wanted || mayNameModel(name)))
      this.#reject(start, 'a member may name further models, which cannot be checked against the allowed models');
  }

  begin(depth: number, kind: JSONKind, start: number): number {
    if (this.#message !== undefined) return this.#message.begin(depth - DEPTH_OF_PARAMS, kind, start);
    if (depth === 0 && kind !== 'object') this.#reject(start, 'the body must be a JSON object');
    if (this.#outer !== 'requests') return 0;
    if (depth === 1 && kind !== 'array') this.#reject(start, '"requests" must be a list');
    if (depth === 2) this.#params = 0;
    if (depth !== DEPTH_OF_PARAMS || this.#inner !== 'params') return 0;
    this.#message = this.#messageMembers();
    return this.#message.begin(0, kind, start);
  }

  end(depth: number, kind: JSONKind, start: number, end: number, raw: Buffer | undefined): void {
    if (this.#message === undefined) return;
    this.#message.end(depth - DEPTH_OF_PARAMS, kind, start, end, raw);
    if (depth === DEPTH_OF_PARAMS) this.#endMessage(this.#message, start);
  }

  #messageMembers(): BodyMembers {
    const members = new BodyMembers(true, this.#known);
    members.scanner = {
      reject: (offset, problem) => this.#reject(offset, problem),
      reportTo: (depth) => this.scanner?.reportTo(depth + DEPTH_OF_PARAMS),
    };
    return members;
  }

  #endMessage(message: BodyMembers, start: number): void {
    if (message.model === undefined) this.#reject(start, 'a request of the batch names no model');
    else this.#add(message.model, start);
    for (const model of message.toolModels) this.#add(model, start);
    this.#message = undefined;
  }

  #add(model: string, start: number): void {
    if (!addModel(this.models, model)) this.#reject(start, TOO_MANY_MODELS);
  }

  #once(depth: number, name: string, start: number): void {
    const count = depth === 1 ? ++this.#requests : ++this.#params;
    if (count > 1) this.#reject(start, `"${name}" is there twice`);
  }

  #reject(offset: number, problem: string): void {
    this.scanner?.reject(offset, problem);
  }
}

/** Scans the body of a batch for the models of all its requests. Only needed under an allowlist. */
export class BatchBodyScanner implements BodyScanner {
  readonly #members: BatchMembers;
  readonly #scanner: JSONScanner;

  constructor(known: KnownMembers) {
    this.#members = new BatchMembers(known);
    this.#scanner = new JSONScanner(this.#members, SCAN);
    this.#members.scanner = this.#scanner;
  }

  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  end(): BodyScan {
    this.#scanner.end();
    const fault = this.#scanner.fault;
    if (fault !== undefined) return invalidJSON(fault);
    const [model, ...toolModels] = this.#members.models;
    return { kind: 'Valid', model, toolModels, stream: false, splices: [], stripUsage: false };
  }
}

import { mayNameModel } from '../further-models.ts';
import type { ScannerControl } from '../shared/body-members.ts';
import type { JSONKind, JSONVisitor } from '../shared/json-visitor.ts';

/** How deep values are reported. */
export const DEPTH = 1;
const DEPTH_OF_FIELDS = 512;

/** The member whose members Bedrock hands to the model among its own. */
const FIELDS = 'additionalModelRequestFields';

/** Hears the body of Converse, under an allowlist, and rejects what may name a further model. */
export class ConverseMembers implements JSONVisitor {
  /** The scanner that this visitor listens to; set once, right after both are made. */
  scanner: ScannerControl | undefined;
  #member: string | undefined;
  #inFields = false;

  key(depth: number, name: string | undefined, start: number): void {
    if (depth === 1) {
      this.#member = name;
    } else if (this.#inFields && name !== undefined && mayNameModel(name)) {
      const problem = `a member of ${FIELDS} may name further models, which cannot be checked against the allowed models`;
      this.scanner?.reject(start, problem);
    }
  }

  begin(depth: number, kind: JSONKind, start: number): number {
    if (depth === 0 && kind !== 'object') this.scanner?.reject(start, 'the body must be a JSON object');
    if (depth === 1 && this.#member === FIELDS) {
      this.#inFields = true;
      this.scanner?.reportTo(DEPTH_OF_FIELDS);
    }
    return 0;
  }

  end(depth: number): void {
    if (depth !== 1 || !this.#inFields) return;
    this.#inFields = false;
    this.scanner?.reportTo(DEPTH);
  }
}

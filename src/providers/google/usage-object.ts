import { decodeJSONString, type JSONKind } from '../shared/json-visitor.ts';
import { COUNTS, countFrom, DETAILS, type Figure, type Figures, TIERS } from './usage.ts';

const MAX_NUMBER_BYTES = 32;
const MAX_WORD_BYTES = 64;

/**
 * Hears the members of one usage object. Depths count from the object: its members have 1, the elements of its lists of
 * details 2, their members 3. Nothing is parsed as a whole: every chunk of a stream has such an object.
 */
export class UsageObject {
  readonly #counts = new Map<Figure, number>();
  #serviceTier: string | undefined;
  #malformed = false;
  /** What the list of details at hand is about. */
  #details: Figure | undefined;
  #isAudio = false;
  #tokens = 0;

  /** Undefined when a count was no count. */
  get figures(): Figures | undefined {
    return this.#malformed ? undefined : { counts: this.#counts, serviceTier: this.#serviceTier };
  }

  /** As in a visitor of JSON. */
  begin(depth: number, name: string | undefined, kind: JSONKind): number {
    if (depth === 1) {
      this.#details = name === undefined || kind === 'null' ? undefined : DETAILS.get(name);
      if (this.#details !== undefined) this.#counts.set(this.#details, 0);
    } else if (depth === 2) {
      this.#isAudio = false;
      this.#tokens = 0;
    }
    if (name === undefined || kind === 'null') return 0;
    if (this.#isCount(depth, name)) {
      this.#malformed ||= kind !== 'number';
      return MAX_NUMBER_BYTES;
    }
    return kind === 'string' && this.#isWord(depth, name) ? MAX_WORD_BYTES : 0;
  }

  /** As in a visitor of JSON. */
  end(depth: number, name: string | undefined, kind: JSONKind, raw: Buffer | undefined): void {
    if (depth === 2 && this.#details !== undefined) {
      if (this.#isAudio) this.#counts.set(this.#details, (this.#counts.get(this.#details) ?? 0) + this.#tokens);
    } else if (name !== undefined && kind === 'number' && this.#isCount(depth, name)) {
      const count = countFrom(raw);
      if (count === undefined) this.#malformed = true;
      else if (depth === 3) this.#tokens = count;
      else this.#counts.set(COUNTS.get(name) as Figure, count); // isCount has said so
    } else if (name !== undefined && kind === 'string' && raw !== undefined && this.#isWord(depth, name)) {
      if (depth === 3) this.#isAudio = decodeJSONString(raw).toUpperCase() === 'AUDIO';
      else this.#serviceTier = decodeJSONString(raw).toLowerCase();
    }
  }

  #isCount(depth: number, name: string): boolean {
    if (depth === 1) return COUNTS.has(name);
    return depth === 3 && this.#details !== undefined && (name === 'tokenCount' || name === 'tokens');
  }

  #isWord(depth: number, name: string): boolean {
    if (depth === 1) return TIERS.has(name);
    return depth === 3 && this.#details !== undefined && name === 'modality';
  }
}

import { JSONScanner } from '../shared/json-scanner.ts';
import { type JSONKind, type JSONVisitor, namesOfInterest } from '../shared/json-visitor.ts';

const SCAN = {
  reportDepth: 2,
  maxDepth: 1024,
  validateUTF8: false,
  nameLengths: namesOfInterest('choices', 'usage', 'error'),
} as const;
const FIELD = Buffer.from('data:');
const NEWLINE = Buffer.from('\n');

/** Hears whether a chunk has empty `choices` and a `usage` object. */
class ChunkMembers implements JSONVisitor {
  emptyChoices = false;
  usage = false;
  /** Something that the usage chunk never has. */
  other = false;
  #member: string | undefined;

  key(depth: number, name: string | undefined): void {
    if (depth === 1) this.#member = name;
  }

  begin(depth: number, kind: JSONKind): number {
    if (depth === 0) this.other ||= kind !== 'object';
    else if (this.#member === 'choices') {
      // Its first element, or no list.
      if (depth === 2 || kind !== 'array') this.other = true;
    } else if (depth === 1 && this.#member === 'usage') {
      if (kind === 'object') this.usage = true;
      else this.other = true;
    } else if (depth === 1 && this.#member === 'error' && kind !== 'null') {
      this.other = true;
    }
    return 0;
  }

  end(depth: number): void {
    if (depth === 1 && this.#member === 'choices') this.emptyChoices = true;
  }
}

/** Decides, as early as its bytes allow, whether an event is the usage chunk. */
export class UsageEventTest {
  #members = new ChunkMembers();
  #scanner: JSONScanner | undefined;
  /** Bytes of the present line's field name matched so far; -1: the line is not `data`. */
  #matched = 0;
  #lines = 0;

  /** Once true, the event is certainly not the usage chunk. */
  get decidedOther(): boolean {
    return this.#members.other || this.#scanner?.fault !== undefined;
  }

  reset(): void {
    this.#members = new ChunkMembers();
    this.#scanner = undefined;
    this.#matched = 0;
    this.#lines = 0;
  }

  /** Bytes of the present line, without its end. */
  text(bytes: Buffer): void {
    let i = 0;
    while (i < bytes.length && this.#matched >= 0 && this.#matched < FIELD.length) {
      if (bytes[i] === FIELD[this.#matched]) this.#matched++;
      else this.#matched = -1;
      i++;
    }
    if (this.#matched !== FIELD.length || i === bytes.length) return;
    this.#open().push(i === 0 ? bytes : bytes.subarray(i));
  }

  lineEnd(): void {
    if (this.#matched === FIELD.length) {
      this.#lines++;
      this.#open().push(NEWLINE);
    }
    this.#matched = 0;
  }

  /** The event ended. */
  isUsageEvent(): boolean {
    const { emptyChoices, usage } = this.#members;
    return !this.decidedOther && emptyChoices && usage && this.#lines > 0 && this.#scanner?.complete === true;
  }

  #open(): JSONScanner {
    this.#scanner ??= new JSONScanner(this.#members, SCAN);
    return this.#scanner;
  }
}

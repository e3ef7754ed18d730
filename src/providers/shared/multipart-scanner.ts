import { isUtf8 } from 'node:buffer';
import { mayNameModel } from '../further-models.ts';
import type { BodyScan, BodyScanner } from '../wire.ts';
import { parsePartHead, type PartHead } from './multipart-part.ts';

const MAX_HEAD_BYTES = 8 * 1024;
const MAX_VALUE_BYTES = 1024;
const MAX_PARTS = 1000;

const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const FINAL = Buffer.from('--');
const EMPTY = Buffer.alloc(0);

/** One `boundary` and at most a UTF-8 `charset` beside it, of characters that need no quoting anywhere. */
const BOUNDARY =
  /^(?:charset="?utf-8"?; ?)?boundary=(?:"([A-Za-z0-9'_.+-]{1,70})"|([A-Za-z0-9'_.+-]{1,70}))(?:; ?charset="?utf-8"?)?$/i;

/** Names that a lenient server may take for the field's: other case, array notation, dots. */
function resembles(name: string, field: string): boolean {
  return name.toLowerCase().replace(/[[\]._-]/g, '') === field;
}

type State = 'Delimiter' | 'AfterDelimiter' | 'Head' | 'Body' | 'LastLineEnd' | 'Over';

/**
 * Finds one field of a `multipart/form-data` body. With an allowlist the body must be such that no two servers can
 * disagree about its parts: no preamble, CRLF throughout, the delimiter nowhere but between parts, a final delimiter.
 * Without one, a body that this scanner does not follow passes, and its model counts as unknown.
 */
export class MultipartScanner implements BodyScanner {
  readonly #field: string;
  readonly #strict: boolean;
  readonly #delimiter: Buffer;
  #state: State = 'Delimiter';
  #problem: string | undefined;
  /** Offset in the body at which `#pending` begins. */
  #offset = 0;
  #pending: Buffer = EMPTY;
  #part: PartHead | undefined;
  #parts = 0;
  #value: Buffer[] = [];
  #valueLength = 0;
  readonly #found = new Map<string, string>();
  #duplicate = false;

  /** `parameters` are those of the content type; `strict`: an allowlist is set. */
  constructor(field: string, parameters: string, strict: boolean) {
    this.#field = field;
    this.#strict = strict;
    const match = BOUNDARY.exec(parameters);
    const boundary = match?.[1] ?? match?.[2];
    this.#delimiter = Buffer.from(`--${boundary ?? ''}`);
    if (boundary === undefined) this.#fail('the content-type has no boundary, or an unusual one');
  }

  push(chunk: Buffer): void {
    if (this.#problem !== undefined) return;
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#step());
    // A copy: the rest is small and the chunk may be part of a large pooled buffer.
    this.#pending = this.#problem === undefined ? Buffer.from(this.#pending) : EMPTY;
  }

  end(): BodyScan {
    const ended = this.#state === 'LastLineEnd' || this.#state === 'Over';
    if (!ended) this.#fail('the final boundary is missing');
    if (this.#pending.length > 0) this.#fail('bytes after the final boundary');
    if (this.#problem !== undefined && (this.#strict || this.#duplicate)) {
      return { kind: 'Invalid', message: `invalid multipart body at byte ${this.#offset}: ${this.#problem}` };
    }
    const model = this.#found.get(this.#field);
    const stream = this.#found.get('stream') === 'true';
    return { kind: 'Valid', model, toolModels: [], stream, splices: [], stripUsage: false };
  }

  /** Takes what it can of the pending bytes. False: more are needed, or all is over. */
  #step(): boolean {
    switch (this.#state) {
      case 'Delimiter':
        return (
          this.#expect(this.#delimiter, 'AfterDelimiter') ||
          this.#shortOf(this.#delimiter.length, 'the body does not begin with the boundary')
        );
      case 'AfterDelimiter':
        return (
          this.#expect(CRLF, 'Head') ||
          this.#expect(FINAL, 'LastLineEnd') ||
          this.#shortOf(2, 'the boundary is followed by something else than a part or the end')
        );
      case 'Head':
        return this.#head();
      case 'Body':
        return this.#body();
      case 'LastLineEnd':
        return this.#expect(CRLF, 'Over') || this.#shortOf(2, 'bytes after the final boundary');
      case 'Over':
      default:
        return this.#shortOf(1, 'bytes after the final boundary');
    }
  }

  #expect(bytes: Buffer, next: State): boolean {
    if (this.#pending.length < bytes.length || this.#pending.compare(bytes, 0, bytes.length, 0, bytes.length) !== 0)
      return false;
    this.#consume(bytes.length);
    this.#state = next;
    return true;
  }

  #shortOf(length: number, problem: string): false {
    if (this.#pending.length >= length) this.#fail(problem);
    return false;
  }

  #head(): boolean {
    const end = this.#pending.subarray(0, MAX_HEAD_BYTES + HEAD_END.length).indexOf(HEAD_END);
    if (this.#pending.indexOf(CRLF) === 0) return this.#fail('a part has no headers');
    if (end < 0) return this.#shortOf(MAX_HEAD_BYTES + HEAD_END.length, 'the headers of a part are too long');
    const lines = this.#pending.subarray(0, end);
    if (!isUtf8(lines)) return this.#fail('the headers of a part are not UTF-8');
    if (lines.includes(this.#delimiter)) return this.#fail('a boundary in the headers of a part');
    const part = parsePartHead(lines.toString('utf8'));
    if (typeof part === 'string') return this.#fail(part);
    if (++this.#parts > MAX_PARTS) return this.#fail(`more than ${MAX_PARTS} parts`);
    if (!this.#admit(part)) return false;
    this.#consume(end + HEAD_END.length);
    this.#part = part;
    this.#value = [];
    this.#valueLength = 0;
    this.#state = 'Body';
    return true;
  }

  #admit(part: PartHead): boolean {
    const { name } = part;
    if (name === '_charset_') return this.#fail('a "_charset_" part');
    if (name !== this.#field) {
      if (resembles(name, this.#field)) return this.#fail(`a part whose name resembles "${this.#field}"`);
      return this.#strict && mayNameModel(name) ? this.#fail('a part that may name further models') : true;
    }
    if (part.isFile || !part.isPlainText) return this.#fail(`"${name}" is not a plain text part`);
    if (this.#found.has(name)) {
      this.#duplicate = true;
      return this.#fail(`"${name}" is there twice`);
    }
    return true;
  }

  #body(): boolean {
    const at = this.#pending.indexOf(this.#delimiter);
    if (at < 0) {
      // What may be the beginning of a delimiter, and the line end before it.
      const kept = this.#delimiter.length + 1;
      if (this.#pending.length > kept) this.#takeValue(this.#pending.length - kept);
      return false;
    }
    if (at < 2 || this.#pending.compare(CRLF, 0, 2, at - 2, at) !== 0) return this.#fail('a boundary within a part');
    this.#takeValue(at - 2);
    if (!this.#endPart()) return false;
    this.#consume(2 + this.#delimiter.length);
    this.#state = 'AfterDelimiter';
    return true;
  }

  #takeValue(length: number): void {
    if (this.#wanted()) {
      this.#valueLength += length;
      if (this.#valueLength <= MAX_VALUE_BYTES) this.#value.push(Buffer.from(this.#pending.subarray(0, length)));
    }
    this.#consume(length);
  }

  #wanted(): boolean {
    return this.#part?.name === this.#field || this.#part?.name === 'stream';
  }

  #endPart(): boolean {
    const part = this.#part;
    if (part === undefined || !this.#wanted()) return true;
    const value = Buffer.concat(this.#value);
    if (part.name === this.#field) {
      if (this.#valueLength > MAX_VALUE_BYTES)
        return this.#fail(`"${part.name}" is longer than ${MAX_VALUE_BYTES} bytes`);
      if (!isUtf8(value)) return this.#fail(`"${part.name}" is not UTF-8`);
    }
    this.#found.set(part.name, value.toString('utf8'));
    return true;
  }

  #consume(length: number): void {
    this.#pending = this.#pending.subarray(length);
    this.#offset += length;
  }

  #fail(problem: string): false {
    this.#problem ??= problem;
    return false;
  }
}

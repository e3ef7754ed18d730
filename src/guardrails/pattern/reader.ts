import { PatternError } from './syntax.ts';

/** A pattern while it is read, code point by code point. */
export class Reader {
  readonly pattern: string;
  /** In UTF-16 code units. */
  at = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  get atEnd(): boolean {
    return this.at >= this.pattern.length;
  }

  looksAt(text: string): boolean {
    return this.pattern.startsWith(text, this.at);
  }

  /** Goes past `text` if it comes next. */
  takes(text: string): boolean {
    const next = this.looksAt(text);
    if (next) this.at += text.length;
    return next;
  }

  /** The next code point, as a string; empty at the end. */
  peek(): string {
    const code = this.pattern.codePointAt(this.at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  take(): string {
    const char = this.peek();
    this.at += char.length;
    return char;
  }

  /** What comes next if it matches a sticky expression; goes past it. */
  takeMatch(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const match = expression.exec(this.pattern) ?? undefined;
    if (match !== undefined) this.at = expression.lastIndex;
    return match;
  }

  fail(at: number, problem: string): never {
    throw new PatternError(this.pattern, at, problem);
  }
}

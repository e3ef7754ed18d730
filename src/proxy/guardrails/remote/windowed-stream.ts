/**
 * A delay line for a streamed answer that judges elsewhere look at. What comes is read along and waits; its texts are
 * judged window by window, each with what came just before it; what a verdict has made safe goes out. Held is one window,
 * what came while its verdict was awaited, and an overlap, so that a match up to that long is seen whole before it leaves.
 */
import type { Blocked } from '../../../guardrails/engine/judge.ts';
import type { TextJudge } from '../../../providers/texts/stream/judge.ts';
import type { StreamRewriter } from '../../../providers/texts/stream/rewriter.ts';
import { asksAbout, judgeTexts, UNAVAILABLE, type Elsewhere } from './judgement.ts';
import type { EvaluationFailure } from './port.ts';
import { CollectingJudge, EditingJudge, StreamTexts, type Touched } from './stream-texts.ts';

/** New text, in UTF-16 code units, that is worth a question; a text that ends always is. */
const WINDOW_LENGTH = 1_000;

/** Of one text at once: an answer that comes faster than it is judged waits for several verdicts. */
const MAX_WINDOW_LENGTH = 16_000;

/** The same where nothing waits: the end of the answer must not wait for many verdicts. */
const MAX_AUDITED_LENGTH = 500_000;

/** Text that may wait for a verdict there, where nothing slows the upstream down. */
const MAX_UNAUDITED_LENGTH = 1_000_000;

/** New text waits for more of it so long. */
const WINDOW_MILLISECONDS = 250;

/** Bytes that wait for a verdict, above which the upstream is slowed down, and below which it may go on. */
const MOST_BYTES = 256 * 1024;
const FEW_BYTES = 128 * 1024;

/** Bytes that wait at most: what is judged waits for text to come after it, and much that is no text may come before that. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface WindowedStreamOptions {
  readonly elsewhere: Elsewhere;
  /** False: nobody enforces what is said. Then nothing waits but the end. */
  readonly isEnforced: boolean;
  /** Length of the overlap, in UTF-16 code units. */
  readonly overlap: number;
  /** A rewriter of the same answer with another judge. */
  readonly rewriter: (judge: TextJudge) => StreamRewriter;
  /** What the caller reads in place of what is blocked. */
  readonly message: (by: Blocked) => string;
  /** Whether something is stopped for want of a verdict: then the caller reads no message, but that the answer failed. */
  readonly isOutage: (by: Blocked) => boolean;
  readonly flow: { stop(): void; go(): void };
  /** So many bytes wait. False: all calls together hold more than they may. */
  readonly holds: (bytes: number) => boolean;
  /** Bytes go out. */
  readonly out: (parts: readonly Buffer[]) => void;
  /** Everything has gone out that will. */
  readonly finished: (isBlocked: boolean) => void;
  /** There is no verdict: nothing more goes out. */
  readonly interrupted: (by: Blocked) => void;
  readonly broken: (error: unknown) => void;
}

interface Waiting {
  readonly bytes: Buffer;
  readonly since: number;
  readonly touched: readonly Touched[];
}

export class WindowedStream {
  readonly #options: WindowedStreamOptions;
  readonly #texts: StreamTexts;
  readonly #collecting: StreamRewriter;
  readonly #judge: EditingJudge;
  readonly #editing: StreamRewriter;
  #waiting: Waiting[] = [];
  #bytes = 0;
  /** Bytes that have come since the last question. */
  #unasked = 0;
  #isStopped = false;
  /** All calls together hold no more than they may. */
  #fits = true;
  #isAsking = false;
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;
  /** Nothing is judged any more. */
  #isFreed = false;
  #isOver = false;
  /** The longest that text has waited, in milliseconds. */
  longestWait = 0;

  constructor(options: WindowedStreamOptions) {
    this.#options = options;
    const { guardrails } = options.elsewhere;
    this.#texts = new StreamTexts(({ scope }) => guardrails.some((active) => asksAbout(active, scope)));
    this.#collecting = options.rewriter(new CollectingJudge(this.#texts));
    this.#judge = new EditingJudge(this.#texts);
    this.#editing = options.rewriter(this.#judge);
  }

  /** Whether the answer has ended because something was blocked. */
  get isBlocked(): boolean {
    return this.#editing.isBlocked;
  }

  push(bytes: Buffer): void {
    if (this.#isOver || this.#isEnded) return;
    if (this.#isFreed && !this.#options.isEnforced) {
      this.#options.out([bytes]);
      return;
    }
    this.#collecting.push(bytes);
    this.#wait(bytes);
    this.#go();
  }

  /** Everything has come. */
  end(): void {
    if (this.#isOver || this.#isEnded) return;
    this.#collecting.end();
    this.#wait(Buffer.alloc(0));
    this.#isEnded = true;
    this.#go();
  }

  /** Nothing more goes out. */
  drop(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#bytes = 0;
    this.#options.holds(0);
    clearTimeout(this.#timer);
    this.#regulate();
  }

  #wait(bytes: Buffer): void {
    const touched = this.#texts.take();
    if (!this.#options.isEnforced) {
      if (bytes.length > 0) this.#options.out([bytes]);
      return;
    }
    this.#waiting.push({ bytes, since: performance.now(), touched });
    this.#bytes += bytes.length;
    this.#fits = this.#options.holds(this.#bytes);
    this.#unasked += bytes.length;
  }

  /** Only a verdict that is awaited slows the upstream down: what waits for more text would wait for ever. */
  #regulate(): void {
    const { flow } = this.#options;
    if (!this.#isStopped && this.#isAsking && this.#bytes > MOST_BYTES) {
      this.#isStopped = true;
      flow.stop();
    } else if (this.#isStopped && (!this.#isAsking || this.#bytes < FEW_BYTES || this.#isOver)) {
      this.#isStopped = false;
      flow.go();
    }
  }

  /** Lets out what is safe, and asks about what is not. */
  #go(): void {
    this.#release();
    if (!this.#isOver && this.#bytes > MAX_BYTES) this.#overflow('TooLong');
    // A window goes on: what each stream needs is small, and streams are counted by themselves.
    else if (!this.#isOver && !this.#fits && this.#bytes > FEW_BYTES) this.#overflow('Overloaded');
    this.#advance();
    this.#regulate();
  }

  #advance(): void {
    if (this.#isOver || (this.#isAsking && this.#options.isEnforced && !this.#isFreed)) return;
    const pending = this.#isFreed ? [] : this.#texts.pending;
    const length = pending.reduce((sum, text) => sum + text.waiting, 0);
    if (length > MAX_UNAUDITED_LENGTH && !this.#options.isEnforced) this.#overflow('TooLong');
    if (this.#isFreed || pending.length === 0) {
      if (this.#isEnded && (this.#isFreed || !this.#isAsking)) this.#finish();
      return;
    }
    if (this.#isAsking) return;
    const isWorthIt = this.#isDue || this.#isEnded || length >= WINDOW_LENGTH || this.#unasked > MOST_BYTES;
    if (isWorthIt || pending.some((text) => text.isEnded)) void this.#ask();
    else this.#timer ??= setTimeout(() => this.#due(), WINDOW_MILLISECONDS);
  }

  #due(): void {
    this.#timer = undefined;
    this.#isDue = true;
    try {
      this.#go();
    } catch (error) {
      this.#options.broken(error);
    }
  }

  async #ask(): Promise<void> {
    const { elsewhere, isEnforced, overlap, broken } = this.#options;
    this.#isAsking = true;
    this.#isDue = false;
    this.#unasked = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      const most = isEnforced ? MAX_WINDOW_LENGTH : MAX_AUDITED_LENGTH;
      const windows = this.#texts.pending.map((text) => text.window(overlap, most));
      const { blocked, edits } = await judgeTexts(
        elsewhere,
        windows.map(({ text: { origin }, value }) => ({
          scope: origin.scope,
          text: value,
          isSigned: origin.isSigned === true,
        })),
      );
      this.#isAsking = false;
      if (this.#isOver) return;
      if (blocked !== undefined && !this.#isFreed) {
        this.#blocked(blocked);
        return;
      }
      for (const [i, window] of windows.entries()) window.text.judged(window, edits[i] ?? [], overlap);
      this.#texts.sweep();
      this.#go();
    } catch (error) {
      broken(error);
    }
  }

  #release(): void {
    const { overlap } = this.#options;
    const now = performance.now();
    let count = 0;
    let bytes = this.#bytes;
    for (const waiting of this.#waiting) {
      if (!this.#isFreed && !waiting.touched.every(({ text, end }) => text.isSafe(end, overlap))) break;
      count += 1;
      bytes -= waiting.bytes.length;
      if (waiting.touched.length > 0) this.longestWait = Math.max(this.longestWait, now - waiting.since);
      this.#options.out(this.#editing.push(waiting.bytes));
    }
    if (count === 0) return;
    this.#waiting.splice(0, count);
    this.#bytes = bytes;
    this.#fits = this.#options.holds(bytes);
  }

  /** More would have to wait than may: there is no verdict of the answer as a whole. */
  #overflow(reason: EvaluationFailure): void {
    const { guardrails, report } = this.#options.elsewhere;
    for (const { policy } of guardrails) {
      report.failed({ guardrail: policy.name, direction: 'Output', reason });
    }
    const closed = guardrails.find(({ entry }) => entry.mode === 'Enforce' && entry.failurePolicy === 'Closed');
    if (closed !== undefined) {
      this.#blocked({ guardrail: closed.policy.name, rule: UNAVAILABLE });
      return;
    }
    this.#isFreed = true;
    this.#release();
  }

  #blocked(by: Blocked): void {
    const { elsewhere, message, isOutage, interrupted } = this.#options;
    elsewhere.report.block({ ...by, direction: 'Output' });
    if (isOutage(by)) {
      this.drop();
      interrupted(by);
    } else this.#block(message(by));
  }

  /** What waits does not go out, but for what stands before the first text. */
  #block(message: string): void {
    this.#judge.block(message);
    for (const { bytes } of this.#waiting) {
      if (!this.#editing.isBlocked) this.#options.out(this.#editing.push(bytes));
    }
    if (!this.#editing.isBlocked) this.#options.out(this.#editing.end());
    this.drop();
    this.#options.finished(true);
  }

  #finish(): void {
    if (this.#options.isEnforced) this.#options.out(this.#editing.end());
    this.drop();
    this.#options.finished(false);
  }
}

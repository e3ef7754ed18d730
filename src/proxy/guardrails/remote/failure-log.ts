/**
 * Says why judges elsewhere gave no verdict, for whoever runs them: what callers and metrics have is a word. Never a text that was
 * judged, nor anything of an answer, which may repeat one.
 */
import type { EvaluationFailure } from './port.ts';

/** One question without a verdict. */
export interface JudgeFailure {
  /** `namespace/name`. */
  readonly guardrail: string;
  /** Host and port that were asked; undefined: nobody was. */
  readonly host: string | undefined;
  readonly reason: EvaluationFailure;
  /** Of the answer; undefined: there was none, or its status was a success. */
  readonly status: number | undefined;
  /** More than `reason`, in fixed words. */
  readonly detail: string | undefined;
}

/** Hears of failures; `omitted` of the same kind went unsaid since the last that was said. */
export type FailureListener = (failure: JudgeFailure, omitted: number) => void;

/** Milliseconds between two that are alike. */
const INTERVAL_MILLISECONDS = 60_000;

/** Kinds that are remembered: Guardrails come and go. */
const MAX_KINDS = 1_000;

export class FailureLog {
  readonly #tell: FailureListener;
  readonly #now: () => number;
  readonly #said = new Map<string, { at: number; omitted: number }>();

  /** `now`: monotonic, in milliseconds. */
  constructor(tell: FailureListener, now: () => number = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
  }

  note(failure: JudgeFailure): void {
    const { guardrail, host, reason, status, detail } = failure;
    const kind = JSON.stringify([guardrail, host, reason, status, detail]);
    const now = this.#now();
    const said = this.#said.get(kind);
    if (said !== undefined && now - said.at < INTERVAL_MILLISECONDS) {
      said.omitted += 1;
      return;
    }
    if (this.#said.size >= MAX_KINDS) this.#said.clear();
    this.#said.set(kind, { at: now, omitted: 0 });
    this.#tell(failure, said?.omitted ?? 0);
  }
}

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

/** Kinds of one Guardrail that are told apart: a judge chooses its statuses. What else comes counts as one kind. */
const MAX_KINDS = 20;
const OTHER = 'other';

/** Guardrails that are remembered: they come and go. */
const MAX_GUARDRAILS = 1_000;

interface Said {
  at: number;
  omitted: number;
}

export class FailureLog {
  readonly #tell: FailureListener;
  readonly #now: () => number;
  readonly #said = new Map<string, Map<string, Said>>();

  /** `now`: monotonic, in milliseconds. */
  constructor(tell: FailureListener, now: () => number = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
  }

  note(failure: JudgeFailure): void {
    const { guardrail, host, reason, status, detail } = failure;
    const now = this.#now();
    const kinds = this.#kindsOf(guardrail);
    const own = JSON.stringify([host, reason, status, detail]);
    if (!kinds.has(own) && kinds.size >= MAX_KINDS) forgetOld(kinds, now);
    const kind = kinds.has(own) || kinds.size < MAX_KINDS ? own : OTHER;
    const said = kinds.get(kind);
    if (said !== undefined && now - said.at < INTERVAL_MILLISECONDS) {
      said.omitted += 1;
      return;
    }
    kinds.set(kind, { at: now, omitted: 0 });
    this.#tell(failure, said?.omitted ?? 0);
  }

  #kindsOf(guardrail: string): Map<string, Said> {
    let kinds = this.#said.get(guardrail);
    if (kinds === undefined) {
      const [oldest] = this.#said.keys();
      if (oldest !== undefined && this.#said.size >= MAX_GUARDRAILS) this.#said.delete(oldest);
      kinds = new Map();
      this.#said.set(guardrail, kinds);
    }
    return kinds;
  }
}

/** Of those that are to be told again anyway, and have nothing to add, no more need be known. */
function forgetOld(kinds: Map<string, Said>, now: number): void {
  for (const [kind, { at, omitted }] of kinds) {
    if (omitted === 0 && now - at >= INTERVAL_MILLISECONDS) kinds.delete(kind);
  }
}

/** The texts of one request, judged one after another, in slices. */
import { type Blocked, judge } from '../../guardrails/engine/judge.ts';
import type { FoundText } from '../../providers/texts/types.ts';
import type { Splice } from '../../providers/wire.ts';
import type { ProviderGuardrails } from './provider-guardrails.ts';
import type { GuardrailReport } from './report.ts';

/** Milliseconds after which judging lets others go on. */
const SLICE_MILLISECONDS = 8;

export type TextsOutcome =
  /** `splices` make the masks; sorted, offsets in the body. */
  { readonly kind: 'Pass'; readonly splices: readonly Splice[] } | { readonly kind: 'Blocked'; readonly by: Blocked };

export class InputJudgement {
  readonly #texts: readonly FoundText[];
  readonly #guardrails: ProviderGuardrails;
  readonly #report: GuardrailReport;
  readonly #splices: Splice[] = [];
  #next = 0;

  constructor(texts: readonly FoundText[], guardrails: ProviderGuardrails, report: GuardrailReport) {
    this.#texts = texts;
    this.#guardrails = guardrails;
    this.#report = report;
  }

  /** Goes on for some milliseconds. Undefined: it has to go on later. */
  advance(): TextsOutcome | undefined {
    const begin = performance.now();
    let now = begin;
    let outcome: TextsOutcome | undefined;
    while (outcome === undefined && now - begin < SLICE_MILLISECONDS) {
      outcome = this.#step();
      now = performance.now();
    }
    this.#report.milliseconds.Input += now - begin;
    return outcome;
  }

  #step(): TextsOutcome | undefined {
    const text = this.#texts[this.#next];
    if (text === undefined) return { kind: 'Pass', splices: this.#splices };
    this.#next += 1;
    const { outcome, findings } = judge(this.#guardrails.watch('Input', text.scope), text.text);
    this.#report.found('Input', findings);
    if (outcome.kind === 'Block') return { kind: 'Blocked', by: outcome.by };
    if (outcome.kind === 'Mask') this.#splices.push(...text.splice(outcome.edits));
    return undefined;
  }
}

/** The texts of one whole body, judged in order and in slices: rules of users may take a second for a megabyte. */
import { GrowingText } from '../../guardrails/engine/growing-text.ts';
import { type Blocked, type Edit, judge } from '../../guardrails/engine/judge.ts';
import type { Tally } from '../../guardrails/engine/watch.ts';
import type { Direction } from '../../guardrails/types.ts';
import type { FoundText } from '../../providers/texts/types.ts';
import type { Splice } from '../../providers/wire.ts';
import type { ProviderGuardrails } from './provider-guardrails.ts';
import type { GuardrailReport } from './report.ts';

/** Milliseconds after which judging lets others go on. */
const SLICE_MILLISECONDS = 8;
/** A text of more UTF-16 code units is judged in pieces, which in sum takes twice as long. */
const MAX_WHOLE_LENGTH = 64 * 1024;
const PIECE_LENGTH = 16 * 1024;

/** What the texts of a body come to. */
export type TextsOutcome =
  /** `splices` make the masks; sorted, offsets in the body. */
  { readonly kind: 'Pass'; readonly splices: readonly Splice[] } | { readonly kind: 'Blocked'; readonly by: Blocked };

/** A text of which a part has been judged. */
interface LongText {
  readonly text: FoundText;
  readonly growing: GrowingText;
  readonly edits: Edit[];
  /** Up to where it has been judged. */
  judged: number;
}

/** Judging ends at the first match that blocks: what stands behind it is not counted. */
export class TextsJudgement {
  readonly #texts: readonly FoundText[];
  readonly #guardrails: ProviderGuardrails;
  readonly #report: GuardrailReport;
  readonly #direction: Direction;
  readonly #splices: Splice[] = [];
  /** The masks of each text that has some. */
  readonly edits = new Map<FoundText, readonly Edit[]>();
  #next = 0;
  #long: LongText | undefined;

  constructor(
    texts: readonly FoundText[],
    guardrails: ProviderGuardrails,
    report: GuardrailReport,
    direction: Direction,
  ) {
    this.#texts = texts;
    this.#guardrails = guardrails;
    this.#report = report;
    this.#direction = direction;
  }

  /** Goes on for some milliseconds. Undefined: it is not done. */
  advance(): TextsOutcome | undefined {
    const begin = performance.now();
    let now = begin;
    let outcome: TextsOutcome | undefined;
    while (outcome === undefined && now - begin < SLICE_MILLISECONDS) {
      outcome = this.#step();
      now = performance.now();
    }
    this.#report.milliseconds[this.#direction] += now - begin;
    return outcome;
  }

  #step(): TextsOutcome | undefined {
    if (this.#long !== undefined) return this.#stepOf(this.#long);
    const text = this.#texts[this.#next];
    if (text === undefined) return { kind: 'Pass', splices: this.#splices };
    this.#next += 1;
    const watch = this.#guardrails.watch(this.#direction, text.scope);
    if (text.text.length > MAX_WHOLE_LENGTH && watch.rules.length > 0) {
      this.#long = { text, growing: new GrowingText(watch), edits: [], judged: 0 };
      return undefined;
    }
    const { outcome, findings } = judge(watch, text.text);
    this.#found(text, findings);
    if (outcome.kind === 'Block') return { kind: 'Blocked', by: outcome.by };
    if (outcome.kind === 'Mask') this.#mask(text, outcome.edits);
    return undefined;
  }

  #stepOf(long: LongText): TextsOutcome | undefined {
    const { text, growing, edits, judged } = long;
    const isOver = judged >= text.text.length;
    const step = isOver ? growing.end() : growing.push(text.text.slice(judged, judged + PIECE_LENGTH));
    long.judged += PIECE_LENGTH;
    this.#found(text, step.findings);
    edits.push(...step.edits);
    if (step.blocked !== undefined) return { kind: 'Blocked', by: step.blocked };
    if (!isOver) return undefined;
    this.#long = undefined;
    this.#mask(text, edits);
    return undefined;
  }

  #found({ isSigned }: FoundText, findings: readonly Tally[]): void {
    this.#report.found(this.#direction, isSigned ? findings.map(unmasked) : findings);
  }

  #mask(text: FoundText, edits: readonly Edit[]): void {
    if (edits.length === 0 || text.isSigned) return;
    this.edits.set(text, edits);
    for (const splice of text.splice(edits)) this.#splices.push(splice);
  }
}

/** A finding in a text that a model signed, which is not masked: the provider refuses a signature that does not fit. */
export function unmasked(tally: Tally): Tally {
  return tally.action === 'Mask' && tally.mode === 'Enforce' ? { ...tally, action: 'Detect' } : tally;
}

/** The guardrails of a call as the judge of its streamed answer. */
import { type Blocked, judge, type Judgement } from '../../../guardrails/engine/judge.ts';
import type { Tally, Watch } from '../../../guardrails/engine/watch.ts';
import type { Block, TextJudge, TextOrigin } from '../../../providers/texts/stream/judge.ts';
import type { TextEdit } from '../../../providers/texts/types.ts';
import type { GuardrailCheck } from '../guardrail-check.ts';
import { unmasked } from '../texts-judgement.ts';
import { CountedArguments, CountedGrowth, type CountedText } from './counted-text.ts';
import { JudgedText } from './judged-text.ts';
import { OutputRules } from './output-rules.ts';
import { Repeats } from './repeats.ts';

/** Of so many code units a text takes long to judge, and is remembered. */
const LONG = 4096;
const MOST_LONG = 64;

export class StreamJudge implements TextJudge {
  readonly #check: GuardrailCheck;
  readonly #rules: OutputRules;
  readonly #texts = new Map<string, JudgedText>();
  /** When texts that are put together began, in milliseconds. */
  readonly #assembledSince = new Map<string, number>();
  readonly #repeats: Repeats | undefined;
  /** Long texts that the stream says again and again, and what they come to. */
  readonly #long = new Map<string, { readonly watch: Watch; readonly judgement: Judgement }>();
  blocked: string | undefined;

  /** `repeats`: the stream says its texts again, whole, as OpenAI's responses do. */
  constructor(check: GuardrailCheck, repeats: boolean) {
    this.#check = check;
    this.#rules = OutputRules.of(check.guardrails);
    this.#repeats = repeats ? new Repeats() : undefined;
    check.report.checked('Output');
  }

  push(block: Block, text: string): string {
    const judged = this.#textOf(block);
    this.#repeats?.push(block.id, text);
    if (judged.counted?.push(text) === false && this.unreadable('the arguments of a tool are too long') === 'Block') {
      return '';
    }
    const step = judged.push(text);
    if (step === undefined) return text;
    this.#waited(judged.longestWait);
    this.#found(block, step.findings);
    if (step.blocked !== undefined) this.#block(step.blocked);
    return step.release;
  }

  end(block: Block): string {
    const { id } = block;
    this.#repeats?.end(id);
    const since = this.#assembledSince.get(id);
    if (since !== undefined) this.#waited(performance.now() - since);
    this.#assembledSince.delete(id);
    const judged = this.#texts.get(id);
    if (judged === undefined) return '';
    this.#texts.delete(id);
    judged.counted?.end();
    const step = judged.end();
    this.#waited(judged.longestWait);
    if (step === undefined) return '';
    this.#found(block, step.findings);
    if (step.blocked !== undefined) this.#block(step.blocked);
    return step.release;
  }

  whole(text: string, origin: TextOrigin): readonly TextEdit[] {
    const isSigned = origin.isSigned === true;
    const { outcome, findings } = this.#judged(this.#check.guardrails.watch('Output', origin.scope), text);
    if (this.#repeats?.isRepeated(text) !== true) this.#found(origin, findings);
    if (outcome.kind === 'Block') this.#block(outcome.by);
    return outcome.kind === 'Mask' && !isSigned ? outcome.edits : [];
  }

  /** A match in arguments may be written in escapes, and half a call is of no use to anybody. */
  holds({ id, kind, scope, isSigned }: Block): boolean {
    const holds = kind === 'Arguments' && this.#rules.for(scope, isSigned === true).changing !== undefined;
    if (holds) this.#assembledSince.set(id, performance.now());
    return holds;
  }

  unreadable(reason: string): 'Pass' | 'Block' {
    const by = this.#check.unreadable('Output', reason);
    if (by === undefined) return 'Pass';
    this.blocked ??= this.#check.message(by, reason);
    return 'Block';
  }

  #judged(watch: Watch, text: string): Judgement {
    if (this.#repeats === undefined || text.length < LONG) return judge(watch, text);
    const known = this.#long.get(text);
    if (known?.watch === watch) return known.judgement;
    const judgement = judge(watch, text);
    if (this.#long.size === MOST_LONG) this.#long.clear();
    this.#long.set(text, { watch, judgement });
    return judgement;
  }

  #textOf(block: Block): JudgedText {
    let judged = this.#texts.get(block.id);
    if (judged === undefined) {
      const { changing, counting } = this.#rules.for(block.scope, block.isSigned === true);
      judged = new JudgedText(changing, counting === undefined ? undefined : this.#counted(block, counting));
      this.#texts.set(block.id, judged);
    }
    return judged;
  }

  #counted(block: Block, counting: Watch): CountedText {
    if (block.kind !== 'Arguments') return new CountedGrowth(counting, (tallies) => this.#found(block, tallies));
    return new CountedArguments(block, (text) => {
      if (this.#repeats?.isRepeated(text) !== true) this.#found(block, judge(counting, text).findings);
    });
  }

  #found({ isSigned }: TextOrigin, tallies: readonly Tally[]): void {
    if (tallies.length === 0) return;
    this.#check.report.found('Output', isSigned === true ? tallies.map(unmasked) : tallies);
  }

  #block(by: Blocked): void {
    const blocked = { ...by, direction: 'Output' } as const;
    this.#check.report.block(blocked);
    this.blocked ??= this.#check.message(blocked);
  }

  #waited(milliseconds: number): void {
    const { report } = this.#check;
    report.streamDelayMilliseconds = Math.max(report.streamDelayMilliseconds ?? 0, milliseconds);
  }
}

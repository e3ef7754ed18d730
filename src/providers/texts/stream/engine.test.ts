import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ANSWER_FORMS, type AnswerForm, written } from '../../../../test/support/answer-streams.ts';
import { cut, cuts } from '../../../../test/support/chunks.ts';
import { responseHead } from '../../../../test/support/wire.ts';
import { GrowingText, type Release } from '../../../guardrails/engine/growing-text.ts';
import { edited, judge } from '../../../guardrails/engine/judge.ts';
import { compileGuardrail, type Policy } from '../../../guardrails/engine/policy.ts';
import { watch } from '../../../guardrails/engine/watch.ts';
import type { TextEdit } from '../types.ts';
import type { Block, TextJudge, TextOrigin } from './judge.ts';
import { streamRewriter } from './streams.ts';

const RUNS = Number(process.env['TIDEGATE_PROPERTY_RUNS'] ?? 30);

function policy(): Policy {
  const compiled = compileGuardrail('ns/g', {
    pii: {
      entities: [{ type: 'Email', action: 'Mask' }],
      regexes: [{ name: 'ticket', pattern: 'T-[0-9]+', action: 'Mask' }],
    },
    wordFilters: [{ name: 'projects', words: ['apollo'], action: 'Block' }],
  });
  if (compiled.kind === 'Invalid') throw new Error(compiled.message);
  return compiled.policy;
}

const POLICIES = [policy()];

/** The rules of guardrails as the judge of a stream. */
class EngineJudge implements TextJudge {
  blocked: string | undefined;
  readonly #growing = new Map<string, GrowingText>();

  push(block: Block, text: string): string {
    let growing = this.#growing.get(block.id);
    if (growing === undefined) {
      growing = new GrowingText(watch(POLICIES, 'Output', block.scope));
      this.#growing.set(block.id, growing);
    }
    return this.#released(growing.push(text));
  }

  end({ id }: Block): string {
    const growing = this.#growing.get(id);
    this.#growing.delete(id);
    return growing === undefined ? '' : this.#released(growing.end());
  }

  whole(text: string, { scope }: TextOrigin): readonly TextEdit[] {
    const { outcome } = judge(watch(POLICIES, 'Output', scope), text);
    if (outcome.kind === 'Block') this.blocked = 'Withheld.';
    return outcome.kind === 'Mask' ? outcome.edits : [];
  }

  holds(): boolean {
    return false;
  }

  unreadable(): 'Block' {
    this.blocked = 'Withheld.';
    return 'Block';
  }

  #released({ release, blocked }: Release): string {
    if (blocked !== undefined) this.blocked = 'Withheld.';
    return release;
  }
}

function textOf(form: AnswerForm, pieces: readonly string[], at: readonly number[]): string {
  const bytes = written(form, [{ kind: 'text', pieces }], false);
  const head = responseHead({ 'content-type': form.contentType });
  const rewriter = streamRewriter(form.operation, head, new EngineJudge());
  const out = [...cut(bytes, at).flatMap((chunk) => rewriter!.push(chunk)), ...rewriter!.end()];
  const events = form.parse(Buffer.concat(out));
  form.check(events);
  return form
    .texts(events)
    .map(({ text }) => text)
    .join('');
}

const piece = fc.constantFrom(
  'jo',
  'e@exa',
  'mple',
  '.com',
  ' ',
  'T-1',
  '23',
  'ап',
  'é🚀',
  'joe@example.com',
  '"',
  '\u200b',
);

describe.each(ANSWER_FORMS)('guardrails over a stream of $name', (form) => {
  test('make of it what they make of the whole text', () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), cuts, (pieces, at) => {
        const whole = pieces.join('');
        const { outcome } = judge(watch(POLICIES, 'Output', 'Assistant'), whole);
        expect(textOf(form, pieces, at)).toBe(outcome.kind === 'Mask' ? edited(whole, outcome.edits) : whole);
      }),
      { numRuns: RUNS },
    );
  });

  test('block it before anything of what they block has gone out', () => {
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom(['apollo '], ['apo', 'llo', ' ']), cuts, (pieces, word, at) => {
        const text = textOf(form, [...pieces, ' ', ...word, 'and more'], at);
        expect(text).toMatch(/Withheld\.$/);
        expect(text).not.toMatch(/apo|more/);
      }),
      { numRuns: RUNS },
    );
  });
});

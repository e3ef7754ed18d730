/** Texts that the gateway's own rules let pass, judged by those elsewhere: all Guardrails side by side, each text as its masks left it. */
import { edited as editedText, type Blocked, type Edit } from '../../../guardrails/engine/judge.ts';
import type { RemoteText } from '../../../guardrails/remote/types.ts';
import { followed, joined } from '../../../guardrails/remote/verdict.ts';
import type { Direction } from '../../../guardrails/types.ts';
import type { FoundText } from '../../../providers/texts/types.ts';
import type { ActiveGuardrail } from '../provider-guardrails.ts';
import type { GuardrailReport } from '../report.ts';
import { unmasked, type TextsOutcome } from '../texts-judgement.ts';
import type { RemoteOutcome } from './port.ts';

/** The rule that blocks when there is no verdict. */
export const UNAVAILABLE = 'unavailable';

/** Who is asked, and who hears of it. */
export interface Elsewhere {
  /** Those that ask somebody, in order. */
  readonly guardrails: readonly ActiveGuardrail[];
  /** The one that the call carries to AWS: AWS asks it itself. */
  readonly attached: ActiveGuardrail | undefined;
  readonly direction: Direction;
  readonly report: GuardrailReport;
  readonly signal: AbortSignal;
}

/** A text as it is to be judged. */
export interface SeenText extends RemoteText {
  /** A model signed it: it is not masked. */
  readonly isSigned: boolean;
}

/** What becomes of texts. */
export interface ElsewhereOutcome {
  /** The first that blocks, in the order of Guardrails: for what it found, else for want of a verdict. */
  readonly blocked: Blocked | undefined;
  /** The masks of each text; sorted, not overlapping. */
  readonly edits: readonly (readonly Edit[])[];
}

/** Judges texts of a body. `edits`: masks of the gateway's own rules. Never rejects. */
export async function judgeBody(
  elsewhere: Elsewhere,
  texts: readonly FoundText[],
  edits: ReadonlyMap<FoundText, readonly Edit[]>,
): Promise<TextsOutcome> {
  const seen = texts.map((each) => ({
    scope: each.scope,
    text: editedText(each.text, edits.get(each) ?? []),
    isSigned: each.isSigned,
  }));
  const outcome = await judgeTexts(elsewhere, seen);
  if (outcome.blocked !== undefined) return { kind: 'Blocked', by: outcome.blocked };
  const splices = texts.flatMap((text, i) => {
    const all = followed(edits.get(text) ?? [], outcome.edits[i] ?? []);
    return all.length === 0 || text.isSigned ? [] : text.splice(all);
  });
  return { kind: 'Pass', splices };
}

/** Judges texts, and counts what was found. Never rejects. */
export async function judgeTexts(elsewhere: Elsewhere, texts: readonly SeenText[]): Promise<ElsewhereOutcome> {
  const { guardrails, direction, report } = elsewhere;
  const outcomes = await Promise.all(guardrails.map((active) => ask(active, texts, elsewhere)));
  const edits = texts.map((): Edit[] => []);
  let blocked: Blocked | undefined;
  let unjudged: Blocked | undefined;
  for (const [i, { outcome, indices }] of outcomes.entries()) {
    const active = guardrails[i];
    if (active === undefined) continue;
    // Findings do not say of which text they are.
    const edited = indices.filter((_, j) => (outcome.verdict.edits[j]?.length ?? 0) > 0);
    const isKept = edited.length > 0 && edited.every((index) => texts[index]?.isSigned === true);
    const rule = note(active, outcome, direction, report, isKept);
    const by = rule === undefined ? undefined : { guardrail: active.policy.name, rule };
    if (outcome.verdict.blockedBy === undefined) unjudged ??= by;
    else blocked ??= by;
    if (active.entry.mode === 'Audit') continue;
    for (const [j, own] of outcome.verdict.edits.entries()) edits[indices[j] ?? -1]?.push(...own);
  }
  return { blocked: blocked ?? unjudged, edits: edits.map(joined) };
}

/** Counts what a Guardrail's judges said; `isKept`: what it would mask must stay. The rule that blocks for it, if one does. */
function note(
  { entry, policy }: ActiveGuardrail,
  { verdict, failure }: RemoteOutcome,
  direction: Direction,
  report: GuardrailReport,
  isKept: boolean,
): string | undefined {
  const guardrail = policy.name;
  const tallies = verdict.findings.map((finding) => ({ ...finding, guardrail, mode: entry.mode }));
  report.found(direction, isKept ? tallies.map(unmasked) : tallies);
  if (failure !== undefined) report.failed({ guardrail, direction, reason: failure });
  if (entry.mode === 'Audit') return undefined;
  return verdict.blockedBy ?? (failure !== undefined && entry.failurePolicy === 'Closed' ? UNAVAILABLE : undefined);
}

const NOTHING: RemoteOutcome = { verdict: { findings: [], blockedBy: undefined, edits: [] }, failure: undefined };

/** Asks about the texts that are in a Guardrail's scopes; `indices` are theirs among all. */
async function ask(
  active: ActiveGuardrail,
  texts: readonly RemoteText[],
  { attached, direction, signal }: Elsewhere,
): Promise<{ readonly outcome: RemoteOutcome; readonly indices: readonly number[] }> {
  const indices = texts.flatMap(({ scope }, i) => (asksAbout(active, scope) ? [i] : []));
  const own = indices.flatMap((i) => texts[i] ?? []);
  const outcome =
    own.length === 0 ? NOTHING : await active.remote?.evaluate(own, direction, active === attached, signal);
  return { outcome: outcome ?? NOTHING, indices };
}

/** Whether texts of a scope are among those that a Guardrail asks about. */
export function asksAbout({ entry: { scopes } }: ActiveGuardrail, scope: RemoteText['scope']): boolean {
  return scopes === undefined || scopes.includes(scope);
}

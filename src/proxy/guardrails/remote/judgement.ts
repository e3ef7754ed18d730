/** Texts that the gateway's own rules let pass, judged by those elsewhere: all Guardrails side by side, each text as its masks left it. */
import { edited, type Edit } from '../../../guardrails/engine/judge.ts';
import type { RemoteText } from '../../../guardrails/remote/types.ts';
import { followed, joined } from '../../../guardrails/remote/verdict.ts';
import type { Direction } from '../../../guardrails/types.ts';
import type { FoundText } from '../../../providers/texts/types.ts';
import type { ActiveGuardrail } from '../provider-guardrails.ts';
import type { GuardrailReport } from '../report.ts';
import type { TextsOutcome } from '../texts-judgement.ts';
import type { RemoteOutcome } from './port.ts';

/** The rule that blocks when there is no verdict. */
export const UNAVAILABLE = 'unavailable';

export interface ElsewhereOptions {
  /** Those that ask somebody, in order. */
  readonly guardrails: readonly ActiveGuardrail[];
  readonly direction: Direction;
  readonly texts: readonly FoundText[];
  /** Masks of the gateway's own rules. */
  readonly edits: ReadonlyMap<FoundText, readonly Edit[]>;
  readonly report: GuardrailReport;
  readonly signal: AbortSignal;
}

/** What becomes of the texts, the masks of all included. Never rejects. */
export async function judgeElsewhere(options: ElsewhereOptions): Promise<TextsOutcome> {
  const { guardrails, direction, texts, edits, report, signal } = options;
  const seen = texts.map(({ scope, text }, i): RemoteText => {
    const found = texts[i];
    return { scope, text: edited(text, (found && edits.get(found)) ?? []) };
  });
  const outcomes = await Promise.all(guardrails.map((active) => ask(active, seen, direction, signal)));
  const further = new Map<number, Edit[]>();
  let blocked: { guardrail: string; rule: string } | undefined;
  for (const [i, { outcome, indices }] of outcomes.entries()) {
    const active = guardrails[i];
    if (active === undefined) continue;
    const rule = note(active, outcome, direction, report);
    if (rule !== undefined) blocked ??= { guardrail: active.policy.name, rule };
    if (active.entry.mode === 'Audit') continue;
    for (const [j, own] of outcome.verdict.edits.entries()) {
      const index = indices[j] ?? -1;
      further.set(index, [...(further.get(index) ?? []), ...own]);
    }
  }
  if (blocked !== undefined) return { kind: 'Blocked', by: blocked };
  const splices = texts.flatMap((text, i) => {
    const all = followed(edits.get(text) ?? [], joined(further.get(i) ?? []));
    return all.length === 0 || text.isSigned ? [] : text.splice(all);
  });
  return { kind: 'Pass', splices };
}

/** Counts what a Guardrail's judges said. The rule that blocks for it, if one does. */
export function note(
  { entry, policy }: ActiveGuardrail,
  { verdict, failure }: RemoteOutcome,
  direction: Direction,
  report: GuardrailReport,
): string | undefined {
  const guardrail = policy.name;
  report.found(
    direction,
    verdict.findings.map((finding) => ({ ...finding, guardrail, mode: entry.mode })),
  );
  if (failure !== undefined) report.failed({ guardrail, direction, reason: failure });
  if (entry.mode === 'Audit') return undefined;
  return verdict.blockedBy ?? (failure !== undefined && entry.failurePolicy === 'Closed' ? UNAVAILABLE : undefined);
}

/** Asks about the texts that are in a Guardrail's scopes; `indices` are theirs among all. */
async function ask(
  { entry, remote }: ActiveGuardrail,
  texts: readonly RemoteText[],
  direction: Direction,
  signal: AbortSignal,
): Promise<{ readonly outcome: RemoteOutcome; readonly indices: readonly number[] }> {
  const { scopes } = entry;
  const indices = [...texts.keys()].filter((i) => scopes === undefined || isIn(scopes, texts[i]));
  const own = indices.flatMap((i) => texts[i] ?? []);
  const nothing = { verdict: { findings: [], blockedBy: undefined, edits: [] }, failure: undefined };
  return { outcome: (await remote?.evaluate(own, direction, false, signal)) ?? nothing, indices };
}

function isIn(scopes: readonly string[], text: RemoteText | undefined): boolean {
  return text !== undefined && scopes.includes(text.scope);
}

import type { GuardrailOutcome, GuardrailReport } from './report.ts';

/** What one Guardrail came to, as a line of the access log has it: names and counts, never a text. */
export interface LoggedOutcome {
  /** `namespace/name`. */
  readonly guardrail: string;
  readonly direction: GuardrailOutcome['direction'];
  /** The strictest that it came to; with the mode `Audit`, what it would have come to. */
  readonly action: GuardrailOutcome['action'];
  readonly mode: GuardrailOutcome['mode'];
  /** How often each rule matched. Absent: none did. */
  readonly rules?: Readonly<Record<string, number>>;
  /** Why something could not be read, or what failed of those that are asked: `Timeout`. */
  readonly reason?: string;
}

/** Undefined: nothing was looked at. */
export function loggedOutcomes(report: GuardrailReport | undefined): readonly LoggedOutcome[] | undefined {
  const outcomes = report?.outcomes() ?? [];
  return outcomes.length === 0 ? undefined : outcomes.map(logged);
}

function logged(outcome: GuardrailOutcome): LoggedOutcome {
  const { namespace, guardrail, direction, action, mode, tallies, unread, failure } = outcome;
  const reason = unread ?? failure;
  const rules: Record<string, number> = {};
  // A rule that masks has one tally for what it masked, and one for what it must not touch.
  for (const { rule, count } of tallies) rules[rule] = (rules[rule] ?? 0) + count;
  return {
    guardrail: `${namespace}/${guardrail}`,
    direction,
    action,
    mode,
    ...(tallies.length > 0 && { rules }),
    ...(reason !== undefined && { reason }),
  };
}

/** Statuses of Guardrails: which a pass wants, and their writer's kind. Pure. */
import { REASON_READY, type Reason } from '../api/conditions.ts';
import type { Guardrail, GuardrailStatus } from '../api/generated/guardrail.ts';
import {
  guardrailStatusDueAt,
  sameGuardrailStatus,
  wantedGuardrailStatus,
  type GuardrailStatusInput,
  type GuardrailVerdict,
} from '../compile/index.ts';
import type { BrokenSince } from './broken-since.ts';
import { GUARDRAILS } from './sources.ts';
import type { StatusKind } from './status-kind.ts';
import { guardrailTransitions } from './transitions.ts';

/** What the status of one Guardrail follows from. */
export type WantedGuardrail = Omit<GuardrailStatusInput, 'previous'>;

export const GUARDRAIL_STATUS: StatusKind<GuardrailStatus, WantedGuardrail> = {
  resource: GUARDRAILS,
  noun: 'guardrail',
  status: (wanted, previous) => wantedGuardrailStatus({ ...wanted, previous }),
  isSame: sameGuardrailStatus,
  withCountOf: (wanted, { usedBy }) => {
    const { usedBy: _, ...rest } = wanted;
    return { ...rest, ...(usedBy !== undefined && { usedBy }) };
  },
  // Hundreds of providers may come in a row.
  countDelayMs: 250,
  transitions: guardrailTransitions,
};

export interface GuardrailStatusesInput {
  readonly verdicts: ReadonlyMap<string, GuardrailVerdict>;
  readonly guardrail: (key: string) => Guardrail | undefined;
  readonly brokenSince: BrokenSince;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface GuardrailStatuses {
  readonly wanted: ReadonlyMap<string, WantedGuardrail>;
  /** When the answer will be another although nothing changes, in milliseconds since the epoch. */
  readonly dueAt: number | undefined;
}

/** The statuses to be had. They wait for no proxy: that one enforces a Guardrail, the providers' `Active` says. */
export function decideGuardrailStatuses(input: GuardrailStatusesInput): GuardrailStatuses {
  const { verdicts, guardrail, brokenSince, now } = input;
  const wanted = new Map<string, WantedGuardrail>();
  let dueAt = Infinity;
  for (const [key, verdict] of verdicts) {
    const item = { verdict, now, brokenSince: brokenSince.observe(key, verdict, guardrail(key), now) };
    dueAt = Math.min(dueAt, guardrailStatusDueAt({ ...item, previous: undefined }) ?? Infinity);
    wanted.set(key, item);
  }
  brokenSince.keepOnly(verdicts);
  return { wanted, dueAt: dueAt === Infinity ? undefined : dueAt };
}

/** The reason of its condition Ready. */
export function readyReason({ outcome }: GuardrailVerdict): Reason {
  return outcome.kind === 'Broken' ? outcome.reason : REASON_READY;
}

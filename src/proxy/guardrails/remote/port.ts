/** Judges elsewhere, as the guardrails of a call see them. */
import type { RemoteText, RemoteVerdict } from '../../../guardrails/remote/types.ts';
import type { Direction } from '../../../guardrails/types.ts';

/** Why a judge gave no verdict: values of a label. */
export type EvaluationFailure =
  /** Not within the Guardrail's `timeoutMilliseconds`. */
  | 'Timeout'
  /** No connection, or it broke twice. */
  | 'Unreachable'
  /** 429, twice. */
  | 'Throttled'
  /** Any other status that is neither 2xx nor 5xx. */
  | 'Refused'
  /** 5xx. */
  | 'ServerError'
  /** An answer that is not understood, or too long. */
  | 'Unreadable'
  /** Nothing to sign with. */
  | 'CredentialsUnavailable'
  /** The provider that is to be asked is not there, disabled or not available. */
  | 'ProviderUnavailable'
  /** More waits for this Guardrail's judges than may. */
  | 'Overloaded'
  /** More text than is sent to judges. */
  | 'TooLong';

/** Those that are over when the judge is well again: whoever asks once more may have a verdict. */
const PASSING: ReadonlySet<string> = new Set<EvaluationFailure>([
  'Timeout',
  'Unreachable',
  'Throttled',
  'ServerError',
  'Overloaded',
]);

/** Whether the same texts may have a verdict in a moment. */
export function isPassing(failure: string): boolean {
  return PASSING.has(failure);
}

/** What the judges of a Guardrail say together. */
export interface RemoteOutcome {
  /** Of those that gave one. */
  readonly verdict: RemoteVerdict;
  /** Why one gave none; undefined: all did. Nothing failed that matters when another blocks. */
  readonly failure: EvaluationFailure | undefined;
}

export interface RemoteEvaluator {
  /** Whether anybody is asked about texts of a direction. `isAttached`: AWS judges the call by the guardrail attached to it. */
  watches(direction: Direction, isAttached: boolean): boolean;
  /** Never rejects. An aborted `signal` ends it; what it then says is of no use. */
  evaluate(
    texts: readonly RemoteText[],
    direction: Direction,
    isAttached: boolean,
    signal: AbortSignal,
  ): Promise<RemoteOutcome>;
}

/**
 * Calls that are stopped because a judge elsewhere gave no verdict, and a Guardrail fails closed: callers are told so, and not that
 * a rule was broken.
 */
import type { Rejection } from '../../refusal.ts';
import type { BlockedBy, GuardrailReport } from '../report.ts';
import { UNAVAILABLE } from './judgement.ts';
import { isPassing } from './port.ts';

/** Judges are asked within two seconds by default, and one that is back is back at once. */
const RETRY_AFTER_SECONDS = 1;

/** More text than is asked about: that is the call's own doing, and so is no outage. */
const TOO_LONG = 'TooLong';

/** Why there was no verdict, in a word; undefined: something else stopped the call. */
export function outageOf({ guardrail, rule, direction }: BlockedBy, report: GuardrailReport): string | undefined {
  if (rule !== UNAVAILABLE) return undefined;
  const failures = report.failures.filter((each) => each.guardrail === guardrail && each.direction === direction);
  const failure = failures.at(-1)?.reason;
  return failure === TOO_LONG ? undefined : failure;
}

/**
 * A refusal of which SDKs make an error of the server's. They repeat it where that may help and costs nothing: an answer has been
 * billed, and each call during an outage would be paid for three times.
 */
export function outageRejection({ guardrail, direction }: BlockedBy, failure: string): Rejection {
  const what = direction === 'Input' ? 'request' : 'answer';
  const message = `The guardrail "${guardrail}" cannot check this ${what}: the judge that it asks gives no verdict (${failure})`;
  if (direction === 'Output') {
    return {
      code: 'GuardrailUnavailable',
      message: `${message}. The provider has answered: asking again is billed again.`,
      isBilled: true,
    };
  }
  return isPassing(failure)
    ? {
        code: 'GuardrailUnavailable',
        message: `${message}; try again.`,
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      }
    : { code: 'GuardrailUnavailable', message: `${message}.` };
}

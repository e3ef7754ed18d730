/** What keeps a provider from being served although its own spec can be read. */
import {
  REASON_GUARDRAIL_NOT_FOUND,
  REASON_GUARDRAIL_NOT_READY,
  REASON_GUARDRAIL_UNREADABLE,
  REASON_INVALID_SPEC,
  REASON_SECRET_KEY_EMPTY,
  REASON_SECRET_KEY_NOT_FOUND,
  REASON_SECRET_NOT_FOUND,
  REASON_SECRET_UNREADABLE,
  type Reason,
} from '../api/conditions.ts';

/** Something wrong with an object that is referred to. The message never holds anything of a Secret's content. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
}

/** Which of several problems is told: the one that hides the others, and all that are of its kind. */
export function gravest(problems: readonly Problem[]): Problem | undefined {
  return byGravity(problems)[0];
}

/** Problems of one reason as one, the gravest first. */
export function byGravity(problems: readonly Problem[]): readonly Problem[] {
  return GRAVITY.flatMap((reason) => {
    const messages = new Set(problems.filter((problem) => problem.reason === reason).map(({ message }) => message));
    return messages.size === 0 ? [] : [{ reason, message: [...messages].join('; ') }];
  });
}

/** What cannot be read now is told after what is known to be wrong: it may be whole. */
const GRAVITY: readonly Reason[] = [
  REASON_SECRET_NOT_FOUND,
  REASON_GUARDRAIL_NOT_FOUND,
  REASON_GUARDRAIL_NOT_READY,
  REASON_GUARDRAIL_UNREADABLE,
  REASON_SECRET_UNREADABLE,
  REASON_SECRET_KEY_NOT_FOUND,
  REASON_SECRET_KEY_EMPTY,
  REASON_INVALID_SPEC,
];

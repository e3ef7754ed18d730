/** An answer of which no guardrail can read anything, and that is blocked for that. */
import type { GuardrailCheck } from '../guardrails/guardrail-check.ts';
import type { BlockedBy } from '../guardrails/report.ts';
import type { Answer, Flushed } from './answer.ts';
import { withhold } from './withheld.ts';
import type { AnswerParts } from './parts.ts';

const NOTHING = Buffer.alloc(0);

export class UnreadableAnswer implements Answer {
  readonly #parts: AnswerParts;
  readonly #check: GuardrailCheck;
  readonly #by: BlockedBy;
  readonly #reason: string;

  constructor(parts: AnswerParts, check: GuardrailCheck, by: BlockedBy, reason: string) {
    this.#parts = parts;
    this.#check = check;
    this.#by = by;
    this.#reason = reason;
  }

  begin(): void {
    withhold(this.#parts, this.#check, NOTHING, this.#by, this.#reason);
  }

  push(): void {
    // The client has been told.
  }

  end(): void {
    // It has ended.
  }

  flush(): Flushed {
    return 'Ended';
  }
}

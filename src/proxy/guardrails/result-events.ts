/**
 * What guardrails came to, as log lines with the names of OpenTelemetry's event `gen_ai.guardrail.result`: one for each
 * Guardrail and direction of a call. The conventions are in development and unreleased:
 * https://github.com/open-telemetry/semantic-conventions-genai/pull/427
 */
import type { Logger } from '../../telemetry/log.ts';
import type { GuardrailOutcome, GuardrailReport } from './report.ts';

export const EVENT_NAME = 'gen_ai.guardrail.result';

/** Who judges, for `gen_ai.guardrail.component.name`. */
const COMPONENT = 'tidegate';

/** Characters of a rule's name, which a judge elsewhere may have chosen. */
const MAX_RULE_CHARACTERS = 200;

/** The attributes of one event; those that do not apply are undefined and left out of the line. */
export interface ResultAttributes {
  readonly 'gen_ai.guardrail.component.name': string;
  /** `namespace/name` of the Guardrail. */
  readonly 'gen_ai.guardrail.policy.id': string;
  /** Its generation. */
  readonly 'gen_ai.guardrail.policy.version': string;
  /** The rule that led to the result first. */
  readonly 'gen_ai.guardrail.policy.rule.id': string | undefined;
  readonly 'gen_ai.guardrail.result.type': 'action';
  /** With the mode `Audit`: what it would have come to. */
  readonly 'gen_ai.guardrail.result.value': GuardrailOutcome['action'];
  /** Why something could not be read, in fixed words. */
  readonly 'gen_ai.guardrail.result.reason': string | undefined;
  readonly 'gen_ai.guardrail.source': GuardrailOutcome['direction'];
  /** Why a judge elsewhere gave no verdict. */
  readonly 'error.type': string | undefined;
  /** The conventions have no word for a result that changes nothing. */
  readonly 'tidegate.guardrail.mode': GuardrailOutcome['mode'];
}

export class ResultEvents {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Once for each call, at its end. */
  write(requestId: string, report: GuardrailReport): void {
    if (!this.#log.isLevelEnabled('info')) return;
    for (const outcome of report.outcomes()) {
      this.#log.info({ 'event.name': EVENT_NAME, requestId, ...attributesOf(outcome) }, 'guardrail result');
    }
  }
}

export function attributesOf(outcome: GuardrailOutcome): ResultAttributes {
  const { namespace, guardrail, generation, direction, mode, action, rule, unread, failure } = outcome;
  return {
    'gen_ai.guardrail.component.name': COMPONENT,
    'gen_ai.guardrail.policy.id': `${namespace}/${guardrail}`,
    'gen_ai.guardrail.policy.version': String(generation),
    'gen_ai.guardrail.policy.rule.id': rule === '' ? undefined : rule.slice(0, MAX_RULE_CHARACTERS),
    'gen_ai.guardrail.result.type': 'action',
    'gen_ai.guardrail.result.value': action,
    'gen_ai.guardrail.result.reason': unread,
    'gen_ai.guardrail.source': direction,
    'error.type': failure,
    'tidegate.guardrail.mode': mode,
  };
}

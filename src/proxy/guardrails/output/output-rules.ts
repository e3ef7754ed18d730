/** The rules that look at answers, parted: those that change a text, for which some of it may have to be held, and those that only count. */
import type { Policy } from '../../../guardrails/engine/policy.ts';
import { watch, type Watch } from '../../../guardrails/engine/watch.ts';
import type { Rule, Scope } from '../../../guardrails/types.ts';
import type { ProviderGuardrails } from '../provider-guardrails.ts';

/** The rules for one kind of text. */
export interface PartedRules {
  /** Undefined: none. */
  readonly changing: Watch | undefined;
  readonly counting: Watch | undefined;
}

const known = new WeakMap<ProviderGuardrails, OutputRules>();

export class OutputRules {
  readonly #guardrails: ProviderGuardrails;
  readonly #parted = new Map<string, PartedRules>();
  /** Whether an answer can come to be another than the upstream's: else it need not wait for anybody. */
  readonly canChange: boolean;

  private constructor(guardrails: ProviderGuardrails) {
    this.#guardrails = guardrails;
    this.canChange =
      guardrails.closed('Output') !== undefined ||
      guardrails.asking('Output').some(({ entry }) => entry.mode === 'Enforce') ||
      guardrails.list.some(({ policy }) => policy.rules.Output.some((rule) => changes(policy, rule, false)));
  }

  static of(guardrails: ProviderGuardrails): OutputRules {
    let rules = known.get(guardrails);
    if (rules === undefined) {
      rules = new OutputRules(guardrails);
      known.set(guardrails, rules);
    }
    return rules;
  }

  /** `isSigned`: a model signed the text, so that masks would break its signature. */
  for(scope: Scope, isSigned: boolean): PartedRules {
    const key = `${scope} ${isSigned}`;
    let parted = this.#parted.get(key);
    if (parted === undefined) {
      parted = {
        changing: this.#watch(scope, (policy, rule) => changes(policy, rule, isSigned)),
        counting: this.#watch(scope, (policy, rule) => !changes(policy, rule, isSigned)),
      };
      this.#parted.set(key, parted);
    }
    return parted;
  }

  #watch(scope: Scope, belongs: (policy: Policy, rule: Rule) => boolean): Watch | undefined {
    const policies = this.#guardrails.list.map(({ policy }): Policy => {
      const rules = policy.rules.Output.filter((rule) => belongs(policy, rule));
      return { ...policy, rules: { ...policy.rules, Output: rules } };
    });
    const watched = watch(policies, 'Output', scope);
    return watched.rules.length === 0 ? undefined : watched;
  }
}

function changes({ mode }: Policy, { action }: Rule, isSigned: boolean): boolean {
  return mode === 'Enforce' && (action === 'Block' || (action === 'Mask' && !isSigned));
}

/** The Guardrails of one provider, compiled: what its calls are checked against. */
import { compileGuardrail, compileSteps, type Policy } from '../../guardrails/engine/policy.ts';
import { watch, type Watch } from '../../guardrails/engine/watch.ts';
import type { Direction, Scope } from '../../guardrails/types.ts';
import type { TableIndex } from '../../table/index.ts';
import type { GuardrailEntry, ProviderEntry } from '../../table/types.ts';
import type { RemoteEvaluator } from './remote/port.ts';
import { turn } from './turns.ts';

/** One Guardrail in force. */
export interface ActiveGuardrail {
  readonly entry: GuardrailEntry;
  readonly policy: Policy;
  /** Judges elsewhere; undefined: it asks none. */
  readonly remote: RemoteEvaluator | undefined;
}

/** Finds the judges elsewhere of a Guardrail. */
export type RemoteEvaluators = (entry: GuardrailEntry) => RemoteEvaluator | undefined;

/** A Guardrail of the table of which this version of the gateway can make no rules. */
export class UnusableGuardrailError extends Error {}

/** Compiled once for a version of a Guardrail, however many providers and tables have it. */
const compiled = new WeakMap<GuardrailEntry, Policy>();

export class ProviderGuardrails {
  /** In the order of the references. */
  readonly list: readonly ActiveGuardrail[];
  readonly #watches = new Map<string, Watch>();

  constructor(list: readonly ActiveGuardrail[]) {
    this.list = list;
  }

  /**
   * Undefined: the provider has none.
   * @throws UnusableGuardrailError when one of them cannot be compiled; another error when the table lacks one, which the codec
   * has made sure of.
   */
  static of(
    { guardrails, name }: ProviderEntry,
    table: TableIndex,
    evaluators: RemoteEvaluators,
  ): ProviderGuardrails | undefined {
    if (guardrails.length === 0) return undefined;
    return new ProviderGuardrails(
      guardrails.map((reference) => {
        const entry = table.guardrailWithHash(reference.hash);
        if (entry === undefined) throw new Error(`the guardrail "${reference.name}" of "${name}" is not in the table`);
        return { entry, policy: policyOf(entry), remote: evaluators(entry) };
      }),
    );
  }

  /** Who blocks what cannot be checked: the first that looks at the direction, is enforced, and fails closed. */
  closed(direction: Direction, attached?: ActiveGuardrail): ActiveGuardrail | undefined {
    return this.list.find(
      (active) =>
        active.entry.mode === 'Enforce' &&
        active.entry.failurePolicy === 'Closed' &&
        looksAt(active, direction, active === attached),
    );
  }

  /** The rules that look at texts of a direction and scope. */
  watch(direction: Direction, scope: Scope): Watch {
    const key = `${direction} ${scope}`;
    let found = this.#watches.get(key);
    if (found === undefined) {
      found = watch(
        this.list.map(({ policy }) => policy),
        direction,
        scope,
      );
      this.#watches.set(key, found);
    }
    return found;
  }

  /** Whether any rule looks at any text of a direction. `attached`: AWS asks its guardrail itself. */
  watches(direction: Direction, attached?: ActiveGuardrail): boolean {
    return this.list.some((active) => looksAt(active, direction, active === attached));
  }

  /** Those that ask judges elsewhere about texts of a direction, in order. `attached`: the call carries it to AWS. */
  asking(direction: Direction, attached?: ActiveGuardrail): readonly ActiveGuardrail[] {
    return this.list.filter((active) => active.remote?.watches(direction, active === attached) === true);
  }

  /** The Guardrail of this name, as `namespace/name`. */
  named(name: string): ActiveGuardrail | undefined {
    return this.list.find(({ policy }) => policy.name === name);
  }
}

/** Whether a Guardrail looks at any text of a direction. `isAttached`: AWS asks its guardrail of Bedrock itself. */
export function looksAt({ policy, remote }: ActiveGuardrail, direction: Direction, isAttached = false): boolean {
  return policy.rules[direction].length > 0 || remote?.watches(direction, isAttached) === true;
}

/** Computed without a break, unless a rule alone takes longer. */
const SLICE_MILLISECONDS = 10;

/**
 * Compiles Guardrails of a table that is to come, in turns with the calls that are served meanwhile: some take seconds. Those
 * that cannot be compiled are left to {@link ProviderGuardrails.of}.
 */
export async function prepareGuardrails(entries: readonly GuardrailEntry[]): Promise<void> {
  let begin = performance.now();
  for (const entry of entries) {
    const steps = compileSteps(nameOf(entry), entry);
    while (!compiled.has(entry)) {
      const step = steps.next();
      if (step.done === true && step.value.kind === 'Invalid') break;
      if (step.done === true && step.value.kind === 'Compiled') compiled.set(entry, step.value.policy);
      if (performance.now() - begin < SLICE_MILLISECONDS) continue;
      await turn();
      begin = performance.now();
    }
  }
}

function nameOf({ namespace, name }: GuardrailEntry): string {
  return `${namespace}/${name}`;
}

function policyOf(entry: GuardrailEntry): Policy {
  const known = compiled.get(entry);
  if (known !== undefined) return known;
  const name = nameOf(entry);
  const result = compileGuardrail(name, entry);
  // The operator publishes none that does not compile; a proxy of another version may know less.
  if (result.kind === 'Invalid')
    throw new UnusableGuardrailError(`the guardrail "${name}" cannot be used: ${result.message}`);
  compiled.set(entry, result.policy);
  return result.policy;
}

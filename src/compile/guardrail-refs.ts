/** What the state of Guardrails means for the providers that refer to them. */
import {
  REASON_GUARDRAIL_NOT_FOUND,
  REASON_GUARDRAIL_NOT_READY,
  REASON_GUARDRAIL_UNREADABLE,
  REASON_SECRET_UNREADABLE,
} from '../api/conditions.ts';
import { guardrailHash, type GuardrailReference } from '../table/index.ts';
import type { CompiledGuardrail } from './guardrail-trial.ts';
import type { Problem } from './problems.ts';
import type { CompileInput } from './types.ts';

/** What a reference to a Guardrail finds: it, why nothing is known of it, or nothing. The same as long as nothing changes. */
export type GuardrailState = CompiledGuardrail | string | undefined;

/** The states of Guardrails in one pass, by key. */
export type GuardrailStates = (key: string) => GuardrailState;

/** The references of a provider, and what is wrong with them; references that cannot be followed are left out. */
export function resolveGuardrails(
  stateOf: GuardrailStates,
  namespace: string,
  names: readonly string[],
): { readonly guardrails: readonly GuardrailReference[]; readonly problems: readonly Problem[] } {
  const guardrails: GuardrailReference[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    const state = stateOf(`${namespace}/${name}`);
    const guardrail = `guardrail "${namespace}/${name}"`;
    if (state === undefined) {
      problems.push({ reason: REASON_GUARDRAIL_NOT_FOUND, message: `${guardrail} not found` });
    } else if (typeof state === 'string') {
      problems.push({ reason: REASON_GUARDRAIL_UNREADABLE, message: `${guardrail} can't be read: ${state}` });
    } else if (state.outcome.kind === 'Broken' && state.outcome.reason === REASON_SECRET_UNREADABLE) {
      // It may be readable in a moment: what is published stays in force.
      const message = `${guardrail} can't be read: ${state.outcome.message}`;
      problems.push({ reason: REASON_GUARDRAIL_UNREADABLE, message });
    } else if (state.entry === undefined) {
      // Its own message may quote its tests, and callers read this one.
      const why = state.outcome.kind === 'Broken' ? state.outcome.reason : state.outcome.kind;
      problems.push({ reason: REASON_GUARDRAIL_NOT_READY, message: `${guardrail} is not ready: ${why}` });
    } else {
      guardrails.push({ name, hash: guardrailHash(state.entry) });
    }
  }
  return { guardrails, problems };
}

/** How references find what was compiled. */
export function guardrailStates(
  compiled: ReadonlyMap<string, CompiledGuardrail>,
  unreadable: CompileInput['unreadableGuardrail'],
): GuardrailStates {
  return (key) => compiled.get(key) ?? unreadable?.(key);
}

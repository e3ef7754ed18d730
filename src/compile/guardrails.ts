/** Guardrails: each compiled and tried on its own tests, as seldom as that can be. */
import { isDeepStrictEqual } from 'node:util';

import { REASON_INVALID_SPEC } from '../api/conditions.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import { readGuardrailSpec, type GuardrailSpec } from './guardrail-spec.ts';
import { broken, tryOut, type CompiledGuardrail } from './guardrail-trial.ts';
import { inOrder, type Candidate } from './objects.ts';
import { gravest } from './problems.ts';
import { remoteRefs, resolveRemote } from './remote-spec.ts';
import type { Secrets } from './secret-values.ts';
import { SpecError } from './spec-values.ts';
import type { SecretState } from './types.ts';

/** What is compiled without a pause, unless a rule or a test takes longer. */
const SLICE_MILLISECONDS = 20;

/**
 * Compiles Guardrails and keeps what came of each while it stays the same: making the rules and running the tests takes
 * tens of milliseconds, and an object that is read again, or whose status was written, has the same spec.
 */
export class GuardrailCompiler {
  readonly #byObject = new WeakMap<Guardrail, Known>();
  #last: ReadonlyMap<string, { readonly candidate: Candidate<Guardrail>; readonly known: Known }> = new Map();

  /**
   * Compiles those that {@link GuardrailCompiler.compile} would, with a pause wherever it took long: a thousand of them, a
   * few with ten thousands of words, or one with slow patterns and long tests take longer than a process may stand still.
   */
  async prepare(guardrails: readonly Guardrail[], secrets: Secrets, pause: () => Promise<void>): Promise<void> {
    let begin = performance.now();
    for (const [key, candidate] of inOrder(guardrails)) {
      const steps = compileSteps(candidate, secrets);
      let known = this.#known(key, candidate, secrets);
      while (known === undefined) {
        const step = steps.next();
        if (step.done === true) known = step.value;
        if (performance.now() - begin < SLICE_MILLISECONDS) continue;
        await pause();
        begin = performance.now();
      }
      this.#byObject.set(candidate.value, known);
    }
  }

  /** By key, sorted, without those that are being deleted. */
  compile(guardrails: readonly Guardrail[], secrets: Secrets): ReadonlyMap<string, CompiledGuardrail> {
    const all = new Map(
      Array.from(inOrder(guardrails), ([key, candidate]) => {
        const known = this.#known(key, candidate, secrets) ?? compileOne(candidate, secrets);
        this.#byObject.set(candidate.value, known);
        return [key, { candidate, known }];
      }),
    );
    this.#last = all;
    return new Map(Array.from(all, ([key, { known }]) => [key, known.compiled]));
  }

  #known(key: string, candidate: Candidate<Guardrail>, secrets: Secrets): Known | undefined {
    const known = this.#byObject.get(candidate.value) ?? this.#unchanged(key, candidate);
    return known?.usedSecrets.every(([secret, state]) => secrets.get(secret) === state) === true ? known : undefined;
  }

  #unchanged(key: string, { identity, value }: Candidate<Guardrail>): Known | undefined {
    const last = this.#last.get(key);
    const isSame = isDeepStrictEqual(last?.candidate.identity, identity);
    return isSame && isDeepStrictEqual(last?.candidate.value.spec, value.spec) ? last?.known : undefined;
  }
}

/** What came of a Guardrail, and of which Secrets it was made. */
interface Known {
  readonly compiled: CompiledGuardrail;
  readonly usedSecrets: readonly (readonly [key: string, state: SecretState | undefined])[];
}

/** Keys of the Secrets that these Guardrails need for whom they ask. */
export function secretsOfGuardrails(guardrails: readonly Guardrail[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const [, { identity, value }] of inOrder(guardrails)) {
    const spec = trySpec(value);
    if (spec instanceof SpecError) continue;
    for (const { name } of remoteRefs(spec.remote)) keys.add(`${identity.namespace}/${name}`);
  }
  return keys;
}

function trySpec(guardrail: Guardrail): GuardrailSpec | SpecError {
  try {
    return readGuardrailSpec(guardrail.spec);
  } catch (error) {
    return error instanceof SpecError ? error : new SpecError('`spec` cannot be read');
  }
}

function compileOne(candidate: Candidate<Guardrail>, secrets: Secrets): Known {
  const steps = compileSteps(candidate, secrets);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function* compileSteps({ identity, value }: Candidate<Guardrail>, secrets: Secrets): Generator<void, Known> {
  const spec = trySpec(value);
  if (spec instanceof SpecError) {
    const { message } = spec;
    return { compiled: broken(identity, REASON_INVALID_SPEC, message, [{ path: ['spec'], message }]), usedSecrets: [] };
  }
  const { namespace } = identity;
  const keys = new Set(remoteRefs(spec.remote).map(({ name }) => `${namespace}/${name}`));
  const usedSecrets = [...keys].map((key) => [key, secrets.get(key)] as const);
  const compiled = yield* tryOut(identity, spec);
  // What only a change of the Guardrail mends is told before what a Secret mends.
  if (compiled.entry === undefined || spec.remote === undefined) return { compiled, usedSecrets };
  const resolved = resolveRemote(secrets, namespace, spec.remote);
  if ('remote' in resolved) {
    return { compiled: { ...compiled, entry: { ...compiled.entry, remote: resolved.remote } }, usedSecrets };
  }
  const { reason, message } = gravest(resolved.problems) ?? {
    reason: REASON_INVALID_SPEC,
    message: '`spec` cannot be used',
  };
  const problems = [{ path: ['spec'], message }];
  return { compiled: broken(identity, reason, message, problems, compiled.testsPassed), usedSecrets };
}

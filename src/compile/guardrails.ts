/** Guardrails: each compiled and tried on its own tests, and what that means for the providers that refer to it. */
import { isDeepStrictEqual } from 'node:util';

import {
  REASON_GUARDRAIL_NOT_FOUND,
  REASON_GUARDRAIL_NOT_READY,
  REASON_GUARDRAIL_UNREADABLE,
  REASON_INVALID_PATTERN,
  REASON_INVALID_SPEC,
  REASON_SECRET_UNREADABLE,
  REASON_TESTS_FAILED,
  type Reason,
} from '../api/conditions.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import { compileSteps as ruleSteps, type RuleProblem } from '../guardrails/engine/policy.ts';
import { testSteps, type FailedTest } from '../guardrails/engine/tests.ts';
import { guardrailHash, type GuardrailEntry, type GuardrailReference } from '../table/index.ts';
import { readGuardrailSpec, type GuardrailSpec } from './guardrail-spec.ts';
import { inOrder, type Candidate, type Identity } from './objects.ts';
import { gravest, type Problem } from './problems.ts';
import { remoteRefs, resolveRemote } from './remote-spec.ts';
import type { Secrets } from './secret-values.ts';
import { SpecError } from './spec-values.ts';
import type { CompileInput, GuardrailProblem, GuardrailVerdict, SecretState } from './types.ts';

/** What came of one Guardrail, whoever refers to it. */
export type CompiledGuardrail = Omit<GuardrailVerdict, 'usedBy'>;

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
  const compiled = yield* tryOutSafely(identity, spec);
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

/** Its tests try the rules of the gateway's own: nobody is asked. */
function* tryOutSafely(identity: Identity, spec: GuardrailSpec): Generator<void, CompiledGuardrail> {
  try {
    return yield* tryOut(identity, spec);
  } catch {
    // One object must not stop the pass over all of them.
    const message = 'no rules can be made of `spec`, for a reason that is not known';
    return broken(identity, REASON_INVALID_SPEC, message, [{ path: ['spec'], message }]);
  }
}

/**
 * Bytes that the rules of one Guardrail may take in the table, as JSON: the table is one for all tenants, and word lists
 * are what fills it.
 */
const MAX_RULE_BYTES = 512 * 1024;

function* tryOut(identity: Identity, { settings, tests }: GuardrailSpec): Generator<void, CompiledGuardrail> {
  const bytes = Buffer.byteLength(JSON.stringify(settings));
  if (bytes > MAX_RULE_BYTES) {
    const message = `\`spec\` has rules of ${String(Math.ceil(bytes / 1024))} KiB, at most ${String(MAX_RULE_BYTES / 1024)} KiB can be served; split them over several Guardrails, or judge such lists elsewhere`;
    return broken(identity, REASON_INVALID_SPEC, message, [{ path: ['spec'], message }]);
  }
  const compiled = yield* ruleSteps(`${identity.namespace}/${identity.name}`, settings);
  if (compiled.kind === 'Invalid') return invalidRules(identity, compiled.problems);
  if (tests.length === 0) return ready({ ...identity, ...settings }, identity, undefined);
  const { testsPassed, failed } = yield* testSteps(compiled.policy, tests);
  if (failed.length === 0) return ready({ ...identity, ...settings }, identity, testsPassed);
  const problems = failed.map((test) => {
    const path = ['spec', 'tests', tests.findIndex(({ name }) => name === test.name)];
    return { path, message: describeFailure(test) };
  });
  return broken(identity, REASON_TESTS_FAILED, summary(problems), problems, testsPassed);
}

function ready(entry: GuardrailEntry, identity: Identity, testsPassed: string | undefined): CompiledGuardrail {
  return { ...identity, outcome: { kind: 'Ready' }, problems: [], entry, testsPassed };
}

function broken(
  identity: Identity,
  reason: Reason,
  message: string,
  problems: readonly GuardrailProblem[],
  testsPassed?: string,
): CompiledGuardrail {
  return { ...identity, outcome: { kind: 'Broken', reason, message }, problems, entry: undefined, testsPassed };
}

function invalidRules(identity: Identity, found: readonly RuleProblem[]): CompiledGuardrail {
  const isPattern = found.every(({ kind }) => kind === 'Pattern');
  const problems = found.map(({ path, message }) => {
    return { path: ['spec', ...path], message: `\`${formatPath(path)}\` ${message}` };
  });
  return broken(identity, isPattern ? REASON_INVALID_PATTERN : REASON_INVALID_SPEC, summary(problems), problems);
}

function summary([first, ...others]: readonly GuardrailProblem[]): string {
  const more = others.length === 0 ? '' : `; and ${String(others.length)} more`;
  return `${first?.message ?? ''}${more}`;
}

function formatPath(path: RuleProblem['path']): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

/** A masked text is the test's own text with masks in it, and nothing else. */
function describeFailure({ name, expected, got }: FailedTest): string {
  const masked = got.action === 'Mask' ? got.text : undefined;
  const what = `expected ${describe(expected.action, expected.text)}, got ${describe(got.action, masked)}`;
  return `test ${quote(name)} failed: ${what}`;
}

function describe(action: string, text: string | undefined): string {
  return text === undefined ? action : `${action} to ${quote(text)}`;
}

/** Characters of one text of a test that a message shows. */
const MAX_QUOTED = 200;

function quote(text: string): string {
  const shown = Array.from(text.slice(0, 2 * MAX_QUOTED + 2));
  return JSON.stringify(shown.length > MAX_QUOTED ? `${shown.slice(0, MAX_QUOTED).join('')}…` : text);
}

/** One Guardrail tried out: rules are made of it, its own tests are run, and what is wrong is told where it stands. */
import { REASON_INVALID_PATTERN, REASON_INVALID_SPEC, REASON_TESTS_FAILED, type Reason } from '../api/conditions.ts';
import { compileSteps, type RuleProblem } from '../guardrails/engine/policy.ts';
import { testSteps, type FailedTest } from '../guardrails/engine/tests.ts';
import type { GuardrailEntry } from '../table/index.ts';
import type { GuardrailSpec } from './guardrail-spec.ts';
import type { Identity } from './objects.ts';
import type { GuardrailProblem, GuardrailVerdict } from './types.ts';

/** What came of one Guardrail, whoever refers to it. */
export type CompiledGuardrail = Omit<GuardrailVerdict, 'usedBy'>;

/** Its tests try the rules of the gateway's own: nobody is asked. */
export function* tryOut(identity: Identity, spec: GuardrailSpec): Generator<void, CompiledGuardrail> {
  try {
    return yield* tryRules(identity, spec);
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

function* tryRules(identity: Identity, { settings, tests }: GuardrailSpec): Generator<void, CompiledGuardrail> {
  const bytes = Buffer.byteLength(JSON.stringify(settings));
  if (bytes > MAX_RULE_BYTES) {
    const message = `\`spec\` has rules of ${String(Math.ceil(bytes / 1024))} KiB, at most ${String(MAX_RULE_BYTES / 1024)} KiB can be served; split them over several Guardrails, or judge such lists elsewhere`;
    return broken(identity, REASON_INVALID_SPEC, message, [{ path: ['spec'], message }]);
  }
  const compiled = yield* compileSteps(`${identity.namespace}/${identity.name}`, settings);
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

export function broken(
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

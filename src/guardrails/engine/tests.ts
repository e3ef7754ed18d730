import { edited, judge } from './judge.ts';
import type { Policy } from './policy.ts';
import type { TestSpec } from './spec.ts';
import { watchRules } from './watch.ts';

/** A test that failed, and what came instead. */
export interface FailedTest {
  readonly name: string;
  readonly expected: TestSpec['expect'];
  readonly got: { readonly action: 'Allow' | 'Mask' | 'Block'; readonly text: string | undefined };
}

export interface TestReport {
  /** For example `12/12`. */
  readonly testsPassed: string;
  readonly failed: readonly FailedTest[];
}

/** Runs the tests of a Guardrail, as if it were enforced, for texts of any scope. */
export function runTests(policy: Policy, tests: readonly TestSpec[]): TestReport {
  const steps = testSteps(policy, tests);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** {@link runTests}, a test at a step: a hundred long texts and 64 slow patterns take many seconds. */
export function* testSteps(policy: Policy, tests: readonly TestSpec[]): Generator<void, TestReport> {
  const enforced = { ...policy, mode: 'Enforce' as const };
  const failed: FailedTest[] = [];
  for (const test of tests) {
    failed.push(...failureOf(enforced, test));
    yield;
  }
  return { testsPassed: `${tests.length - failed.length}/${tests.length}`, failed };
}

function failureOf(policy: Policy, { name, direction, text, expect }: TestSpec): readonly FailedTest[] {
  const { outcome } = judge(watchRules([policy], direction), text);
  const left = outcome.kind === 'Mask' ? edited(text, outcome.edits) : text;
  const got = { action: outcome.kind, text: outcome.kind === 'Block' ? undefined : left };
  const isAsExpected = got.action === expect.action && (expect.text === undefined || expect.text === got.text);
  return isAsExpected ? [] : [{ name, expected: expect, got }];
}

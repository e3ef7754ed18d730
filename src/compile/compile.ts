/**
 * Resources → routing table + verdicts. Pure: no I/O, no clock, no memory, and no difference between orders of input. A
 * broken object gets a verdict of its own and touches no other.
 */
import { REASON_INVALID_SPEC } from '../api/conditions.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { makeTable, type GuardrailReference, type ProviderEntry } from '../table/index.ts';
import { credentialRefs } from './credential-spec.ts';
import { resolveCredential } from './credential-values.ts';
import { guardrailStates, resolveGuardrails, type GuardrailState, type GuardrailStates } from './guardrail-refs.ts';
import type { CompiledGuardrail } from './guardrail-trial.ts';
import { GuardrailCompiler, secretsOfGuardrails } from './guardrails.ts';
import { inOrder, type Candidate } from './objects.ts';
import { byGravity } from './problems.ts';
import { readCA, type Secrets } from './secret-values.ts';
import { SpecError } from './spec-values.ts';
import { readSpec, type ProviderSpec } from './spec.ts';
import { fitting } from './table-room.ts';
import type { CompileInput, CompileResult, SecretState, Verdict } from './types.ts';

/** Compiles everything. Objects that are being deleted have neither entry nor verdict. */
export function compile(input: CompileInput): CompileResult {
  return createCompiler()(input);
}

/**
 * `compile` for a caller that compiles the same objects again and again: what came out for an object is kept as long as
 * the object and what it refers to are the same. The results are those of `compile`.
 */
export function createCompiler(): Compiler {
  const memo: Memo = new WeakMap();
  const guardrails = new GuardrailCompiler();
  const compileAll = (input: CompileInput): CompileResult =>
    compileWith(memo, fitting(guardrails.compile(input.guardrails, input.secrets), input), input);
  return Object.assign(compileAll, {
    prepare: (input: Pick<CompileInput, 'guardrails' | 'secrets'>, pause: () => Promise<void>) =>
      guardrails.prepare(input.guardrails, input.secrets, pause),
  });
}

/** See {@link createCompiler}. */
export interface Compiler {
  (input: CompileInput): CompileResult;
  /** Does what takes long of a call with this input ahead of it, pausing again and again. Rejects when `pause` does. */
  prepare(input: Pick<CompileInput, 'guardrails' | 'secrets'>, pause: () => Promise<void>): Promise<void>;
}

type Memo = WeakMap<LLMProvider, Compiled>;

function compileWith(
  memo: Memo,
  guardrails: ReadonlyMap<string, CompiledGuardrail>,
  { providers, secrets, unreadableGuardrail }: CompileInput,
): CompileResult {
  const world = { secrets, guardrails: guardrailStates(guardrails, unreadableGuardrail) };
  const verdicts = new Map<string, Verdict>();
  const entries: ProviderEntry[] = [];
  const users = new Map<string, number>();
  for (const [key, candidate] of inOrder(providers)) {
    let compiled = memo.get(candidate.value);
    if (compiled === undefined || !isCurrent(compiled, world)) {
      compiled = compileOne(candidate, world);
      memo.set(candidate.value, compiled);
    }
    verdicts.set(key, compiled.verdict);
    if (compiled.entry !== undefined) entries.push(compiled.entry);
    for (const guardrail of compiled.refersTo) users.set(guardrail, (users.get(guardrail) ?? 0) + 1);
  }
  return {
    table: makeTable(
      entries,
      Array.from(guardrails.values(), ({ entry }) => entry).filter((entry) => entry !== undefined),
    ),
    verdicts,
    guardrails: new Map(
      Array.from(guardrails, ([key, compiled]) => [key, { ...compiled, usedBy: users.get(key) ?? 0 }] as const),
    ),
  };
}

/** Everything that a provider may refer to. */
interface World {
  readonly secrets: Secrets;
  readonly guardrails: GuardrailStates;
}

function isCurrent({ usedSecrets, usedGuardrails }: Compiled, { secrets, guardrails }: World): boolean {
  return (
    usedSecrets.every(([key, state]) => secrets.get(key) === state) &&
    usedGuardrails.every(([key, state]) => guardrails(key) === state)
  );
}

/** Keys of the Secrets that these providers and Guardrails need. A disabled provider needs none. */
export function referencedSecrets(
  providers: readonly LLMProvider[],
  guardrails: readonly Guardrail[] = [],
): ReadonlySet<string> {
  const keys = new Set(secretsOfGuardrails(guardrails));
  for (const [, { identity, value }] of inOrder(providers)) {
    const spec = trySpec(value, identity.name);
    if (spec instanceof SpecError) continue;
    for (const key of neededSecrets(spec, identity.namespace)) keys.add(key);
  }
  return keys;
}

function neededSecrets({ enabled, credential, ca }: ProviderSpec, namespace: string): readonly string[] {
  if (!enabled) return [];
  const refs = [...credentialRefs(credential), ...(ca === undefined ? [] : [ca])];
  return [...new Set(refs.map(({ name }) => `${namespace}/${name}`))];
}

/** First two names, then `+N`; `all models` for an empty list. */
export function modelSummary(names: readonly string[]): string {
  if (names.length === 0) return 'all models';
  const shown = names.slice(0, 2).join(', ');
  return names.length > 2 ? `${shown} +${String(names.length - 2)}` : shown;
}

interface Compiled {
  readonly verdict: Verdict;
  readonly entry?: ProviderEntry;
  /** Keys of Guardrails. */
  readonly refersTo: readonly string[];
  /** What was looked at, and what was found. */
  readonly usedSecrets: readonly (readonly [key: string, state: SecretState | undefined])[];
  readonly usedGuardrails: readonly (readonly [key: string, state: GuardrailState])[];
}

function compileOne({ identity, value }: Candidate<LLMProvider>, { secrets, guardrails }: World): Compiled {
  const nothing = { refersTo: [], usedSecrets: [], usedGuardrails: [] };
  const spec = trySpec(value, identity.name);
  if (spec instanceof SpecError) {
    const outcome = { kind: 'Broken', reason: REASON_INVALID_SPEC, message: spec.message } as const;
    return { ...nothing, verdict: { ...identity, outcome, modelSummary: '' } };
  }
  const verdict = (outcome: Verdict['outcome']): Verdict => ({
    ...identity,
    outcome,
    modelSummary: modelSummary(spec.models.map((model) => model.name)),
  });
  const { credential, ca, guardrailNames, ...settings } = spec;
  const { namespace } = identity;
  const entry = {
    ...identity,
    ...settings,
    availability: { state: 'Available' },
    credential: { kind: 'None' },
    guardrails: [] as readonly GuardrailReference[],
  } as const;
  const refersTo = guardrailNames.map((name) => `${namespace}/${name}`);
  if (!spec.enabled) return { ...nothing, refersTo, verdict: verdict({ kind: 'Disabled' }), entry };
  const used = {
    refersTo,
    usedSecrets: neededSecrets(spec, namespace).map((key) => [key, secrets.get(key)] as const),
    usedGuardrails: refersTo.map((key) => [key, guardrails(key)] as const),
  };

  const resolved = resolveCredential(secrets, namespace, credential);
  const bundle = ca && readCA(secrets, namespace, ca);
  const guarded = resolveGuardrails(guardrails, namespace, guardrailNames);
  const problems = byGravity([
    ...('problems' in resolved ? resolved.problems : []),
    ...(bundle !== undefined && 'problem' in bundle ? [bundle.problem] : []),
    ...guarded.problems,
  ]);
  const [problem] = problems;
  if (problem !== undefined) {
    return {
      ...used,
      verdict: { ...verdict({ kind: 'Broken', ...problem }), problems },
      entry: {
        ...entry,
        availability: { state: 'Unavailable', ...problem },
        guardrails: guarded.guardrails,
      },
    };
  }
  return {
    ...used,
    verdict: verdict({ kind: 'Servable' }),
    entry: {
      ...entry,
      ...('credential' in resolved ? { credential: resolved.credential } : {}),
      ...(bundle !== undefined && 'value' in bundle ? { tlsCA: bundle.value } : {}),
      guardrails: guarded.guardrails,
    },
  };
}

function trySpec(provider: LLMProvider, name: string): ProviderSpec | SpecError {
  try {
    return readSpec(provider.spec, name);
  } catch (error) {
    return error instanceof SpecError ? error : new SpecError('`spec` cannot be read');
  }
}

/**
 * Resources → routing table + verdicts. Pure: no I/O, no clock, no memory, and no difference between orders of input. A
 * broken object gets a verdict of its own and touches no other.
 */
import { REASON_INVALID_SPEC } from '../api/conditions.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { canonicalJSON, makeTable, type ProviderEntry } from '../table/index.ts';
import { credentialRefs } from './credential-spec.ts';
import { resolveCredential } from './credential-values.ts';
import { gravest, readCA, type Secrets } from './secret-values.ts';
import { SpecError } from './spec-values.ts';
import { readSpec, type ProviderSpec } from './spec.ts';
import type { CompileInput, CompileResult, SecretState, Verdict } from './types.ts';

/** Compiles everything. Providers that are being deleted have neither entry nor verdict. */
export function compile(input: CompileInput): CompileResult {
  return compileWith(new WeakMap(), input);
}

/**
 * `compile` for a caller that compiles the same objects again and again: what came out for an object is kept as long as
 * the object and the states of its Secrets are the same ones. The results are those of `compile`.
 */
export function createCompiler(): (input: CompileInput) => CompileResult {
  const memo: Memo = new WeakMap();
  return (input) => compileWith(memo, input);
}

function compileWith(memo: Memo, { providers, secrets }: CompileInput): CompileResult {
  const verdicts = new Map<string, Verdict>();
  const entries: ProviderEntry[] = [];
  for (const [key, candidate] of inOrder(providers)) {
    let compiled = memo.get(candidate.value);
    if (compiled === undefined || compiled.used.some(([secret, state]) => secrets.get(secret) !== state)) {
      compiled = compileOne(candidate, secrets);
      memo.set(candidate.value, compiled);
    }
    verdicts.set(key, compiled.verdict);
    if (compiled.entry !== undefined) entries.push(compiled.entry);
  }
  return { table: makeTable(entries), verdicts, guardrails: new Map() };
}

type Memo = WeakMap<LLMProvider, Compiled>;

/** Keys of the Secrets that these providers need. A disabled provider needs none. */
export function referencedSecrets(providers: readonly LLMProvider[]): ReadonlySet<string> {
  const keys = new Set<string>();
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

interface Identity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
}

interface Candidate {
  readonly identity: Identity;
  /** The object as it came. */
  readonly value: LLMProvider;
}

interface Compiled {
  readonly verdict: Verdict;
  readonly entry?: ProviderEntry;
  /** The Secrets that were looked at, and what was found. */
  readonly used: readonly (readonly [key: string, state: SecretState | undefined])[];
}

function compileOne({ identity, value }: Candidate, secrets: Secrets): Compiled {
  const spec = trySpec(value, identity.name);
  if (spec instanceof SpecError) {
    const outcome = { kind: 'Broken', reason: REASON_INVALID_SPEC, message: spec.message } as const;
    return { verdict: { ...identity, outcome, modelSummary: '' }, used: [] };
  }
  const verdict = (outcome: Verdict['outcome']): Verdict => ({
    ...identity,
    outcome,
    modelSummary: modelSummary(spec.models.map((model) => model.name)),
  });
  const { credential, ca, ...settings } = spec;
  const entry = {
    ...identity,
    ...settings,
    availability: { state: 'Available' },
    credential: { kind: 'None' },
    guardrails: [],
  } as const;
  if (!spec.enabled) return { verdict: verdict({ kind: 'Disabled' }), entry, used: [] };
  const used = neededSecrets(spec, identity.namespace).map((secret) => [secret, secrets.get(secret)] as const);

  const resolved = resolveCredential(secrets, identity.namespace, credential);
  const bundle = ca && readCA(secrets, identity.namespace, ca);
  const problem = gravest([
    ...('problems' in resolved ? resolved.problems : []),
    ...(bundle !== undefined && 'problem' in bundle ? [bundle.problem] : []),
  ]);
  if (problem !== undefined) {
    return {
      verdict: verdict({ kind: 'Broken', ...problem }),
      entry: { ...entry, availability: { state: 'Unavailable', ...problem } },
      used,
    };
  }
  return {
    verdict: verdict({ kind: 'Servable' }),
    entry: {
      ...entry,
      ...('credential' in resolved ? { credential: resolved.credential } : {}),
      ...(bundle !== undefined && 'value' in bundle ? { tlsCA: bundle.value } : {}),
    },
    used,
  };
}

function trySpec(provider: LLMProvider, name: string): ProviderSpec | SpecError {
  try {
    return readSpec(provider.spec, name);
  } catch (error) {
    return error instanceof SpecError ? error : new SpecError('`spec` cannot be read');
  }
}

/** By key, each once, without what has no identity or is being deleted. */
function inOrder(providers: readonly LLMProvider[]): ReadonlyMap<string, Candidate> {
  const found = new Map<string, Candidate>();
  for (const value of providers) {
    const identity = identityOf(value);
    if (identity === undefined) continue;
    const key = `${identity.namespace}/${identity.name}`;
    const other = found.get(key);
    if (other === undefined || precedes(value, other.value)) found.set(key, { identity, value });
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function identityOf(provider: LLMProvider): Identity | undefined {
  const metadata: Readonly<Record<string, unknown>> | null | undefined = (provider as Partial<LLMProvider> | null)
    ?.metadata as never;
  const { namespace, name, uid, generation, deletionTimestamp } = metadata ?? {};
  if (!isName(namespace) || !isName(name) || deletionTimestamp !== undefined) return undefined;
  return {
    namespace,
    name,
    uid: typeof uid === 'string' ? uid : '',
    generation: typeof generation === 'number' && Number.isSafeInteger(generation) && generation >= 0 ? generation : 0,
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('/');
}

/** Of two objects with one key, a fixed one counts, whichever came first. Only a directory can hold such two. */
function precedes(a: LLMProvider, b: LLMProvider): boolean {
  try {
    return canonicalJSON(a) < canonicalJSON(b);
  } catch {
    return false;
  }
}

import { compilePattern } from '../pattern/compile-pattern.ts';
import { piiDetector, piiMasks } from '../pii/pii.ts';
import type { Detector, Direction, Rule, Scope } from '../types.ts';
import { profanityDetector } from '../words/profanity.ts';
import { canBeFound, wordDetector } from '../words/words.ts';
import type { GuardrailSpec, RuleSpec } from './spec.ts';

/** A Guardrail, ready to judge texts. */
export interface Policy {
  /** As people know it: `namespace/name`. */
  readonly name: string;
  readonly mode: 'Enforce' | 'Audit';
  /** Undefined: all. */
  readonly scopes: ReadonlySet<Scope> | undefined;
  /** In the order of the specification. */
  readonly rules: Readonly<Record<Direction, readonly Rule[]>>;
}

export type CompiledGuardrail =
  | { readonly kind: 'Compiled'; readonly policy: Policy }
  /** `message` is the first problem, with its place. */
  | { readonly kind: 'Invalid'; readonly message: string; readonly problems: readonly RuleProblem[] };

/** Something of which no rule can be made. */
export interface RuleProblem {
  readonly kind: 'Pattern' | 'Word';
  /** Where it is within the specification, for example `['pii', 'regexes', 0, 'pattern']`. */
  readonly path: readonly (string | number)[];
  /** What is wrong with it, as what follows a colon. */
  readonly message: string;
}

/** Makes the rules of a Guardrail. Takes time for large word filters: once per change of a Guardrail, never per request. */
export function compileGuardrail(name: string, spec: GuardrailSpec): CompiledGuardrail {
  const steps = compileSteps(name, spec);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** {@link compileGuardrail}, a rule at a step: 32 filters of a thousand words take a second or two. */
export function* compileSteps(name: string, spec: GuardrailSpec): Generator<void, CompiledGuardrail> {
  const rules = { Input: [] as Rule[], Output: [] as Rule[] };
  const problems: RuleProblem[] = [];
  for (const { rule, appliesTo } of rulesOf(spec, problems)) {
    for (const direction of new Set(appliesTo ?? (['Input', 'Output'] as const))) rules[direction].push(rule);
    yield;
  }
  const [problem] = problems;
  if (problem !== undefined) return { kind: 'Invalid', message: describe(problem), problems };
  const scopes = spec.scopes === undefined ? undefined : new Set(spec.scopes);
  return { kind: 'Compiled', policy: { name, mode: spec.mode ?? 'Enforce', scopes, rules } };
}

interface DirectedRule {
  readonly rule: Rule;
  readonly appliesTo: readonly Direction[] | undefined;
}

/** Of what is in `problems` afterwards there is no rule. */
function* rulesOf(spec: GuardrailSpec, problems: RuleProblem[]): Generator<DirectedRule> {
  for (const [i, filter] of (spec.wordFilters ?? []).entries()) {
    const hollow = filter.words.findIndex((word) => !canBeFound(word));
    if (hollow !== -1) {
      const message = 'has no visible character, so nothing can match it';
      problems.push({ kind: 'Word', path: ['wordFilters', i, 'words', hollow], message });
      continue;
    }
    const { match = 'Word', caseSensitive = false } = filter;
    const detector = wordDetector(filter.words, { match, caseSensitive });
    yield directed(filter, `word/${filter.name}`, maskOf(filter.name), detector);
  }
  if (spec.profanity !== undefined) yield directed(spec.profanity, 'profanity', '{PROFANITY}', profanityDetector());
  for (const entity of spec.pii?.entities ?? []) {
    yield directed(entity, `pii/${entity.type}`, piiMasks[entity.type], piiDetector(entity.type));
  }
  const maxLength = spec.streaming?.holdBackCharacters;
  for (const [i, regex] of (spec.pii?.regexes ?? []).entries()) {
    const compiled = compilePattern(regex.pattern, maxLength === undefined ? {} : { maxLength });
    if (compiled.kind === 'Invalid') {
      problems.push({ kind: 'Pattern', path: ['pii', 'regexes', i, 'pattern'], message: compiled.message });
      continue;
    }
    yield directed(regex, `regex/${regex.name}`, maskOf(regex.name), compiled.detector);
  }
}

function describe({ path, message }: RuleProblem): string {
  return `spec${path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')}: ${message}`;
}

function directed({ action, appliesTo }: RuleSpec, name: string, mask: string, detector: Detector): DirectedRule {
  return { rule: { name, action, mask, detector }, appliesTo };
}

/** `project-names` → `{PROJECT_NAMES}`, in the manner of `{EMAIL}`. */
function maskOf(name: string): string {
  return `{${name.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '_')}}`;
}

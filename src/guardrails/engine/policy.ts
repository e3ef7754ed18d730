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
  /** `message` names the field and says what is wrong with it. */
  | { readonly kind: 'Invalid'; readonly message: string };

class InvalidSpec extends Error {}

/** Makes the rules of a Guardrail. Takes time for large word filters: once per change of a Guardrail, never per request. */
export function compileGuardrail(name: string, spec: GuardrailSpec): CompiledGuardrail {
  const rules = { Input: [] as Rule[], Output: [] as Rule[] };
  try {
    for (const { rule, appliesTo } of rulesOf(spec)) {
      for (const direction of new Set(appliesTo ?? (['Input', 'Output'] as const))) rules[direction].push(rule);
    }
  } catch (error) {
    if (error instanceof InvalidSpec) return { kind: 'Invalid', message: error.message };
    throw error;
  }
  const scopes = spec.scopes === undefined ? undefined : new Set(spec.scopes);
  return { kind: 'Compiled', policy: { name, mode: spec.mode ?? 'Enforce', scopes, rules } };
}

interface DirectedRule {
  readonly rule: Rule;
  readonly appliesTo: readonly Direction[] | undefined;
}

function* rulesOf(spec: GuardrailSpec): Generator<DirectedRule> {
  for (const [i, filter] of (spec.wordFilters ?? []).entries()) {
    const hollow = filter.words.findIndex((word) => !canBeFound(word));
    if (hollow !== -1) {
      throw new InvalidSpec(
        `spec.wordFilters[${i}].words[${hollow}]: has no visible character, so nothing can match it`,
      );
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
    if (compiled.kind === 'Invalid') throw new InvalidSpec(`spec.pii.regexes[${i}].pattern: ${compiled.message}`);
    yield directed(regex, `regex/${regex.name}`, maskOf(regex.name), compiled.detector);
  }
}

function directed({ action, appliesTo }: RuleSpec, name: string, mask: string, detector: Detector): DirectedRule {
  return { rule: { name, action, mask, detector }, appliesTo };
}

/** `project-names` → `{PROJECT_NAMES}`, in the manner of `{EMAIL}`. */
function maskOf(name: string): string {
  return `{${name.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '_')}}`;
}

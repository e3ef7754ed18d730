import type { Spans } from '../fold/spans.ts';
import type { Direction, Finding, Match, Notes, Rule, Scope } from '../types.ts';
import { inOrder, insert } from './order.ts';
import type { Policy } from './policy.ts';

/** A rule with the Guardrail that it is from. */
export interface WatchedRule {
  readonly rule: Rule;
  readonly policy: Policy;
  /** False in `Audit`: what it finds is counted, and changes nothing. */
  readonly enforced: boolean;
}

/** The rules that look at a text: those of all its Guardrails, in order. */
export interface Watch {
  readonly rules: readonly WatchedRule[];
  /** Code units before what is undecided that they may want to see. */
  readonly lookBehind: number;
}

/** What looks at the texts of a direction and a scope. */
export function watch(policies: readonly Policy[], direction: Direction, scope: Scope): Watch {
  return watchRules(
    policies.filter(({ scopes }) => scopes === undefined || scopes.has(scope)),
    direction,
  );
}

/** What looks at the texts of a direction, whosever they are. */
export function watchRules(policies: readonly Policy[], direction: Direction): Watch {
  const rules = policies.flatMap((policy) =>
    policy.rules[direction].map((rule) => ({ rule, policy, enforced: policy.mode === 'Enforce' })),
  );
  return { rules, lookBehind: Math.max(0, ...rules.map(({ rule }) => rule.detector.lookBehind)) };
}

/** What a watched rule found. `start` and `end` are offsets in the text as it was written. */
export interface Sighting extends Finding {
  readonly watched: WatchedRule;
  /** The place of the rule among all. */
  readonly order: number;
  /** Offsets in the folded text. */
  readonly foldedStart: number;
  readonly foldedEnd: number;
}

/** Which part of a text is looked at. Places, and the text's begin `base`, count from the begin of all that was folded. */
export interface Window {
  readonly base: number;
  /** Where rules begin to look, each beyond the end of its last match. */
  readonly from: number;
  readonly ends: readonly number[];
  /** What begins there or later is left out. */
  readonly before: number;
  /** Whether nothing follows. */
  readonly isWhole: boolean;
  /** By rule: what is known already, as {@link Detector.scan} found it. */
  readonly found: readonly (readonly Match[] | undefined)[] | undefined;
}

/** What all rules find in a folded text, by begin, then the longest, then the order of rules. */
export function look(
  { rules }: Watch,
  text: string,
  spans: Spans,
  { base, from, ends, before, isWhole, found }: Window,
): readonly Sighting[] {
  const byRule: Sighting[][] = [];
  const notes: Notes = { numbers: undefined };
  for (let order = 0; order < rules.length; order += 1) {
    const watched = rules[order] as WatchedRule;
    const { rule } = watched;
    const known = found?.[order];
    const matches = known ?? rule.detector.find(text, Math.max(from, ends[order] ?? 0) - base, isWhole, notes);
    if (matches.length === 0) continue;
    const sightings: Sighting[] = [];
    for (const match of matches) {
      const foldedStart = base + match.start;
      const foldedEnd = base + match.end;
      if (foldedStart >= before) break;
      const start = spans.start(foldedStart);
      insert(sightings, { start, end: spans.end(foldedEnd), rule, watched, order, foldedStart, foldedEnd });
    }
    byRule.push(sightings);
  }
  return inOrder(byRule);
}

/** How often a rule found something. Nothing else about findings leaves this room. */
export interface Tally {
  readonly guardrail: string;
  readonly rule: string;
  readonly action: Rule['action'];
  readonly mode: Policy['mode'];
  readonly count: number;
}

const NO_TALLIES: readonly Tally[] = [];

/** Counts by rule, in the order of rules; rules that found nothing are left out. */
export function tally(sightings: readonly Sighting[]): readonly Tally[] {
  if (sightings.length === 0) return NO_TALLIES;
  const counts = new Map<WatchedRule, number>();
  const firsts: Sighting[] = [];
  for (const sighting of sightings) {
    const count = counts.get(sighting.watched) ?? 0;
    if (count === 0) firsts.push(sighting);
    counts.set(sighting.watched, count + 1);
  }
  firsts.sort((a, b) => a.order - b.order);
  return firsts.map(({ watched, rule }) => {
    const { policy } = watched;
    const count = counts.get(watched) ?? 0;
    return { guardrail: policy.name, rule: rule.name, action: rule.action, mode: policy.mode, count };
  });
}

import { fold } from '../fold/folding.ts';
import { firstBlock, maskSpans } from './masks.ts';
import { look, tally, type Sighting, type Tally, type Watch } from './watch.ts';

/** A replacement in a text as it was written. Offsets in UTF-16 code units; sorted, not overlapping. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** Who blocked. */
export interface Blocked {
  readonly guardrail: string;
  readonly rule: string;
}

export type Outcome =
  | { readonly kind: 'Allow' }
  | { readonly kind: 'Mask'; readonly edits: readonly Edit[] }
  | { readonly kind: 'Block'; readonly by: Blocked };

export interface Judgement {
  readonly outcome: Outcome;
  readonly findings: readonly Tally[];
}

/** Judges a whole text. */
export function judge(watch: Watch, text: string): Judgement {
  if (watch.rules.length === 0) return { outcome: { kind: 'Allow' }, findings: [] };
  const folded = fold(text);
  const all = { base: 0, from: 0, ends: [], before: folded.text.length, isWhole: true, found: undefined };
  const sightings = look(watch, folded.text, folded.spans, all);
  const findings = tally(sightings);
  const block = firstBlock(sightings);
  if (block !== undefined) return { outcome: { kind: 'Block', by: blockedBy(block) }, findings };
  const spans = maskSpans(sightings);
  if (spans.length === 0) return { outcome: { kind: 'Allow' }, findings };
  const edits = spans.map(({ start, end, mask }) => ({ start, end, replacement: mask }));
  return { outcome: { kind: 'Mask', edits }, findings };
}

/** The text with its replacements. */
export function edited(text: string, edits: readonly Edit[]): string {
  let out = '';
  let at = 0;
  for (const { start, end, replacement } of edits) {
    out += text.slice(at, start) + replacement;
    at = end;
  }
  return out + text.slice(at);
}

export function blockedBy({ watched, rule }: Sighting): Blocked {
  return { guardrail: watched.policy.name, rule: rule.name };
}

/** What a judge is to look for, as a Guardrail says it (`spec.contentPolicies`). */
import type { Direction } from '../types.ts';

export type FilterCategory = 'Hate' | 'Insults' | 'Sexual' | 'Violence' | 'Misconduct' | 'PromptAttack';

/** How easily a filter blocks: `Low` only what is certain, `High` also what is only likely. */
export type FilterStrength = 'None' | 'Low' | 'Medium' | 'High';

export interface ContentFilter {
  readonly category: FilterCategory;
  readonly inputStrength: FilterStrength;
  readonly outputStrength: FilterStrength;
}

export interface DeniedTopic {
  readonly name: string;
  readonly definition: string;
  readonly examples: readonly string[];
}

export interface ContentPolicies {
  readonly filters: readonly ContentFilter[];
  readonly deniedTopics: readonly DeniedTopic[];
}

/** The strength of a filter for a direction. */
export function strengthOf({ inputStrength, outputStrength }: ContentFilter, direction: Direction): FilterStrength {
  return direction === 'Input' ? inputStrength : outputStrength;
}

import {
  CONDITION_DESCRIPTIONS,
  CONDITION_TYPES,
  REASON_DESCRIPTIONS,
  REASON_REMEDIES,
  REASONS,
} from '../../src/api/conditions.ts';
import { table } from './markdown.ts';

/** The page that says what every condition and every reason means. */
export function generateConditions(): string {
  return [
    '<!-- Generated from src/api/conditions.ts by hack/generate.ts. Do not edit. -->',
    '# Conditions',
    'Every resource has conditions in its status; `kubectl describe` shows them with a message, and `kubectl wait --for=condition=Ready` waits for one.',
    table(
      ['Condition', 'What it says while it is True'],
      CONDITION_TYPES.map((type) => [`\`${type}\``, CONDITION_DESCRIPTIONS[type]]),
    ),
    '## Reasons',
    'The column STATUS of `kubectl get llmproviders` shows the reason of the condition Active, the column REASON of `kubectl get guardrails -o wide` that of Ready.',
    table(
      ['Reason', 'What it means', 'What to do'],
      REASONS.map((reason) => [`\`${reason}\``, REASON_DESCRIPTIONS[reason], REASON_REMEDIES[reason]]),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

/** What guardrails came to, in words. */
import type { GuardrailOutcomeDocument } from '../gateway/documents.ts';
import { entryOf } from './entry-of.ts';

const ACTIONS: Readonly<Record<string, string>> = {
  Allow: 'found nothing',
  Detect: 'found something and let it pass',
  Mask: 'masked',
  Block: 'blocked it',
  Failed: 'could not ask its judge',
  Unreadable: 'could not read it',
};

/** `tidegate/pii masked (pii/Email 2)`; with the mode `Audit` it says that nothing came of it. */
export function guardrailWords({ guardrail, action, mode, rules = {}, reason }: GuardrailOutcomeDocument): string {
  const found = Object.entries(rules).map(([rule, count]) => `${rule} ${String(count)}`);
  if (reason !== undefined) found.push(reason);
  const isAudit = mode === 'Audit' && action !== 'Allow';
  // With a reason no rule was broken: it could not be read, or a judge elsewhere gave no verdict.
  const what = action === 'Block' && reason !== undefined ? 'stopped it' : (entryOf(ACTIONS, action) ?? action);
  const words = `${guardrail} ${isAudit ? `only looks, would have: ` : ''}${what}`;
  return found.length === 0 ? words : `${words} (${found.join(', ')})`;
}

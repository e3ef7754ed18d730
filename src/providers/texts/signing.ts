/** Texts that a model signed: who edits one breaks its signature, and the provider refuses the conversation that holds it. */
import type { Operation } from '../wire.ts';
import { familyOf } from './shapes/invoke.ts';

/** Whether the model of a call signs what it thinks, as Claude does. A model on Bedrock that nobody knows may. */
export function signsReasoning({ api, model }: Pick<Operation, 'api' | 'model'>): boolean {
  if (api !== 'Bedrock') return api === 'Anthropic';
  const id = model.in === 'Head' ? model.model : '';
  return id.includes('anthropic.') || familyOf(id) === undefined;
}

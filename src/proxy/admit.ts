/** Step 3: whether a call may pass, as far as its head tells. Pure. The order is the contract's: first failure answers. */
import { hasAllowlist, isModelAllowed } from '../providers/allowlist.ts';
import { furtherModelInHead } from '../providers/further-models.ts';
import type { Operation } from '../providers/wire.ts';
import type { ProviderEntry } from '../table/types.ts';
import type { Rejection } from './refusal.ts';
import type { RequestHead } from './request-head.ts';

/** Enabled, credentials, size of the body. The caller is known and may invoke. */
export function admitProvider(entry: ProviderEntry, head: RequestHead, maxBytes: number): Rejection | undefined {
  if (!entry.enabled) {
    return {
      code: 'ProviderDisabled',
      message: `The provider "${entry.name}" is disabled. Ask its owner to enable it.`,
    };
  }
  if (entry.availability.state === 'Unavailable') {
    return {
      code: GUARDRAIL_REASONS.has(entry.availability.reason) ? 'GuardrailUnavailable' : 'CredentialsUnavailable',
      message: `The provider "${entry.name}" cannot be called: ${entry.availability.message}`,
    };
  }
  if (head.contentLength !== undefined && head.contentLength > maxBytes) return tooLarge(maxBytes);
  return undefined;
}

/** Why a provider is unavailable whose calls could not be checked. */
const GUARDRAIL_REASONS: ReadonlySet<string> = new Set([
  'GuardrailNotFound',
  'GuardrailNotReady',
  'GuardrailUnreadable',
]);

/** A model that stands in the head, or a call without one. Models in bodies: {@link admitModel}, once it is found. */
export function admitOperation(entry: ProviderEntry, operation: Operation, head: RequestHead): Rejection | undefined {
  if (operation.unsupported !== undefined) return { code: 'InvalidRequest', message: operation.unsupported };
  if (!hasAllowlist(entry)) return undefined;
  const { model } = operation;
  const further = furtherModelInHead(operation, head.query, head.forwarded);
  if (further !== undefined) {
    return {
      code: 'ModelNotAllowed',
      message: `${further} may name a further model, which the provider "${entry.name}" cannot allow. Send it without.`,
    };
  }
  if (model.in === 'Head') return admitModel(entry, model.model);
  if (model.in === 'None' && model.allowlisted === 'Refuse') {
    return {
      code: 'ModelNotAllowed',
      message:
        `This call cannot be checked against the models that the provider "${entry.name}" allows (${names(entry)}), ` +
        'so it is refused.',
    };
  }
  return undefined;
}

/** With an allowlist, a call whose model cannot be found does not pass. */
export function admitModel(entry: ProviderEntry, model: string | undefined): Rejection | undefined {
  if (!hasAllowlist(entry)) return undefined;
  if (model !== undefined && isModelAllowed(entry, model)) return undefined;
  const what = model === undefined ? 'The request names no model' : `The model "${shortened(model)}" is not allowed`;
  return {
    code: 'ModelNotAllowed',
    message: `${what}. The provider "${entry.name}" allows: ${names(entry)}.`,
  };
}

/** The model that answers, and those that tools of the request run. */
export function admitModels(
  entry: ProviderEntry,
  model: string | undefined,
  tools: readonly string[],
): Rejection | undefined {
  let rejection = admitModel(entry, model);
  for (const tool of tools) rejection ??= admitModel(entry, tool);
  return rejection;
}

export function tooLarge(maxBytes: number): Rejection {
  return {
    code: 'RequestTooLarge',
    message: `The request body is larger than ${maxBytes} bytes, the limit of this gateway.`,
  };
}

/** Names listed in a message at most. */
const MAX_NAMES = 20;

function names(entry: ProviderEntry): string {
  const shown = entry.models.slice(0, MAX_NAMES).map((model) => model.name);
  const more = entry.models.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function shortened(model: string): string {
  return model.length > 100 ? `${model.slice(0, 100)}…` : model;
}

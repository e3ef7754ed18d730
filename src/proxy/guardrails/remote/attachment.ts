/** Which guardrail of Amazon Bedrock a call carries to AWS, so that nobody has to ask it. */
import {
  attachmentPlace,
  guardrailConfig,
  selectsContent,
  withoutSelection,
  type AttachedGuardrail,
} from '../../../providers/bedrock/guardrail-attachment.ts';
import type { CallHead } from '../../../providers/texts/bodies.ts';
import type { Splice } from '../../../providers/wire.ts';
import type { ProviderEntry } from '../../../table/types.ts';
import type { ActiveGuardrail, ProviderGuardrails } from '../provider-guardrails.ts';

/** What is counted when AWS says that an attached guardrail has stepped in, and does not say for what. */
export const INTERVENED = 'bedrock/intervened';

export interface Attachment {
  readonly active: ActiveGuardrail;
  readonly guardrail: AttachedGuardrail;
  readonly place: 'Headers' | 'Body';
}

/**
 * The first that can be attached. Not one in `Audit`, which must change nothing; nor one of some scopes, since AWS judges
 * all; nor one of another region, which AWS would not find.
 */
export function attachmentOf(
  guardrails: ProviderGuardrails,
  { type, region }: ProviderEntry,
  { method, path }: CallHead,
): Attachment | undefined {
  const place = type === 'Bedrock' ? attachmentPlace(method, path) : undefined;
  if (place === undefined) return undefined;
  for (const active of guardrails.list) {
    const { mode, scopes, remote } = active.entry;
    const guardrail = remote?.evaluators.find((each) => each.kind === 'Bedrock' && each.attached);
    if (guardrail?.kind !== 'Bedrock' || mode !== 'Enforce' || scopes !== undefined) continue;
    if (guardrail.region === region) return { active, guardrail, place };
  }
  return undefined;
}

/** What of a body has to change for it. */
export function attachmentSplices(attachment: Attachment | undefined, body: Buffer): readonly Splice[] | 'Impossible' {
  if (attachment === undefined) return [];
  if (attachment.place === 'Headers') return withoutSelection(body) ?? 'Impossible';
  const splice = guardrailConfig(body, attachment.guardrail);
  return splice === undefined ? 'Impossible' : [splice];
}

/** Whether the caller says which of a request's texts the attached guardrail looks at, so that AWS passes over the others. */
export function isSelective(attachment: Attachment | undefined, body: Buffer): boolean {
  return attachment?.place === 'Body' && selectsContent(body);
}

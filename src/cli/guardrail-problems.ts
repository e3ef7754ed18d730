/** What the compile step finds wrong with Guardrails and references to them, at the place where a person mends it. */
import { REASON_GUARDRAIL_NOT_FOUND } from '../api/conditions.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { GROUP, GUARDRAIL, LLM_PROVIDER } from '../api/group.ts';
import type { GuardrailVerdict } from '../compile/types.ts';
import type { ObjectName, Problem } from '../standalone/index.ts';
import type { ManifestIndex } from './manifest-index.ts';
import { secretProblem } from './verdict-problems.ts';

/** Everything that is wrong with a Guardrail of which the API server would take the manifest. */
export function guardrailProblems(
  guardrail: Guardrail,
  verdicts: ReadonlyMap<string, GuardrailVerdict>,
  unset: ReadonlySet<string>,
  manifests: ManifestIndex,
): Problem[] {
  const { namespace = '', name } = guardrail.metadata;
  const object = { kind: GUARDRAIL.kind, namespace, name };
  const document = manifests.find(object);
  const verdict = verdicts.get(`${namespace}/${name}`);
  if (verdict?.outcome.kind !== 'Broken' || document === undefined) return [];
  const { reason } = verdict.outcome;
  return verdict.problems.flatMap(({ path, message }): Problem[] => {
    if (path.length === 1) return secretProblem(guardrail, { reason, message }, unset, manifests);
    const place = { file: document.file, ...document.position(path) };
    return [{ severity: 'error', ...place, object, message: `${reason}: ${message}` }];
  });
}

const MODERATING: readonly string[] = ['OpenAI', 'OpenAICompatible'];

/**
 * A provider that a Guardrail wants to ask for moderation, and that cannot be asked: the Guardrail is Ready all the same,
 * and each of its checks fails. `providers`: those that are valid.
 */
export function moderationProblems(
  { metadata, spec }: Guardrail,
  providers: readonly LLMProvider[],
  manifests: ManifestIndex,
): Problem[] {
  const { namespace = '', name } = metadata;
  const object = { kind: GUARDRAIL.kind, namespace, name };
  const document = manifests.find(object);
  const asked = spec.contentPolicies?.evaluator.openAIModeration?.providerRef.name;
  if (document === undefined || asked === undefined) return [];
  const provider = providers.find((each) => each.metadata.namespace === namespace && each.metadata.name === asked);
  const isTold = isDefined(manifests, { kind: LLM_PROVIDER.kind, namespace, name: asked });
  const why = provider === undefined ? (isTold ? undefined : 'not found') : unasked(provider);
  if (why === undefined) return [];
  const path = ['spec', 'contentPolicies', 'evaluator', 'openAIModeration', 'providerRef'];
  const message = `every check fails: provider "${namespace}/${asked}" ${why}`;
  return [{ severity: 'warning', file: document.file, ...document.position(path), object, message }];
}

function unasked({ spec: { type, enabled } }: LLMProvider): string | undefined {
  if (!MODERATING.includes(type)) return `has the type ${type}, and only ${MODERATING.join(' and ')} have moderation`;
  return enabled === false ? 'is disabled' : undefined;
}

/** Whether a manifest defines an object of Tidegate's, and not one of another group that is called the same. */
function isDefined(manifests: ManifestIndex, object: ObjectName): boolean {
  const apiVersion = manifests.find(object)?.value['apiVersion'];
  return typeof apiVersion === 'string' && apiVersion.startsWith(`${GROUP}/`);
}

/** References to Guardrails that no manifest defines. One that is invalid or not ready is told of where it is. */
export function missingGuardrails({ metadata, spec }: LLMProvider, manifests: ManifestIndex): Problem[] {
  const { namespace = '', name } = metadata;
  const object = { kind: LLM_PROVIDER.kind, namespace, name };
  const document = manifests.find(object);
  if (document === undefined || spec.enabled === false) return [];
  return (spec.guardrailRefs ?? []).flatMap((reference, i): Problem[] => {
    if (isDefined(manifests, { kind: GUARDRAIL.kind, namespace, name: reference.name })) return [];
    const place = { file: document.file, ...document.position(['spec', 'guardrailRefs', i]) };
    const message = `${REASON_GUARDRAIL_NOT_FOUND}: guardrail "${namespace}/${reference.name}" not found`;
    return [{ severity: 'warning', ...place, object, message }];
  });
}

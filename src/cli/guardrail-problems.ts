/** What the compile step finds wrong with Guardrails and references to them, at the place where a person mends it. */
import { REASON_GUARDRAIL_NOT_FOUND } from '../api/conditions.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { GUARDRAIL, LLM_PROVIDER } from '../api/group.ts';
import type { GuardrailVerdict } from '../compile/types.ts';
import type { Problem } from '../standalone/index.ts';
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

/** References to Guardrails that no manifest defines. One that is invalid or not ready is told of where it is. */
export function missingGuardrails({ metadata, spec }: LLMProvider, manifests: ManifestIndex): Problem[] {
  const { namespace = '', name } = metadata;
  const object = { kind: LLM_PROVIDER.kind, namespace, name };
  const document = manifests.find(object);
  if (document === undefined || spec.enabled === false) return [];
  return (spec.guardrailRefs ?? []).flatMap((reference, i): Problem[] => {
    if (manifests.find({ kind: GUARDRAIL.kind, namespace, name: reference.name }) !== undefined) return [];
    const place = { file: document.file, ...document.position(['spec', 'guardrailRefs', i]) };
    const message = `${REASON_GUARDRAIL_NOT_FOUND}: guardrail "${namespace}/${reference.name}" not found`;
    return [{ severity: 'warning', ...place, object, message }];
  });
}

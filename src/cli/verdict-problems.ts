/** What the compile step finds wrong with what an object refers to, at the place where a person mends it. */
import {
  REASON_INVALID_SPEC,
  REASON_SECRET_KEY_EMPTY,
  REASON_SECRET_KEY_NOT_FOUND,
  REASON_SECRET_NOT_FOUND,
  type Reason,
} from '../api/conditions.ts';
import type { Guardrail } from '../api/generated/guardrail.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import type { Verdict } from '../compile/types.ts';
import type { Problem } from '../standalone/index.ts';
import type { ManifestIndex } from './manifest-index.ts';
import { referencesIn, type SecretReference } from './secret-references.ts';

/** Everything that is wrong with the Secrets of a provider. `unset`: Secrets of which a variable is not set here. */
export function providerProblems(
  provider: LLMProvider,
  verdicts: ReadonlyMap<string, Verdict>,
  unset: ReadonlySet<string>,
  manifests: ManifestIndex,
): Problem[] {
  const { namespace = '', name } = provider.metadata;
  const verdict = verdicts.get(`${namespace}/${name}`);
  if (verdict?.outcome.kind !== 'Broken') return [];
  return (verdict.problems ?? [verdict.outcome]).flatMap((told) => secretProblem(provider, told, unset, manifests));
}

/** One thing that is wrong, at the reference that it speaks of; none when it is told elsewhere. */
export function secretProblem(
  { kind, metadata, spec }: LLMProvider | Guardrail,
  { reason, message }: { readonly reason: Reason; readonly message: string },
  unset: ReadonlySet<string>,
  manifests: ManifestIndex,
): Problem[] {
  const { namespace = '', name } = metadata;
  const references = referencesIn(message, namespace, spec);
  const isCertain =
    reason === REASON_SECRET_KEY_EMPTY || reason === REASON_INVALID_SPEC || reason === REASON_SECRET_KEY_NOT_FOUND;
  // An invalid Secret and an unset variable have been told already, where they are.
  if (!isCertain && reason !== REASON_SECRET_NOT_FOUND) return [];
  const isUntold = ({ secret }: SecretReference): boolean => !unset.has(secret);
  if (reason === REASON_SECRET_KEY_NOT_FOUND && references.length > 0 && !references.some(isUntold)) return [];
  const object = { kind, namespace, name };
  const document = manifests.find(object);
  if (document === undefined) return [];
  const place = {
    file: document.file,
    ...document.position((references.find(isUntold) ?? references[0])?.path ?? ['spec']),
  };
  return [{ severity: isCertain ? 'error' : 'warning', ...place, object, message: `${reason}: ${message}` }];
}

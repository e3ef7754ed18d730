/** What caches need not hold. */
import type { KubeObject } from './types.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Without `managedFields`, which outweighs the rest of most objects, and without kubectl's last-applied annotation,
 * which repeats the object: of a Secret, its data.
 */
export function stripForCache<T extends KubeObject>(object: T): T {
  const { managedFields: _, annotations, ...metadata } = object.metadata;
  if (annotations === undefined) return { ...object, metadata };
  const { [lastApplied]: __, ...kept } = annotations;
  return { ...object, metadata: { ...metadata, annotations: kept } };
}

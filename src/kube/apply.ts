/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
import { apiVersionOf, pathOf } from './resources.ts';
import type { ObjectTarget } from './objects.ts';
import type { KubeObject, Resource, Transport } from './types.ts';

/** JSON is YAML. */
export const APPLY_CONTENT_TYPE = 'application/apply-patch+yaml';

export interface ApplyOptions extends ObjectTarget {
  readonly fieldManager: string;
  /** Take over fields that others own, instead of failing with `Conflict`. Controllers do, for what they own. */
  readonly force?: boolean;
  readonly subresource?: string;
  /**
   * Every field that this manager owns: those applied before and left out now are removed. `apiVersion`, `kind`, name
   * and namespace are filled in.
   */
  readonly body: Readonly<Record<string, unknown>> & { readonly metadata?: KubeObject['metadata'] };
}

/** Creates or changes an object (a subresource is only changed) and returns it. */
export async function apply<T extends KubeObject>(
  transport: Transport,
  resource: Resource,
  { namespace, name, subresource, fieldManager, force, body, ...call }: ApplyOptions,
): Promise<T> {
  const response = await transport.request<T>({
    ...call,
    method: 'PATCH',
    path: pathOf(resource, { namespace, name, subresource }),
    query: { fieldManager, force },
    contentType: APPLY_CONTENT_TYPE,
    body: {
      ...body,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { ...body.metadata, name, ...(namespace !== undefined && { namespace }) },
    },
  });
  return response.body;
}

import type { AccessSubresource, AccessVerb, AuthorizationVerdict, Identity } from './types.ts';

/** API group and plural of the objects that access is asked for. */
export interface AccessResource {
  readonly group: string;
  readonly plural: string;
}

/** What the caller reads when RBAC does not allow it: who may not do what, on which object, and the verb to ask for. */
export function denied(
  { username }: Identity,
  verb: AccessVerb,
  { group, plural }: AccessResource,
  namespace: string,
  name: string,
  subresource?: AccessSubresource,
): AuthorizationVerdict {
  const what = name === '' ? 'all providers' : `"${name}"`;
  const [object, resource] =
    subresource === undefined
      ? [what, `${plural}.${group}`]
      : [`the ${subresource} of ${what}`, `${plural}/${subresource} in the API group ${group}`];
  const message = `"${username}" may not ${verb} ${object} in namespace "${namespace}": the verb "${verb}" on ${resource} is missing.`;
  return { kind: 'Denied', message };
}

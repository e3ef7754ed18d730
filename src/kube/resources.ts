/** Names of collections, and the paths and keys that follow from them. */
import type { KubeObject, ObjectKey, Resource } from './types.ts';

const core = { group: '', version: 'v1' };

export const SECRETS: Resource = { ...core, plural: 'secrets', kind: 'Secret', namespaced: true };
export const NAMESPACES: Resource = { ...core, plural: 'namespaces', kind: 'Namespace', namespaced: false };
export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};
export const EVENTS: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
export const TOKEN_REVIEWS: Resource = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'tokenreviews',
  kind: 'TokenReview',
  namespaced: false,
};
export const SUBJECT_ACCESS_REVIEWS: Resource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};

/** `group/version`, or `version` in the core group. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

export interface PathOptions {
  /** Left out for a namespaced resource: all namespaces. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** Path of a collection, an object or a subresource; every part is encoded, so no name can leave its segment. */
export function pathOf(resource: Resource, options: PathOptions = {}): string {
  const parts = resource.group === '' ? ['api', resource.version] : ['apis', resource.group, resource.version];
  if (resource.namespaced && options.namespace !== undefined) parts.push('namespaces', options.namespace);
  parts.push(resource.plural);
  if (options.name !== undefined) parts.push(options.name);
  if (options.subresource !== undefined) parts.push(options.subresource);
  return `/${parts.map(segment).join('/')}`;
}

/** `namespace/name`, or `name` for an object without a namespace. */
export function keyOf(object: KubeObject): ObjectKey {
  const { namespace, name = '' } = object.metadata;
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

function segment(text: string): string {
  if (text === '' || text === '.' || text === '..') throw new TypeError(`"${text}" can't be a segment of an API path`);
  return encodeURIComponent(text);
}

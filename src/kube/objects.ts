/** One object at a time, and whole collections in pages. */
import { apiVersionOf, pathOf } from './resources.ts';
import { KubeError } from './errors.ts';
import type { KubeList, KubeObject, KubeRequest, Query, Resource, Transport } from './types.ts';

/** How a call is made, apart from what it says. */
export type CallOptions = Pick<KubeRequest, 'signal' | 'timeoutMs' | 'retries' | 'maxResponseBytes'>;

export interface ObjectTarget extends CallOptions {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** A missing object is a `KubeError` with code `NotFound`. */
export async function getObject<T extends KubeObject>(
  transport: Transport,
  resource: Resource,
  { namespace, name, ...call }: ObjectTarget,
): Promise<T> {
  const { body } = await transport.request<T>({ ...call, path: pathOf(resource, { namespace, name }) });
  return body;
}

export interface CreateOptions<B> extends CallOptions {
  readonly namespace?: string | undefined;
  /** `apiVersion` and `kind` are filled in. */
  readonly body: B;
}

/** Also for what is only asked and never stored, such as a TokenReview. */
export async function createObject<T>(
  transport: Transport,
  resource: Resource,
  { namespace, body, ...call }: CreateOptions<object>,
): Promise<T> {
  const response = await transport.request<T>({
    ...call,
    method: 'POST',
    path: pathOf(resource, { namespace }),
    body: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...body },
  });
  return response.body;
}

export interface UpdateOptions<T> extends ObjectTarget {
  /** The whole object; with `metadata.resourceVersion` the update is refused with `Conflict` when it has changed since. */
  readonly body: T;
  readonly subresource?: string;
}

/** Replaces an object. */
export async function updateObject<T extends KubeObject>(
  transport: Transport,
  resource: Resource,
  { namespace, name, subresource, body, ...call }: UpdateOptions<T>,
): Promise<T> {
  const response = await transport.request<T>({
    ...call,
    method: 'PUT',
    path: pathOf(resource, { namespace, name, subresource }),
    body: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...body },
  });
  return response.body;
}

export interface DeleteOptions extends ObjectTarget {
  /** Refused with `Conflict` when another object has taken the name. */
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** A missing object is a `KubeError` with code `NotFound`. */
export async function deleteObject(
  transport: Transport,
  resource: Resource,
  { namespace, name, uid, resourceVersion, ...call }: DeleteOptions,
): Promise<void> {
  const preconditions = {
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  await transport.request({
    ...call,
    method: 'DELETE',
    path: pathOf(resource, { namespace, name }),
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions },
  });
}

export interface ListOptions extends CallOptions {
  /** Left out: all namespaces. */
  readonly namespace?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Only `metadata` crosses the wire: never `data`, `spec` or `status`. */
  readonly metadataOnly?: boolean;
  /** Objects per request; left out: all in one. */
  readonly pageSize?: number;
  /**
   * `AnyVersion`: what the server has at hand, may be old. `{ notOlderThan }`: the same, but not older than a
   * resourceVersion. Left out: the latest, at the price of a quorum read.
   */
  readonly freshness?: 'AnyVersion' | { readonly notOlderThan: string };
}

export interface Listing<T> {
  readonly items: readonly T[];
  /** To watch from. */
  readonly resourceVersion: string;
}

/** A whole collection, all its pages. */
export async function listObjects<T extends KubeObject>(
  transport: Transport,
  resource: Resource,
  options: ListOptions = {},
): Promise<Listing<T>> {
  const { namespace, fieldSelector, labelSelector, metadataOnly = false, pageSize, freshness, ...call } = options;
  const path = pathOf(resource, { namespace });
  const query: Query = { fieldSelector, labelSelector, limit: pageSize, ...freshnessQuery(freshness) };
  const items: T[] = [];
  let token: string | undefined;
  for (;;) {
    const { body } = await transport.request<KubeList<T>>({
      ...call,
      path,
      query: token === undefined ? query : { ...query, continue: token },
      ...(metadataOnly && { accept: acceptMetadata('PartialObjectMetadataList') }),
    });
    const page = checkList(body, path);
    for (const item of page.items) items.push(item);
    token = page.metadata.continue === '' ? undefined : page.metadata.continue;
    if (token === undefined) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

/** Without a second choice: a server that can't cut objects down answers 406 instead of sending them whole. */
export function acceptMetadata(as: 'PartialObjectMetadata' | 'PartialObjectMetadataList'): string {
  return `application/json;as=${as};v=v1;g=meta.k8s.io`;
}

function freshnessQuery(freshness: ListOptions['freshness']): Query {
  if (freshness === undefined) return {};
  if (freshness === 'AnyVersion') return { resourceVersion: '0' };
  return { resourceVersion: freshness.notOlderThan, resourceVersionMatch: 'NotOlderThan' };
}

function checkList<T extends KubeObject>(
  body: KubeList<T> | undefined,
  path: string,
): { items: readonly T[]; metadata: { resourceVersion: string; continue?: string } } {
  const resourceVersion = body?.metadata?.resourceVersion;
  // A list without objects comes with `items: null` when only metadata was asked for.
  const items = body?.items === null ? [] : body?.items;
  if (!Array.isArray(items) || resourceVersion === undefined || resourceVersion === '') {
    throw new KubeError({ code: 'Malformed', message: `GET ${path}: the answer is not a list` });
  }
  return { items, metadata: { ...body?.metadata, resourceVersion } };
}

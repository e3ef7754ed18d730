import type { UpstreamRequestHead } from '../wire.ts';

const VERSION_SEGMENT = /^v\d+[a-z]*\d*$/;

interface Base {
  /** Without a trailing slash; empty for a base URL without a path. */
  readonly path: string;
  /** The last segment of the path when it is a version, else undefined. */
  readonly version: string | undefined;
}

/** Few: one for each base URL in the table. Cleared when it outgrows any table. */
const bases = new Map<string, Base>();
const MAX_BASES = 10_000;

function parseBase(baseURL: string): Base {
  let base = bases.get(baseURL);
  if (base === undefined) {
    const path = new URL(baseURL).pathname.replace(/\/+$/, '');
    const last = path.slice(path.lastIndexOf('/') + 1);
    base = { path, version: VERSION_SEGMENT.test(last) ? last : undefined };
    if (bases.size >= MAX_BASES) bases.clear();
    bases.set(baseURL, base);
  }
  return base;
}

/**
 * Path and query at the upstream: the base URL's path, then the client's path and query, encoded as they came. When the
 * base ends in a version segment (`/v1`) and the path begins with it too, it is there once: some SDKs add it, some don't.
 */
export function joinPath(baseURL: string, head: Pick<UpstreamRequestHead, 'path' | 'query'>): string {
  const base = parseBase(baseURL);
  let path = head.path;
  if (base.version !== undefined) {
    const prefix = base.version.length + 1;
    const repeated = path.startsWith(base.version, 1) && (path.length === prefix || path[prefix] === '/');
    if (repeated) path = path.slice(prefix);
  }
  const joined = base.path + path;
  return `${joined === '' ? '/' : joined}${head.query === '' ? '' : `?${head.query}`}`;
}

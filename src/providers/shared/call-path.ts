/** Paths of calls, read as no two servers read them differently; what they may read differently is told apart. */
import { METHOD_OVERRIDES } from '../method-overrides.ts';
import type { ModelLocation, UpstreamRequestHead } from '../wire.ts';
import { decodeComponent } from './percent.ts';

/**
 * The spellings that no upstream reads as something else: unreserved characters (RFC 3986 §2.3) between single slashes,
 * nothing encoded, no slash at the end, no dot segment.
 */
const CANONICAL = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.~-]+)+$/;
const VERSION = /^\/v\d+[a-z]*\d*(?=\/|$)/;

/** Whether every server reads `path` as it is spelt. */
export function isCanonicalPath(path: string): boolean {
  return CANONICAL.test(path);
}

/** Whether the request is what its request line says: no body for a lenient server to read, no override. */
export function isPlainRequest(head: UpstreamRequestHead): boolean {
  return (!head.hasBody || head.method === 'POST') && METHOD_OVERRIDES.every((name) => head.header(name) === undefined);
}

/** `path` without a version segment in front and without the slash before it. */
export function withoutVersion(path: string): string {
  return path.replace(VERSION, '').slice(1);
}

/** The path as the most lenient server would read it. What can't be decoded stays, and is then unknown. */
export function normalisePath(path: string): string {
  const decoded = decodeComponent(path) ?? path;
  return decoded
    .toLowerCase()
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '');
}

/** The model that the first group of `pattern` finds in `path`; one that cannot be decoded is not past an allowlist. */
export function modelInPath(path: string, pattern: RegExp): ModelLocation {
  const name = pattern.exec(path)?.[1];
  const model = name === undefined ? undefined : decodeComponent(name);
  return model === undefined ? { in: 'None', allowlisted: 'Refuse' } : { in: 'Head', model };
}

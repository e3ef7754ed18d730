/** Requests that some servers take for another than their request line and body say. */
import { METHOD_OVERRIDES } from '../method-overrides.ts';
import type { UpstreamRequestHead } from '../wire.ts';

/** Parameters of all Google APIs that change how an answer is written, and nothing else. */
const HARMLESS: ReadonlySet<string> = new Set(['$alt', '$prettyPrint', '$fields', '$quotaUser', '$.xgafv']);

/** Whether a parameter's name is one by which Google takes a request from its query: `$httpMethod`, `$req` and others. */
export function isRequestParameter(name: string): boolean {
  return name.startsWith('$') && !HARMLESS.has(name);
}

/** Whether a header or the query of a request may put another method, path or body in place of its own. */
export function mayBeAnother(head: Pick<UpstreamRequestHead, 'query' | 'header'>): boolean {
  if (METHOD_OVERRIDES.some((name) => head.header(name) !== undefined)) return true;
  if (!/\$|%24/.test(head.query)) return false;
  return [...new URLSearchParams(head.query.replaceAll(';', '&')).keys()].some(isRequestParameter);
}

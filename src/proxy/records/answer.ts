/**
 * `GET /llm/v1/requests/<id>`: what this proxy remembers of one request, for whoever may `get` the subresource
 * `llmproviders/requests` of its provider.
 */
import type { AuthorizationVerdict, Identity } from '../../identity/types.ts';
import type { ProxyContext } from '../context.ts';
import type { Rejection } from '../refusal.ts';
import type { RequestAnswer, RequestDocument } from './document.ts';

/** Which proxy answers, so that a client can tell replicas apart. */
const PROXY_HEADER = 'x-tidegate-proxy';

/**
 * Reads that wait for the authorizer at the same time. Of requests to providers that there are not, the caller chose the
 * namespace, so that each may be another question to the API server; verdicts of calls must not come too late for it.
 */
export const MAX_WAITING = 16;

/** What an answer takes from the proxy that gives it. */
type RecordSource = Pick<ProxyContext, 'records' | 'access' | 'defaultNamespace' | 'hostName'>;

/** The answer's JSON, or why there is none. */
export async function recordAnswer(
  source: RecordSource,
  requestId: string,
  identity: Identity,
): Promise<Buffer | Rejection> {
  const { records, hostName } = source;
  const headers = [PROXY_HEADER, headerValue(hostName)];
  const request = records?.find(requestId);
  if (records === undefined || request === undefined) {
    const why = records === undefined ? NONE_ARE_KEPT : NOT_KEPT;
    return {
      code: 'RequestNotFound',
      message: `The proxy "${hostName}" has no record of the request ${requestId}: ${why}`,
      headers,
    };
  }
  if (records.waiting >= MAX_WAITING) {
    return {
      code: 'Overloaded',
      message: 'Too many records are being asked for at the same time; try again.',
      headers,
    };
  }
  records.waiting += 1;
  let verdict: AuthorizationVerdict;
  try {
    verdict = await permission(source, request, identity);
  } finally {
    records.waiting -= 1;
  }
  if (verdict.kind === 'Denied') return { code: 'Forbidden', message: verdict.message, headers };
  if (verdict.kind === 'Unavailable') return { code: 'IdentityUnavailable', message: verdict.message, headers };
  const answer: RequestAnswer = { proxy: hostName, request };
  return Buffer.from(`${JSON.stringify(answer, undefined, 2)}\n`);
}

/** Of an answer with a record. */
export function recordHeaders({ hostName }: Pick<RecordSource, 'hostName'>): string[] {
  return ['content-type', 'application/json', 'cache-control', 'no-store', PROXY_HEADER, headerValue(hostName)];
}

/** A machine may be called anything; a header holds ASCII. */
function headerValue(hostName: string): string {
  return hostName.replaceAll(/[^\u0021-\u007e]/g, '-');
}

const NONE_ARE_KEPT = 'it keeps none (`requestRecords.maxBytes` is 0).';
const NOT_KEPT = 'another replica served it, it has not ended yet, or newer ones have taken its place.';

/** On its provider; where none was found, on all of the namespace that was meant. */
function permission(
  { access, defaultNamespace }: RecordSource,
  { namespace, provider, requested }: RequestDocument,
  identity: Identity,
): AuthorizationVerdict | Promise<AuthorizationVerdict> {
  const { authorizer } = access;
  if (namespace !== undefined && provider !== undefined) {
    return authorizer.authorize(identity, 'get', namespace, provider, 'requests');
  }
  return authorizer.authorize(identity, 'get', requested?.namespace ?? defaultNamespace, '', 'requests');
}

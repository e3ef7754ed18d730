/** Step 1, second half: what is refused whoever asks, and when nobody can be served. */
import type { ProxyContext } from './context.ts';
import type { Exchange } from './exchange/exchange.ts';
import { foreignSiteProblem } from './foreign-site.ts';
import type { Rejection } from './refusal.ts';
import type { Route } from './route.ts';

/** For a URL that is none of the gateway's. */
export const NOTHING_HERE: Rejection = {
  code: 'NotFound',
  message: 'There is nothing at this URL. Providers are at /llm/v1/providers/<name>/.',
};

/** Why a request to `route` is refused; undefined when it may go on. */
export function turnAway(
  route: Route,
  { method, rawHeaders }: Pick<Exchange, 'method' | 'rawHeaders'>,
  context: ProxyContext,
): Rejection | undefined {
  return fromForeignSite(rawHeaders, context) ?? wrong(route, method) ?? cannotServe(route, context);
}

function fromForeignSite(
  rawHeaders: readonly string[],
  { access, localOnly, publicURL }: ProxyContext,
): Rejection | undefined {
  const isOpen = localOnly && access.methods.anonymous;
  const problem = isOpen ? foreignSiteProblem(rawHeaders, publicURL) : undefined;
  if (problem === undefined) return undefined;
  return {
    code: 'Forbidden',
    message: `This gateway asks nobody for a credential, for it serves its own machine. ${problem}`,
  };
}

function wrong(route: Route, method: string): Rejection | undefined {
  if (route.kind === 'Malformed') return { code: 'InvalidRequest', message: `The URL is refused: ${route.message}.` };
  // TRACE would show the provider's credential, CONNECT is for forward proxies.
  if (method === 'TRACE' || method === 'CONNECT') {
    return { code: 'InvalidRequest', message: `The method ${method} is not forwarded.` };
  }
  if (route.kind === 'Unknown') return NOTHING_HERE;
  const isRead = method === 'GET' || method === 'HEAD';
  if (route.kind === 'Describe' && !isRead) {
    return {
      code: 'MethodNotAllowed',
      message: 'A description is read with GET. API calls go to a path below the name.',
      allow: 'GET, HEAD',
    };
  }
  if ((route.kind === 'Authentication' || route.kind === 'ResourceMetadata') && !isRead) {
    return { code: 'MethodNotAllowed', message: 'This is read with GET.', allow: 'GET, HEAD' };
  }
  if (route.kind === 'Record' && !isRead) {
    return { code: 'MethodNotAllowed', message: 'A record is read with GET.', allow: 'GET, HEAD' };
  }
  if (route.kind === 'ConnectionTest' && method !== 'POST') {
    return { code: 'MethodNotAllowed', message: 'A connection test is made with POST.', allow: 'POST' };
  }
  return undefined;
}

/** What is answered before there are providers: a record may be what tells why there are none. */
const WITHOUT_TABLE: ReadonlySet<Route['kind']> = new Set(['Authentication', 'ResourceMetadata', 'Record']);

function cannotServe(route: Route, { state, open, limits, providers }: ProxyContext): Rejection | undefined {
  if (state === 'Stopped') return { code: 'Draining', message: 'This proxy is shutting down; try again.' };
  if (open.size > limits.openRequests) {
    return { code: 'Overloaded', message: 'This proxy has as many open requests as it may have; try again.' };
  }
  if (!WITHOUT_TABLE.has(route.kind) && providers.revision === undefined) {
    return { code: 'NotReady', message: 'This proxy has not loaded its providers yet; try again.' };
  }
  return undefined;
}

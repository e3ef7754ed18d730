/** Step 1, second half: what is refused whoever asks. Pure. */
import type { Rejection } from './refusal.ts';
import type { Route } from './route.ts';

/** For a URL that is none of the gateway's. */
export const nothingHere: Rejection = {
  code: 'NotFound',
  message: 'There is nothing at this URL. Providers are at /llm/v1/providers/<name>/.',
};

/** Why a request to `route` is refused; undefined when it may go on. */
export function turnAway(route: Route, method: string): Rejection | undefined {
  if (route.kind === 'Malformed') return { code: 'InvalidRequest', message: `The URL is refused: ${route.message}.` };
  // TRACE would show the provider's credential, CONNECT is for forward proxies.
  if (method === 'TRACE' || method === 'CONNECT') {
    return { code: 'InvalidRequest', message: `The method ${method} is not forwarded.` };
  }
  if (route.kind === 'Unknown') return nothingHere;
  if (route.kind === 'Describe' && method !== 'GET' && method !== 'HEAD') {
    return {
      code: 'MethodNotAllowed',
      message: 'A description is read with GET. API calls go to a path below the name.',
      allow: 'GET, HEAD',
    };
  }
  if ((route.kind === 'Authentication' || route.kind === 'ResourceMetadata') && method !== 'GET' && method !== 'HEAD') {
    return { code: 'MethodNotAllowed', message: 'This is read with GET.', allow: 'GET, HEAD' };
  }
  if (route.kind === 'ConnectionTest' && method !== 'POST') {
    return { code: 'MethodNotAllowed', message: 'A connection test is made with POST.', allow: 'POST' };
  }
  return undefined;
}

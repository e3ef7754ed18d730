/** Step 1: what a request target asks for. Pure; nothing is decoded, so that the upstream gets the bytes of the client. */
import { RESOURCE_METADATA } from './authentication/protected-resource.ts';
import { pathProblem, queryProblem } from './safe-path.ts';
import { takeKey } from './query-key.ts';

export type Route =
  /** A call to forward. `path` is empty or begins with `/`; `query` is without `?` and without `key`. */
  | {
      readonly kind: 'Call';
      readonly namespace: string;
      readonly name: string;
      readonly path: string;
      readonly query: string;
      readonly key: string | undefined;
    }
  /** The description of one provider, or of all when `name` is undefined. */
  | {
      readonly kind: 'Describe';
      readonly namespace: string;
      readonly name: string | undefined;
      readonly key: string | undefined;
    }
  /** A test of a provider that the body names. */
  | { readonly kind: 'ConnectionTest'; readonly key: string | undefined }
  /** What became of the request with this id, a UUID in lower case. */
  | { readonly kind: 'Record'; readonly requestId: string; readonly key: string | undefined }
  /** How callers are known here, and who the caller is. */
  | { readonly kind: 'Authentication'; readonly key: string | undefined }
  /** Metadata of a protected resource (RFC 9728 §3.1); `path`: the path of the resource. */
  | { readonly kind: 'ResourceMetadata'; readonly path: string }
  /** Not a URL of the gateway. */
  | { readonly kind: 'Unknown' }
  | { readonly kind: 'Malformed'; readonly message: string };

const PREFIX = '/llm/v1/';
const CONNECTION_TESTS = `${PREFIX}connection-tests`;
const REQUESTS = `${PREFIX}requests/`;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const AUTHENTICATION = `${PREFIX}authentication`;
const UNKNOWN: Route = { kind: 'Unknown' };

/** The route of `target`, whatever the method. */
export function parseRoute(target: string, defaultNamespace: string): Route {
  if (!target.startsWith('/')) {
    return malformed('the request target must be a path: absolute URLs and `*` are not accepted');
  }
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const rawQuery = mark === -1 ? '' : target.slice(mark + 1);
  const problem = pathProblem(path) ?? queryProblem(rawQuery);
  if (problem !== undefined) return malformed(problem);
  if (path.startsWith(`${RESOURCE_METADATA}/`)) {
    return { kind: 'ResourceMetadata', path: path.slice(RESOURCE_METADATA.length) };
  }
  if (!path.startsWith(PREFIX)) return UNKNOWN;

  if (path === AUTHENTICATION) return { kind: 'Authentication', key: takeKey(rawQuery).key };
  if (path === CONNECTION_TESTS) return { kind: 'ConnectionTest', key: takeKey(rawQuery).key };
  if (path.startsWith(REQUESTS)) {
    const requestId = path.slice(REQUESTS.length).toLowerCase();
    if (!UUID.test(requestId)) return malformed('a request id is the UUID that stands in x-tidegate-request-id');
    return { kind: 'Record', requestId, key: takeKey(rawQuery).key };
  }
  let namespace = defaultNamespace;
  let rest = path.slice(PREFIX.length);
  if (rest.startsWith('namespaces/')) {
    const end = rest.indexOf('/', 11);
    if (end === -1) return UNKNOWN;
    namespace = rest.slice(11, end);
    if (!isName(namespace)) return malformed(`the namespace in the path must be a Kubernetes name`);
    rest = rest.slice(end + 1);
  }
  if (rest === 'providers') return { kind: 'Describe', namespace, name: undefined, key: takeKey(rawQuery).key };
  if (!rest.startsWith('providers/')) return UNKNOWN;

  const end = rest.indexOf('/', 10);
  const name = end === -1 ? rest.slice(10) : rest.slice(10, end);
  if (!isName(name)) return malformed('the provider name in the path must be a Kubernetes name');
  const { key, query } = takeKey(rawQuery);
  if (end === -1) return { kind: 'Describe', namespace, name, key };
  return { kind: 'Call', namespace, name, path: rest.slice(end), query, key };
}

/** RFC 1123 label characters: whatever else stands in a name, escapes and slashes above all, is refused. */
function isName(text: string): boolean {
  if (text.length === 0 || text.length > 63) return false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const ok = (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d;
    if (!ok) return false;
  }
  return true;
}

function malformed(message: string): Route {
  return { kind: 'Malformed', message };
}

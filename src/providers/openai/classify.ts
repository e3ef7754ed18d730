import { mayNameModel } from '../further-models.ts';
import { isCanonicalPath, isPlainRequest, modelInPath, normalisePath, withoutVersion } from '../shared/call-path.ts';
import { parseContentType } from '../shared/content-type.ts';
import type { ModelLocation, Operation, UpstreamRequestHead } from '../wire.ts';
import { type Call, findCall, toOperation, unknownCall } from './operations.ts';

/** Names of models may hold slashes, encoded or not: `meta-llama/Llama-3`. */
const MODEL_PATH = /^(?:\/v\d+[a-z]*\d*)?\/models\/(.+)$/;

const PASS: ModelLocation = { in: 'None', allowlisted: 'Pass' };
const REFUSE: ModelLocation = { in: 'None', allowlisted: 'Refuse' };
const JSON_BODY: ModelLocation = { in: 'JSONBody' };
const MULTIPART: ModelLocation = { in: 'Multipart', field: 'model' };

/**
 * Which call a request is, and where its model is.
 *
 * The rule for allowlists fails closed: `Pass` is only for a known harmless call in its canonical spelling and without a
 * body. A variant that an upstream may normalise (`//`, `/Chat/`, `%63hat`, a slash at the end) has its model checked if
 * it can be read as a call with a model, and is refused otherwise, as is every unknown path.
 */
export function classify(head: UpstreamRequestHead): Operation {
  const exact = isCanonicalPath(head.path) ? callAt(head.method, head.path) : undefined;
  const call = exact ?? callAt(head.method, normalisePath(head.path)) ?? unknownCall(head.method);
  return toOperation(call, locate(call, head, exact !== undefined));
}

function callAt(method: string, path: string): Call | undefined {
  return findCall(method, withoutVersion(path));
}

function locate(call: Call, head: UpstreamRequestHead, canonical: boolean): ModelLocation {
  switch (call.model) {
    case 'Body':
      return parseContentType(head.header('content-type')).essence === 'multipart/form-data' ? MULTIPART : JSON_BODY;
    case 'Path':
      return isPlainRequest(head) ? modelInPath(head.path, MODEL_PATH) : REFUSE;
    case 'Query':
      return canonical && isPlainRequest(head) ? modelInQuery(head.query) : REFUSE;
    case 'Pass':
      return canonical && isPlainRequest(head) ? PASS : REFUSE;
    case 'Refuse':
    default:
      return REFUSE;
  }
}

/** The one parameter among `names` that names a model. No other may look as though a server could take its model from it. */
export function modelInQuery(query: string, names: readonly string[] = ['model']): ModelLocation {
  const named = [...new URLSearchParams(query.replaceAll(';', '&'))].filter(([name]) => mayNameModel(name));
  const [name = '', model] = named[0] ?? [];
  return named.length !== 1 || !names.includes(name) || model === undefined ? REFUSE : { in: 'Head', model };
}

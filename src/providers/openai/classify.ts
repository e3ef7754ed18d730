import { METHOD_OVERRIDES } from '../method-overrides.ts';
import { decodeComponent } from '../shared/percent.ts';
import { parseContentType } from '../shared/content-type.ts';
import type { ModelLocation, Operation, UpstreamRequestHead } from '../wire.ts';
import { type Call, findCall, toOperation, unknownCall } from './operations.ts';

/**
 * The spellings that no upstream reads as something else: unreserved characters (RFC 3986 §2.3) between single slashes,
 * nothing encoded, no slash at the end, no dot segment.
 */
const CANONICAL = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.~-]+)+$/;
const VERSION = /^\/v\d+[a-z]*\d*(?=\/|$)/;
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
  const exact = CANONICAL.test(head.path) ? callAt(head.method, head.path) : undefined;
  const call = exact ?? callAt(head.method, normalise(head.path)) ?? unknownCall(head.method);
  return toOperation(call, locate(call, head, exact !== undefined));
}

function callAt(method: string, path: string): Call | undefined {
  return findCall(method, path.replace(VERSION, '').slice(1));
}

function locate(call: Call, head: UpstreamRequestHead, canonical: boolean): ModelLocation {
  switch (call.model) {
    case 'Body':
      return parseContentType(head.header('content-type')).essence === 'multipart/form-data' ? MULTIPART : JSON_BODY;
    case 'Path':
      return isPlain(head) ? modelInPath(head.path) : REFUSE;
    case 'Query':
      return canonical && isPlain(head) ? modelInQuery(head.query) : REFUSE;
    case 'Pass':
      return canonical && isPlain(head) ? PASS : REFUSE;
    case 'Refuse':
    default:
      return REFUSE;
  }
}

/** Whether the request is what its request line says: no body for a lenient server to read, no override. */
function isPlain(head: UpstreamRequestHead): boolean {
  return (!head.hasBody || head.method === 'POST') && METHOD_OVERRIDES.every((name) => head.header(name) === undefined);
}

/** Names of models may hold slashes, encoded or not: `meta-llama/Llama-3`. */
function modelInPath(path: string): ModelLocation {
  const name = MODEL_PATH.exec(path)?.[1];
  const model = name === undefined ? undefined : decodeComponent(name);
  return model === undefined ? REFUSE : { in: 'Head', model };
}

function modelInQuery(query: string): ModelLocation {
  const models = new URLSearchParams(query).getAll('model');
  const model = models[0];
  return models.length !== 1 || model === undefined ? REFUSE : { in: 'Head', model };
}

/** The path as the most lenient server would read it. What can't be decoded stays, and is then unknown. */
function normalise(path: string): string {
  const decoded = decodeComponent(path) ?? path;
  return decoded
    .toLowerCase()
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '');
}

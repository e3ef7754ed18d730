/** The body of `POST /llm/v1/connection-tests`: which provider is to be tested, and with which model. Pure. */
import { isUtf8 } from 'node:buffer';
import { isJSONType, parseContentType } from '../../providers/shared/content-type.ts';

/** Bytes of a body at most: it is three names. */
export const MAX_BODY_BYTES = 16 * 1024;

/** Characters of a model's name at most; the longest are ARNs. */
const MAX_MODEL_CHARACTERS = 2048;

/** What is to be tested. */
export interface ConnectionTestRequest {
  readonly namespace: string;
  readonly provider: string;
  /** Undefined: a call that costs nothing. */
  readonly model: string | undefined;
}

/** What was read, or why nothing could be, ready for the caller. */
export type ParsedBody =
  | { readonly kind: 'Valid'; readonly request: ConnectionTestRequest }
  | { readonly kind: 'Invalid'; readonly message: string };

const EXAMPLE = 'Send {"provider": "<name>"}, with "namespace" and "model" if you want';
const FIELDS = ['namespace', 'provider', 'model'];

/** Reads a whole body. `header` gives the first value of a request header by lower-case name. */
export function parseBody(
  body: Buffer,
  header: (name: string) => string | undefined,
  defaultNamespace: string,
): ParsedBody {
  if (body.length === 0) return invalid(`The body is empty. ${EXAMPLE}.`);
  // A web page can send other types, or none, to a listener on this machine without being asked.
  if (!isJSONType(parseContentType(header('content-type')).essence)) {
    return invalid('The content-type must be application/json.');
  }
  if (header('content-encoding') !== undefined) return invalid('The body must not be compressed.');
  if (!isUtf8(body)) return invalid('The body is not UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return invalid(`The body is not JSON. ${EXAMPLE}.`);
  }
  return ofObject(value, defaultNamespace);
}

function ofObject(value: unknown, defaultNamespace: string): ParsedBody {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalid(`The body is not a JSON object. ${EXAMPLE}.`);
  }
  const unknown = Object.keys(value).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) {
    return invalid(`The field ${JSON.stringify(unknown.slice(0, 100))} is unknown. ${EXAMPLE}.`);
  }
  const { namespace = defaultNamespace, provider, model } = value as Partial<Record<string, unknown>>;
  if (!isName(namespace)) return invalid('The field "namespace" must be the name of a Kubernetes namespace.');
  if (provider === undefined) return invalid(`The field "provider" is missing. ${EXAMPLE}.`);
  if (!isName(provider)) return invalid('The field "provider" must be the name of an LLMProvider.');
  if (model !== undefined && !isModel(model)) {
    return invalid('The field "model" must be the name of a model: a string of 1 to 2048 characters without spaces.');
  }
  return { kind: 'Valid', request: { namespace, provider, model } };
}

/** RFC 1123 label. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9-]{1,63}$/.test(value);
}

function isModel(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_MODEL_CHARACTERS) return false;
  // Half a surrogate pair (`\ud800` in JSON) cannot stand in a URL.
  return value.isWellFormed() && /^[^\s\p{Cc}]+$/u.test(value);
}

function invalid(message: string): ParsedBody {
  return { kind: 'Invalid', message };
}

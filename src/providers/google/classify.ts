import { mayNameModel } from '../further-models.ts';
import { METHOD_OVERRIDES } from '../method-overrides.ts';
import { classify as classifyOpenAI } from '../openai/classify.ts';
import { isRequestParameter } from '../shared/another-request.ts';
import type { ModelLocation, Operation, UpstreamRequestHead } from '../wire.ts';
import { findCall, type FoundCall } from './operations.ts';
import { readPath } from './paths.ts';

/** An operation of this wire's own API. */
export interface GoogleOperation extends Operation {
  readonly api: 'Google';
  /** What the path asks a model to do; undefined for calls on other things. */
  readonly method: string | undefined;
  /** The answer is a JSON array of what an event stream would hold (`streamGenerateContent` without `alt=sse`). */
  readonly answersArray: boolean;
  /** The answer tells how many tokens were written to a cache. */
  readonly writesCache: boolean;
}

export function isGoogle(operation: Operation): operation is GoogleOperation {
  return operation.api === 'Google';
}

const PASS: ModelLocation = { in: 'None', allowlisted: 'Pass' };
const REFUSE: ModelLocation = { in: 'None', allowlisted: 'Refuse' };
const JSON_BODY: ModelLocation = { in: 'JSONBody' };

/** `/v1beta/openai/…` speaks OpenAI's API. */
const OPENAI = /^openai(?:\/|$)/;

/**
 * Which call a request is, and where its model is. As for OpenAI the rule for allowlists fails closed: what is not in
 * its canonical spelling, of a known method and without parameters that may name another call, is refused under one.
 */
export function classify(head: UpstreamRequestHead): Operation {
  const path = readPath(head.path);
  if (OPENAI.test(path.call) && !path.media) return openAIOperation(head, path.call, path.exact);
  const found = findCall(head.method, path.call, path.media);
  const { name, metered, modelList } = found.call;
  const operation: GoogleOperation = {
    name,
    api: 'Google',
    model: path.exact && isPlain(head) ? locate(found, head) : REFUSE,
    metered,
    usageOnRequest: false,
    modelList,
    method: found.method,
    answersArray: found.method === 'streamGenerateContent' && !asksForEvents(head.query),
    writesCache: found.call.model === 'Body' && path.call === 'cachedContents',
  };
  return operation;
}

/** The call as OpenAI's API has it, without what stands before it here. */
function openAIOperation(head: UpstreamRequestHead, call: string, exact: boolean): Operation {
  const { method, query, hasBody } = head;
  const path = call.slice('openai'.length);
  const operation = classifyOpenAI({ method, path, query, hasBody, header: (name) => head.header(name) });
  const { model } = operation;
  if (!exact || !isPlain(head)) return { ...operation, model: model.in === 'None' ? REFUSE : model };
  // The path to a model may say `models/models/gemini-2.5-pro`: the list gives names with the prefix.
  return model.in === 'Head' ? { ...operation, model: { in: 'Head', model: modelName(model.model) } } : operation;
}

/** A model as allowlists write it: Google's own names begin with `models/`. */
export function modelName(name: string): string {
  return name.startsWith('models/') ? name.slice('models/'.length) : name;
}

function locate({ call, model }: FoundCall, head: UpstreamRequestHead): ModelLocation {
  switch (call.model) {
    case 'Path':
      return model === undefined ? REFUSE : { in: 'Head', model };
    case 'Body':
      return JSON_BODY;
    case 'Pass':
      return head.hasBody && (head.method === 'GET' || head.method === 'HEAD') ? REFUSE : PASS;
    case 'Refuse':
    default:
      return REFUSE;
  }
}

/** Whether the request is what its request line says: no other method, body or model in its parameters or headers. */
function isPlain(head: UpstreamRequestHead): boolean {
  if (METHOD_OVERRIDES.some((name) => head.header(name) !== undefined)) return false;
  if (head.query === '') return true;
  for (const name of new URLSearchParams(head.query.replaceAll(';', '&')).keys()) {
    if (isRequestParameter(name) || mayNameModel(name)) return false;
  }
  return true;
}

function asksForEvents(query: string): boolean {
  if (!query.includes('sse')) return false;
  const parameters = new URLSearchParams(query);
  return (parameters.get('alt') ?? parameters.get('$alt')) === 'sse';
}

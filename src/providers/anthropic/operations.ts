/** Which API call a request is. Source: the Claude API reference and the paths of its SDK. */
import type { Operation, OperationName } from '../wire.ts';

/** How a call is treated, before its spelling and its body's type are looked at. */
export interface Call {
  readonly name: OperationName;
  /**
   * `Body`: named in the body. `Path`: the rest of the path is the model's name. `Pass` and `Refuse`: none, see
   * {@link ModelLocation}.
   */
  readonly model: 'Body' | 'Path' | 'Pass' | 'Refuse';
  readonly metered: boolean;
  readonly modelList: boolean;
  readonly urlsInBody?: true;
}

const call = (name: OperationName, model: Call['model'], extra: Partial<Call> = {}): Call => ({
  name,
  model,
  metered: false,
  modelList: false,
  ...extra,
});

/** Calls whose whole path is fixed, by `METHOD path`, the path without version. */
const FIXED: ReadonlyMap<string, Call> = new Map([
  ['POST messages', call('chat', 'Body', { metered: true })],
  // Counting is free.
  ['POST messages/count_tokens', call('count_tokens', 'Body')],
  // What a batch consumes is known when it is done, and its results can be read more than once.
  ['POST messages/batches', call('batches', 'Body', { urlsInBody: true })],
  ['POST complete', call('text_completion', 'Body', { metered: true })],
  ['GET models', call('models', 'Pass', { modelList: true })],
  // Whether somebody is there, which Claude Code asks before its first message.
  ['GET ', call('other', 'Pass')],
  ['GET api/hello', call('other', 'Pass')],
]);

const BATCH: Call = call('batches', 'Pass', { urlsInBody: true });
const BATCH_RESULTS: Call = call('batches', 'Pass');
const FILE: Call = call('files', 'Pass');
const MODEL: Call = call('models', 'Path');

/** A call that nobody knows: not past an allowlist. What it answers is metered if it is of a known shape. */
const UNKNOWN_WRITE: Call = call('other', 'Refuse', { metered: true });
const UNKNOWN_READ: Call = call('other', 'Refuse');

/** Objects that name models or run them: they may be read, but not written where models are limited. */
const OBJECTS: ReadonlySet<string> = new Set([
  'agents',
  'deployment_runs',
  'deployments',
  'dreams',
  'environments',
  'memory_stores',
  'sessions',
  'skills',
  'user_profiles',
  'vaults',
]);
const OBJECT_READ: Call = call('other', 'Pass');
const OBJECT_WRITE: Call = call('other', 'Refuse');

/** The call that a path (no version, no slashes at its ends) and a method are; undefined when none is known there. */
export function findCall(method: string, path: string): Call | undefined {
  const verb = method === 'HEAD' ? 'GET' : method;
  const fixed = FIXED.get(`${verb} ${path}`);
  if (fixed !== undefined) return fixed;
  const [family = '', ...rest] = path.split('/');
  if (family === 'messages' && rest[0] === 'batches') return batchCall(verb, rest.slice(1));
  // Content that messages refer to; no model runs.
  if (family === 'files') return FILE;
  if (family === 'models' && rest.length > 0 && verb === 'GET') return MODEL;
  if (OBJECTS.has(family)) return verb === 'GET' ? OBJECT_READ : OBJECT_WRITE;
  return undefined;
}

/** What was let in can be read, cancelled and deleted. */
function batchCall(verb: string, [id, what, ...rest]: readonly string[]): Call | undefined {
  if (rest.length > 0) return undefined;
  if (verb === 'GET') return what === undefined ? BATCH : what === 'results' ? BATCH_RESULTS : undefined;
  if (id === undefined || id === '') return undefined;
  if (verb === 'DELETE') return what === undefined ? BATCH : undefined;
  return verb === 'POST' && what === 'cancel' ? BATCH : undefined;
}

/** What a request to a path that is no call's counts as. */
export function unknownCall(method: string): Call {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? UNKNOWN_READ : UNKNOWN_WRITE;
}

/** The operation of `call` with its model at `model`. */
export function toOperation(call: Call, model: Operation['model']): Operation {
  return {
    name: call.name,
    api: 'Anthropic',
    model,
    metered: call.metered,
    usageOnRequest: false,
    modelList: call.modelList,
    ...(call.urlsInBody === true && { urlsInBody: true }),
  };
}

/** Which API call a request is. Source: the OpenAI API reference and the paths of its SDK. */
import type { ModelLocation, Operation, OperationName } from '../wire.ts';

/** How a call is treated, before its spelling and its body's type are looked at. */
export interface Call {
  readonly name: OperationName;
  /**
   * `Body`: named in the body, JSON or multipart. `Path`: the rest of the path is the model's name. `Query`: the
   * parameter `model`. `Pass` and `Refuse`: none, see {@link ModelLocation}.
   */
  readonly model: 'Body' | 'Path' | 'Query' | 'Pass' | 'Refuse';
  readonly metered: boolean;
  readonly usageOnRequest: boolean;
  readonly modelList: boolean;
}

const call = (name: OperationName, model: Call['model'], extra: Partial<Call> = {}): Call => ({
  name,
  model,
  metered: false,
  usageOnRequest: false,
  modelList: false,
  ...extra,
});

const inference = (name: OperationName): Call => call(name, 'Body', { metered: true });
const withUsageOnRequest = (name: OperationName): Call => call(name, 'Body', { metered: true, usageOnRequest: true });

/** Calls whose whole path is fixed, by `METHOD path`, the path without version. */
const FIXED: ReadonlyMap<string, Call> = new Map([
  ['POST chat/completions', withUsageOnRequest('chat')],
  ['POST completions', withUsageOnRequest('text_completion')],
  ['POST responses', inference('responses')],
  ['POST responses/compact', inference('responses')],
  // Counting is free.
  ['POST responses/input_tokens', call('responses', 'Body')],
  ['POST embeddings', inference('embeddings')],
  // Moderation is free.
  ['POST moderations', call('moderation', 'Body')],
  ['POST images/generations', inference('image')],
  ['POST images/edits', inference('image')],
  ['POST images/variations', inference('image')],
  ['POST audio/speech', inference('audio')],
  ['POST audio/transcriptions', inference('audio')],
  ['POST audio/translations', inference('audio')],
  // Billed by the second: no token figure comes.
  ['POST videos', call('other', 'Body')],
  ['GET models', call('models', 'Pass', { modelList: true })],
  // Over WebSocket, whose messages are metered.
  ['GET realtime', call('realtime', 'Query')],
]);

/**
 * Calls on a stored object, by `METHOD family`, where the family is the path with ids replaced by `*`. They run no
 * model. A stored response also carries usage, but of a call that has been metered before.
 */
const STORED: ReadonlyMap<string, Call> = new Map([
  ['GET responses/*', call('responses', 'Pass')],
  ['DELETE responses/*', call('responses', 'Pass')],
  ['POST responses/*/cancel', call('responses', 'Pass')],
  ['GET responses/*/input_items', call('responses', 'Pass')],
  ['GET chat/completions', call('chat', 'Pass')],
  ['GET chat/completions/*', call('chat', 'Pass')],
  ['GET chat/completions/*/messages', call('chat', 'Pass')],
  ['DELETE chat/completions/*', call('chat', 'Pass')],
]);

/**
 * What all other calls under a first path segment are. Reading is harmless and passes an allowlist; a write may start
 * a model that the gateway cannot see. Files and batches do not pass at all: batches run the models that files name.
 */
const FAMILIES: ReadonlyMap<string, { readonly read: Call; readonly write: Call }> = new Map([
  ['files', { read: call('files', 'Refuse'), write: call('files', 'Refuse') }],
  ['uploads', { read: call('files', 'Refuse'), write: call('files', 'Refuse') }],
  ['batches', { read: call('batches', 'Refuse'), write: call('batches', 'Refuse') }],
  ...['assistants', 'containers', 'evals', 'fine_tuning', 'skills', 'vector_stores', 'videos'].map(
    (family) => [family, { read: call('other', 'Pass'), write: call('other', 'Refuse') }] as const,
  ),
  // Runs of threads answer with usage.
  // Storing what was said runs nothing.
  ['conversations', { read: call('other', 'Pass'), write: call('other', 'Pass') }],
  ['threads', { read: call('other', 'Pass'), write: call('other', 'Refuse', { metered: true }) }],
]);

/** A call that nobody knows: not past an allowlist. What it answers is metered if it is of a known shape. */
const UNKNOWN_WRITE: Call = call('other', 'Refuse', { metered: true });
const UNKNOWN_READ: Call = call('other', 'Refuse');
const MODEL_READ: Call = call('models', 'Path');
const MODEL_WRITE: Call = call('models', 'Refuse');

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

/** The call that a path (no version, no slashes at its ends) and a method are; undefined when none is known there. */
export function findCall(method: string, path: string): Call | undefined {
  const verb = method === 'HEAD' ? 'GET' : method;
  const fixed = FIXED.get(`${verb} ${path}`);
  if (fixed !== undefined) return fixed;
  const segments = path.split('/');
  const stored = STORED.get(`${verb} ${starred(segments)}`) ?? STORED.get(`${verb} ${path}`);
  if (stored !== undefined) return stored;
  const family = segments[0] ?? '';
  if (family === 'models' && segments.length > 1) {
    return isRead(method) || method === 'DELETE' ? MODEL_READ : MODEL_WRITE;
  }
  const known = FAMILIES.get(family);
  return isRead(method) ? known?.read : known?.write;
}

/** What a request to a path that is no call's counts as. */
export function unknownCall(method: string): Call {
  return isRead(method) ? UNKNOWN_READ : UNKNOWN_WRITE;
}

/** The path with the segment that holds an id replaced by `*`. */
function starred(segments: readonly string[]): string {
  const id = segments[0] === 'chat' ? 2 : 1;
  return segments.map((segment, index) => (index === id ? '*' : segment)).join('/');
}

/** The operation of `call` with its model at `location`. */
export function toOperation(call: Call, location: ModelLocation): Operation {
  return {
    name: call.name,
    api: 'OpenAI',
    model: location,
    metered: call.metered,
    usageOnRequest: call.usageOnRequest,
    modelList: call.modelList,
  };
}

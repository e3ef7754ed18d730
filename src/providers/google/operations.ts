/** Which call of the Gemini API a request is. Source: its REST reference and discovery document, and the paths of the SDKs. */
import type { OperationName } from '../wire.ts';

/** Where a call names the model that runs. */
export type ModelPlace =
  /** In the path. The body may name it once more, or another. */
  | 'Path'
  /** Top-level `model` of a JSON body. */
  | 'Body'
  /** None; harmless. */
  | 'Pass'
  /** None that can be checked. */
  | 'Refuse';

/** How a call is treated, before its spelling is looked at. */
export interface Call {
  readonly name: OperationName;
  readonly model: ModelPlace;
  readonly metered: boolean;
  readonly modelList: boolean;
}

const call = (name: OperationName, model: ModelPlace, extra: Partial<Call> = {}): Call => ({
  name,
  model,
  metered: false,
  modelList: false,
  ...extra,
});

const inference = (name: OperationName): Call => call(name, 'Path', { metered: true });

/** What a model is asked to do: `POST models/{model}:{method}`. */
const METHODS: ReadonlyMap<string, Call> = new Map([
  ['generateContent', inference('generate_content')],
  ['streamGenerateContent', inference('generate_content')],
  ['generateAnswer', inference('generate_content')],
  ['embedContent', inference('embeddings')],
  ['batchEmbedContents', inference('embeddings')],
  // Counting is free.
  ['countTokens', call('count_tokens', 'Path')],
  // Billed by the picture and by the second: no token figure comes.
  ['predict', call('image', 'Path')],
  ['predictLongRunning', call('other', 'Path')],
  // Their requests may lie in files, each with a model of its own; figures come with the results, if they are fetched.
  ['batchGenerateContent', call('batches', 'Refuse')],
  ['asyncBatchEmbedContent', call('batches', 'Refuse')],
]);

/** What answers is metered if it is of a known shape. */
const UNKNOWN_METHOD: Call = call('other', 'Refuse', { metered: true });

/** Calls whose whole path is fixed, by `METHOD path`. */
const FIXED: ReadonlyMap<string, Call> = new Map([
  ['GET models', call('models', 'Pass', { modelList: true })],
  // Writing a cache is billed: the answer says how many tokens it took.
  ['POST cachedContents', call('other', 'Body', { metered: true })],
  ['POST interactions', call('generate_content', 'Body', { metered: true })],
]);

/** Writes that run no model, by `METHOD path`, the id in it replaced by `*`. */
const STORED: ReadonlyMap<string, Call> = new Map([
  ['PATCH cachedContents/*', call('other', 'Pass')],
  ['DELETE cachedContents/*', call('other', 'Pass')],
  ['POST interactions/*/cancel', call('other', 'Pass')],
  ['DELETE interactions/*', call('other', 'Pass')],
  // Batches run the models that files name, and do not pass. Files themselves are what prompts refer to.
  ['POST files', call('files', 'Pass')],
  ['POST files:register', call('files', 'Pass')],
  ['DELETE files/*', call('files', 'Pass')],
]);

/**
 * What all other calls under a first path segment are. Reading is harmless and passes an allowlist; a write may start a
 * model that the gateway cannot see. A stored interaction carries usage of a call that has been metered before.
 */
const FAMILIES: ReadonlyMap<string, { readonly read: Call; readonly write: Call }> = new Map([
  ['files', { read: call('files', 'Pass'), write: call('files', 'Refuse') }],
  ['batches', { read: call('batches', 'Refuse'), write: call('batches', 'Refuse') }],
  ...['cachedContents', 'interactions', 'fileSearchStores', 'corpora', 'operations'].map(
    (family) => [family, { read: call('other', 'Pass'), write: call('other', 'Refuse', { metered: true }) }] as const,
  ),
]);

/** A call that nobody knows: not past an allowlist. What it answers is metered if it is of a known shape. */
const UNKNOWN_WRITE: Call = call('other', 'Refuse', { metered: true });
const UNKNOWN_READ: Call = call('other', 'Refuse');
const UPLOAD: Call = call('files', 'Pass');
/** Into a store that embeds what it is given, with a model that the call does not name. */
const OTHER_UPLOAD: Call = call('files', 'Refuse');
const MODEL_READ: Call = call('models', 'Path');
const MODEL_WRITE: Call = call('models', 'Refuse');

/** `models/{model}` or `tunedModels/{model}`, and what it is asked to do. */
const MODEL_PATH = /^(models|tunedModels)\/([^/:]+)(?::([A-Za-z]+))?$/;

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

/** A call, with the model and the method that its path names. */
export interface FoundCall {
  readonly call: Call;
  /** As allowlists write it: without `models/`, but with `tunedModels/`. */
  readonly model?: string;
  /** `generateContent` and the like. */
  readonly method?: string;
}

/** The call that `path` (as in {@link ReadPath.call}) and an HTTP method are. */
export function findCall(httpMethod: string, path: string, media: boolean): FoundCall {
  const verb = httpMethod === 'HEAD' ? 'GET' : httpMethod;
  if (media) return { call: path === 'files' ? UPLOAD : OTHER_UPLOAD };
  const fixed = FIXED.get(`${verb} ${path}`);
  if (fixed !== undefined) return { call: fixed };
  const [, collection, id, method] = MODEL_PATH.exec(path) ?? [];
  if (collection !== undefined && id !== undefined) {
    const model = collection === 'models' ? id : `${collection}/${id}`;
    if (method === undefined) return { call: isRead(verb) ? MODEL_READ : MODEL_WRITE, model };
    return { call: (verb === 'POST' ? METHODS.get(method) : undefined) ?? UNKNOWN_METHOD, model, method };
  }
  const stored = STORED.get(`${verb} ${path.replace(/^([A-Za-z]+\/)[^/:]+/, '$1*')}`);
  if (stored !== undefined) return { call: stored };
  const family = FAMILIES.get(/^[^/:]*/.exec(path)?.[0] ?? '');
  if (family !== undefined) return { call: isRead(verb) ? family.read : family.write };
  return { call: isRead(verb) ? UNKNOWN_READ : UNKNOWN_WRITE };
}

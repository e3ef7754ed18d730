/** The Gemini API, exactly as far as it is implemented; the rest answers 404 like any unknown path there. */
import { openAI } from '../openai/index.ts';
import type { Answer, ReceivedRequest, Scenario, UpstreamWire } from '../types.ts';
import { failure, invalidKey, json } from './answers.ts';
import { generateContent, streamGenerateContent } from './generate.ts';
import { interaction } from './interactions.ts';
import { Caches, Files } from './stored.ts';
import { countTokens, usageMetadata } from './usage.ts';

/** Models that this upstream has; a call for another one answers 404. */
export const googleModels = [
  'gemini-2.5-pro',
  'gemini-2.5-flash',
  'gemini-2.5-flash-lite',
  'gemini-3-pro-preview',
  'gemini-embedding-2',
] as const;

/** Settings of the wire. */
export interface GoogleOptions {
  /** Default {@link googleModels}; empty: every model is known. */
  readonly models?: readonly string[];
}

const VERSIONED = /^\/v1(?:beta|alpha)?\/(.*)$/;
const UPLOAD = /^\/upload\/v1(?:beta|alpha)?\/files$/;
const METHOD = /^models\/([^/:]+):([A-Za-z]+)$/;

/** The wire of `type: GoogleAI`. */
export function google(options: GoogleOptions = {}): UpstreamWire {
  const models = options.models ?? googleModels;
  const compatible = openAI({ models, prefix: '/v1beta/openai' });
  const files = new Files();
  const caches = new Caches();

  const run = (model: string, method: string, request: ReceivedRequest, scenario: Scenario): Answer => {
    const call = parse(request);
    if (call === undefined) return failure(400, 'Invalid JSON payload received.');
    if (models.length > 0 && !models.includes(model)) return unknownModel(model);
    switch (method) {
      case 'generateContent':
        return generateContent(request, model, call, scenario);
      case 'streamGenerateContent':
        return streamGenerateContent(request, model, call, scenario);
      case 'countTokens':
        return json({ totalTokens: Math.max(8, Math.ceil(request.body.length / 4)) });
      case 'embedContent':
        return embeddings(model, request, 1, scenario);
      case 'batchEmbedContents':
        return embeddings(model, request, Array.isArray(call['requests']) ? call['requests'].length : 0, scenario);
      default:
        return unknownPath();
    }
  };

  const answer = (request: ReceivedRequest, scenario: Scenario): Answer | Promise<Answer> => {
    const [target = '', query] = request.target.split('?');
    const keys = [request.header('authorization'), request.header('x-goog-api-key'), keyInQuery(request)];
    if (keys.filter((key) => key !== undefined).length > 1) {
      return failure(400, 'Multiple authentication credentials received. Please pass only one.');
    }
    if (target.startsWith('/v1beta/openai/')) return compatible.answer(request, scenario);
    const { method } = request;
    if (UPLOAD.test(target) && method === 'POST') return files.upload(request);
    const path = VERSIONED.exec(target)?.[1] ?? '';
    const [, model, action] = METHOD.exec(path) ?? [];
    if (model !== undefined && action !== undefined && method === 'POST') return run(model, action, request, scenario);
    if (path === 'cachedContents' && method === 'POST') return caches.create(request, parse(request) ?? {});
    if (path === 'interactions' && method === 'POST') return interaction(request, parse(request) ?? {}, scenario);
    if (method === 'POST') return unknownPath();
    if (path === 'models') return modelPage(models, new URLSearchParams(query));
    const [collection = '', rest = ''] = path.split('/');
    const [id = '', verb] = rest.split(':');
    if (collection === 'models') return models.includes(id) ? json(describe(id)) : unknownModel(id);
    if (path === 'files') return files.list();
    if (collection === 'files') return files.one(method, id, verb === 'download');
    return collection === 'cachedContents' ? caches.one(method, id) : unknownPath();
  };

  return {
    answer,
    presentedKey: (request) =>
      request.target.startsWith('/v1beta/openai/')
        ? compatible.presentedKey(request)
        : (request.header('x-goog-api-key') ?? keyInQuery(request)),
    unauthorized: (presented) =>
      presented === undefined
        ? failure(403, "Method doesn't allow unregistered callers (callers without established identity).")
        : invalidKey(),
    error: (status) => failure(status),
  };
}

function keyInQuery(request: ReceivedRequest): string | undefined {
  return new URLSearchParams(request.target.split('?')[1]).get('key') ?? undefined;
}

function describe(id: string): object {
  return {
    name: `models/${id}`,
    version: '001',
    displayName: id.replaceAll('-', ' '),
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: id.includes('embedding')
      ? ['embedContent', 'countTokens']
      : ['generateContent', 'countTokens'],
  };
}

/** Answers `GET models`, page by page. */
function modelPage(models: readonly string[], query: URLSearchParams): Answer {
  const from = Number(query.get('pageToken') ?? '0');
  const to = from + Number(query.get('pageSize') ?? '50');
  const page = models.slice(from, to).map(describe);
  return json({ models: page, ...(to < models.length && { nextPageToken: String(to) }) });
}

/** Answers `embedContent` and `batchEmbedContents`. */
function embeddings(model: string, request: ReceivedRequest, count: number, scenario: Scenario): Answer {
  const costs = { model, bodyBytes: request.body.length, words: 0, thinks: false, usesTools: false };
  const figure = countTokens(costs, { usage: { ...scenario.usage, cached: 0 } });
  const values = Array.from({ length: 8 }, (_, index) => index / 8);
  const whole = request.target.includes(':batch')
    ? { embeddings: Array.from({ length: count }, () => ({ values })) }
    : { embedding: { values } };
  if (scenario.withoutUsage) return json(whole);
  return { ...json({ ...whole, usageMetadata: usageMetadata(figure) }), usage: figure.booked, usageFrame: 0 };
}

function parse(request: ReceivedRequest): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(request.body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function unknownModel(id: string): Answer {
  return failure(
    404,
    `models/${id} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
  );
}

/** Google's front end answers paths that it does not know in HTML. */
function unknownPath(): Answer {
  return {
    status: 404,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    frames: [Buffer.from('<!DOCTYPE html>\n<title>Error 404 (Not Found)!!1</title>\n')],
  };
}

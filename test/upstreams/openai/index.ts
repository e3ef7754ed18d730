/** OpenAI's API, exactly as far as it is implemented; the rest answers 404 like any unknown URL there. */
import type { Answer, Dialogue, ReceivedRequest, Scenario, UpstreamWire } from '../types.ts';
import { created, errorAnswer, failure, identifier, json } from './answers.ts';
import { chatCompletion, textCompletion } from './completions.ts';
import { embeddings, moderations } from './embeddings.ts';
import { Files, formOf, image, speech, transcription } from './media.ts';
import { RealtimeDialogue } from './realtime.ts';
import { compact, countInputTokens, Responses } from './responses.ts';

/** Models that this upstream has; a call for another one answers 404 `model_not_found`. */
export const defaultModels = [
  'gpt-4o',
  'gpt-4o-mini',
  'gpt-5',
  'o3',
  'gpt-3.5-turbo-instruct',
  'text-embedding-3-small',
  'gpt-4o-transcribe',
  'gpt-image-1',
  'tts-1',
  'gpt-realtime',
] as const;

/** Azure's API before v1: the model is a deployment in the path. */
const DEPLOYMENT = /^\/openai\/deployments\/([^/]+)\/(.+)$/;

/** Settings of the wire. */
export interface OpenAIOptions {
  /** Default {@link defaultModels}; empty: every model is known. */
  readonly models?: readonly string[];
  /** Path in front of every call. Default `/v1`. */
  readonly prefix?: string;
}

/** The wire of `type: OpenAI` and `OpenAICompatible`. */
export function openAI(options: OpenAIOptions = {}): UpstreamWire {
  const models = options.models ?? defaultModels;
  const prefix = options.prefix ?? '/v1';
  const responses = new Responses();
  const files = new Files();

  const answer = (request: ReceivedRequest, scenario: Scenario): Answer | Promise<Answer> => {
    const path = request.target.split('?', 1)[0] ?? '';
    const deployed = DEPLOYMENT.exec(path);
    if (deployed === null && !path.startsWith(`${prefix}/`)) return unknownURL(request);
    // Azure knows no API without its version.
    if (deployed !== null && !/[?&]api-version=/.test(request.target)) return unknownURL(request);
    const route = deployed?.[2] ?? path.slice(prefix.length + 1);
    const [collection, id, ...rest] = route.split('/').map((segment) => decodeURIComponent(segment));
    const { method } = request;

    if (method === 'GET' || method === 'DELETE') {
      if (route === 'models') return json({ object: 'list', data: models.map(describe) });
      if (collection === 'models' && id !== undefined)
        return models.includes(id) ? json(describe(id)) : unknownModel(id);
      if (route === 'files') return files.list();
      if (collection === 'files' && id !== undefined) return files.one(method, id, rest[0] === 'content');
      if (collection === 'responses' && id !== undefined) return responses.retrieve(id);
      if (route === 'batches') return json({ object: 'list', data: [], has_more: false });
      return unknownURL(request);
    }
    if (method !== 'POST') return unknownURL(request);
    if (route === 'files') return files.upload(request);
    if (route === 'audio/transcriptions' || route === 'audio/translations') return transcription(request);
    if (route === 'images/edits') return edit(request);

    const parsed = parse(request);
    if (parsed === undefined) return malformed();
    const call = deployed === null ? parsed : { ...parsed, model: decodeURIComponent(deployed[1] ?? '') };
    if (typeof call['model'] === 'string' && models.length > 0 && !models.includes(call['model'])) {
      return unknownModel(call['model']);
    }
    switch (route) {
      case 'chat/completions':
        return chatCompletion(request, call, scenario);
      case 'completions':
        return textCompletion(request, call, scenario);
      case 'responses':
        return responses.create(request, call, scenario);
      case 'responses/compact':
        return compact(request, call, scenario);
      case 'responses/input_tokens':
        return countInputTokens(request);
      case 'embeddings':
        return embeddings(request, call, scenario);
      case 'moderations':
        return moderations();
      case 'audio/speech':
        return speech();
      case 'images/generations':
        return image(String(call['model']));
      case 'batches':
        return json({ id: identifier('batch_'), object: 'batch', endpoint: call['endpoint'], status: 'validating' });
      default:
        return unknownURL(request);
    }
  };

  const converse = (request: ReceivedRequest, scenario: Scenario): Dialogue | Answer => {
    const { pathname, searchParams } = new URL(request.target, 'http://upstream');
    if (pathname !== `${prefix}/realtime`) return unknownURL(request);
    const model = searchParams.get('model') ?? searchParams.get('deployment') ?? '';
    return models.length > 0 && !models.includes(model)
      ? unknownModel(model)
      : new RealtimeDialogue(request, model, scenario);
  };

  return {
    answer,
    converse,
    presentedKey: (request) =>
      /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1] ?? request.header('api-key'),
    unauthorized: () => errorAnswer(401),
    error: errorAnswer,
  };
}

function describe(id: string): object {
  return { id, object: 'model', created, owned_by: 'system' };
}

function parse(request: ReceivedRequest): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(request.body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

async function edit(request: ReceivedRequest): Promise<Answer> {
  const model = (await formOf(request))?.get('model');
  return typeof model === 'string' ? image(model) : malformed();
}

function malformed(): Answer {
  return failure(400, {
    message: 'We could not parse the JSON body of your request.',
    type: 'invalid_request_error',
  });
}

function unknownModel(id: string): Answer {
  return failure(404, {
    message: `The model \`${id}\` does not exist or you do not have access to it.`,
    type: 'invalid_request_error',
    code: 'model_not_found',
  });
}

function unknownURL(request: ReceivedRequest): Answer {
  return failure(404, { message: `Invalid URL (${request.method} ${request.target})`, type: 'invalid_request_error' });
}

/** Anthropic's API, exactly as far as it is implemented; the rest answers 404 like any unknown path there. */
import type { Answer, ReceivedRequest, Scenario, UpstreamWire } from '../types.ts';
import { errorAnswer, json } from './answers.ts';
import { countMessageTokens, message } from './messages.ts';
import { Batches, Files } from './stored.ts';

/** Models that this upstream has; a call for another one answers 404. */
export const anthropicModels = [
  'claude-opus-5',
  'claude-sonnet-5',
  'claude-haiku-4-5-20251001',
  'claude-opus-4-8',
] as const;

/** Settings of the wire. */
export interface AnthropicOptions {
  /** Default {@link anthropicModels}; empty: every model is known. */
  readonly models?: readonly string[];
}

/** The wire of `type: Anthropic`. */
export function anthropic(options: AnthropicOptions = {}): UpstreamWire {
  const models = options.models ?? anthropicModels;
  const batches = new Batches();
  const files = new Files();

  const read = (path: string, host: string | undefined): Answer => {
    const [collection = '', first, second, third] = path.split('/').map((segment) => decodeURIComponent(segment));
    if (path === 'models') return modelList(models);
    if (collection === 'models' && first !== undefined) {
      return models.includes(first) ? json(describe(first)) : errorAnswer(404, `model: ${first}`);
    }
    if (path === 'messages/batches') return batches.list(host);
    if (collection === 'messages' && first === 'batches') return batches.read(second ?? '', third === 'results', host);
    if (collection === 'files') return files.read(first ?? '', second === 'content');
    return unknownPath();
  };

  const answer = (request: ReceivedRequest, scenario: Scenario): Answer | Promise<Answer> => {
    const target = request.target.split('?', 1)[0] ?? '';
    if (!target.startsWith('/v1/')) return unknownPath();
    if (request.header('anthropic-version') === undefined)
      return errorAnswer(400, 'anthropic-version: header is required');
    const path = target.slice('/v1/'.length);
    if (request.method === 'GET' || request.method === 'HEAD') return read(path, request.header('host'));
    if (request.method !== 'POST') return unknownPath();
    if (path === 'files') return files.upload(request);
    const call = parse(request);
    if (call === undefined) return errorAnswer(400, 'The request body is not valid JSON.');
    if (path === 'messages/batches') return batches.create(call['requests'], request.header('host'));
    const { model } = call;
    if (typeof model === 'string' && models.length > 0 && !models.includes(model)) {
      return errorAnswer(404, `model: ${model}`);
    }
    if (path === 'messages') return message(request, call, scenario);
    if (path === 'messages/count_tokens') return countMessageTokens(request, call);
    return unknownPath();
  };

  return {
    answer,
    presentedKey: (request) =>
      request.header('x-api-key') ?? /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1],
    unauthorized: () => errorAnswer(401),
    error: (status) => errorAnswer(status),
  };
}

function describe(id: string): object {
  return { type: 'model', id, display_name: id.replaceAll('-', ' '), created_at: '2026-01-01T00:00:00Z' };
}

function modelList(models: readonly string[]): Answer {
  return json({
    data: models.map(describe),
    has_more: false,
    first_id: models[0] ?? null,
    last_id: models.at(-1) ?? null,
  });
}

function parse(request: ReceivedRequest): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(request.body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function unknownPath(): Answer {
  return errorAnswer(404, 'Not Found');
}

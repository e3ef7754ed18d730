/** The Realtime API over WebSocket: sessions, text and audio responses, transcriptions of what is heard. */
import type { BookedUsage, Dialogue, ReceivedRequest, Scenario, SocketMessage } from '../types.ts';
import { identifier } from './answers.ts';
import { generate } from './text.ts';

type Members = Record<string, unknown>;

/** The one subprotocol that the API speaks; browsers must offer it. */
const PROTOCOL = 'realtime';

/** What a session of a known model answers. */
export class RealtimeDialogue implements Dialogue {
  readonly protocol: string | undefined;
  readonly #model: string;
  readonly #scenario: Scenario;
  #session: Members;

  constructor(request: ReceivedRequest, model: string, scenario: Scenario) {
    const offered = (request.header('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
    this.protocol = offered.includes(PROTOCOL) ? PROTOCOL : undefined;
    this.#model = model;
    this.#scenario = scenario;
    this.#session = {
      type: 'realtime',
      object: 'realtime.session',
      id: identifier('sess_'),
      model,
      output_modalities: ['audio'],
      instructions: 'You are helpful. The word "usage" means nothing here.',
      tools: [],
      audio: { input: { transcription: null }, output: { voice: 'marin' } },
    };
  }

  opened(): SocketMessage[] {
    return [event('session.created', { session: this.#session })];
  }

  heard(text: string): SocketMessage[] {
    let said: Members;
    try {
      said = JSON.parse(text) as Members;
    } catch {
      return [failed('The event is not valid JSON.')];
    }
    switch (said['type']) {
      case 'session.update':
        this.#session = { ...this.#session, ...(said['session'] as Members) };
        return [event('session.updated', { session: this.#session })];
      case 'conversation.item.create':
        return [event('conversation.item.added', { item: said['item'] })];
      case 'input_audio_buffer.append':
        return [];
      case 'input_audio_buffer.commit':
        return this.#committed();
      case 'response.create':
        return this.#respond();
      default:
        return [failed(`Invalid value: '${String(said['type'])}'.`)];
    }
  }

  #committed(): SocketMessage[] {
    const item = identifier('item_');
    const messages = [event('input_audio_buffer.committed', { item_id: item })];
    const audio = this.#session['audio'] as { input?: { transcription?: { model?: string } | null } } | undefined;
    const model = audio?.input?.transcription?.model;
    if (model === undefined) return messages;
    const usage: BookedUsage = { model, input: 26, cached: 0, output: 17, reasoning: 0, audio: { input: 26 } };
    const figure = {
      type: 'tokens',
      input_tokens: 26,
      input_token_details: { text_tokens: 0, audio_tokens: 26 },
      output_tokens: 17,
      total_tokens: 43,
    };
    const type = 'conversation.item.input_audio_transcription.completed';
    messages.push({ ...event(type, { item_id: item, content_index: 0, transcript: 'hello', usage: figure }), usage });
    return messages;
  }

  #respond(): SocketMessage[] {
    const id = identifier('resp_');
    const words = generate(this.#scenario.contentFrames ?? 4);
    const response = { object: 'realtime.response', id, status: 'in_progress', output: [], usage: null };
    const usage: BookedUsage = {
      model: this.#model,
      input: 120,
      cached: 64,
      output: words.length * 10,
      reasoning: 0,
      audio: { input: 30, cachedInput: 50, output: words.length * 6 },
      ...this.#scenario.usage,
    };
    const item = { id: identifier('item_'), object: 'realtime.item', type: 'message', status: 'completed' };
    const done = { ...response, status: 'completed', output: [item], usage: realtimeUsage(usage) };
    return [
      event('response.created', { response }),
      ...words.map((delta) => event('response.output_audio_transcript.delta', { response_id: id, delta })),
      event('response.output_audio.delta', {
        response_id: id,
        delta: Buffer.alloc(this.#scenario.bodyBytes ?? 300).toString('base64'),
      }),
      { ...event('response.done', { response: this.#scenario.withoutUsage ? { ...done, usage: null } : done }), usage },
      event('rate_limits.updated', { rate_limits: [] }),
    ];
  }
}

function realtimeUsage({ input, cached, output, audio }: BookedUsage): object {
  const heard = audio?.input ?? 0;
  const cachedAudio = audio?.cachedInput ?? 0;
  const spoken = audio?.output ?? 0;
  return {
    total_tokens: input + output,
    input_tokens: input,
    output_tokens: output,
    input_token_details: {
      text_tokens: input - heard - cachedAudio,
      audio_tokens: heard + cachedAudio,
      image_tokens: 0,
      cached_tokens: cached,
      cached_tokens_details: { text_tokens: cached - cachedAudio, audio_tokens: cachedAudio, image_tokens: 0 },
    },
    output_token_details: { text_tokens: output - spoken, audio_tokens: spoken },
  };
}

function event(type: string, members: Members): SocketMessage {
  return { text: JSON.stringify({ type, event_id: identifier('event_'), ...members }) };
}

function failed(message: string): SocketMessage {
  const error = { type: 'invalid_request_error', code: 'invalid_value', message, param: null, event_id: null };
  return event('error', { error });
}

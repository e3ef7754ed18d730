import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cut, cuts } from '../../../../test/support/chunks.ts';
import { providerEntry } from '../../../../test/support/wire.ts';
import type { ResponseUsage } from '../../wire.ts';
import { RealtimeWatch } from './watch.ts';

const open = (): RealtimeWatch => new RealtimeWatch(providerEntry());
const limited = (): RealtimeWatch => new RealtimeWatch(providerEntry(['gpt-realtime']));

/** What is found in server events that come in these pieces. */
function hear(events: readonly object[], at: readonly number[] = []): { found: ResponseUsage[]; pending: number } {
  const watch = open();
  for (const event of events) {
    const pieces = cut(Buffer.from(JSON.stringify(event)), at);
    for (const [i, piece] of pieces.entries()) watch.upstreamMessage(piece, i === pieces.length - 1);
  }
  return { found: [...watch.take()], pending: watch.pending };
}

const session = {
  type: 'session.created',
  session: { type: 'realtime', model: 'gpt-realtime-2025-08-28', tools: [{}] },
};
const usage = {
  total_tokens: 253,
  input_tokens: 132,
  output_tokens: 121,
  input_token_details: {
    text_tokens: 119,
    audio_tokens: 13,
    image_tokens: 0,
    cached_tokens: 64,
    cached_tokens_details: { text_tokens: 60, audio_tokens: 4, image_tokens: 0 },
  },
  output_token_details: { text_tokens: 30, audio_tokens: 91 },
};
const done = (response: object): object => ({
  type: 'response.done',
  event_id: 'e',
  response: { object: 'realtime.response', id: 'r', status: 'completed', output: [{ usage: 'no' }], ...response },
});

const METERED: ResponseUsage = {
  usage: {
    kind: 'Metered',
    tokens: { input: 68, cached_input: 64, output: 121 },
    model: 'gpt-realtime-2025-08-28',
    audio: { input: 9, cachedInput: 4, output: 91 },
  },
};

describe('server events', () => {
  test('tell the usage of a response, however they are cut', () => {
    fc.assert(
      fc.property(cuts, (at) => {
        expect(hear([session, done({ usage })], at).found).toEqual([METERED]);
      }),
    );
  });

  test('are told one by one: responses are never added up or taken for one', () => {
    expect(hear([session, done({ usage }), done({ usage }), { type: 'rate_limits.updated' }]).found).toEqual([
      METERED,
      METERED,
    ]);
  });

  test('without figures are what they are', () => {
    expect(hear([done({ usage: null })]).found).toEqual([{ usage: { kind: 'Missing', reason: 'not_reported' } }]);
    expect(hear([done({ usage: { input_tokens: 'many' } })]).found).toEqual([
      { usage: { kind: 'Missing', reason: 'unparsable' } },
    ]);
    expect(hear([done({ usage: { input_tokens: 1, x: 'x'.repeat(70_000) } })]).found).toEqual([
      { usage: { kind: 'Missing', reason: 'too_large' } },
    ]);
    expect(hear([done({ status: 'failed', usage: null }), done({ status: 'cancelled', usage: null })]).found).toEqual(
      [],
    );
  });

  test('of a response that was cancelled after it had begun tell what it cost', () => {
    expect(hear([session, done({ status: 'cancelled', usage })]).found).toEqual([METERED]);
  });

  test('tell how many responses have begun and not ended', () => {
    const created = { type: 'response.created', response: { id: 'r', usage: null } };
    expect(hear([created, created, done({ usage })]).pending).toBe(1);
    expect(hear([done({ usage })]).pending).toBe(0);
  });

  const completed = {
    type: 'conversation.item.input_audio_transcription.completed',
    transcript: 'hello',
    usage: { type: 'tokens', input_tokens: 14, input_token_details: { audio_tokens: 14 }, output_tokens: 4 },
  };

  test.each([
    ['now', { audio: { input: { transcription: { model: 'gpt-4o-transcribe' } } } }],
    ['before', { input_audio_transcription: { model: 'gpt-4o-transcribe' } }],
  ])('tell the usage of a transcription with its model, as the session says it %s', (_when, changes) => {
    const updated = { type: 'session.updated', session: { model: 'gpt-realtime', ...changes } };
    expect(hear([session, updated, completed]).found).toEqual([
      {
        usage: {
          kind: 'Metered',
          tokens: { input: 14, output: 4 },
          model: 'gpt-4o-transcribe',
          audio: { input: 14, cachedInput: 0, output: 0 },
        },
        otherModel: 'gpt-4o-transcribe',
      },
    ]);
  });

  test('of a transcription that is billed by the second are no missing tokens', () => {
    expect(hear([{ ...completed, usage: { type: 'duration', seconds: 3 } }]).found).toEqual([]);
  });

  test('that are not JSON tell nothing and break nothing', () => {
    const watch = open();
    watch.upstreamMessage(Buffer.from('response.done {{{'), true);
    watch.upstreamMessage(Buffer.from(JSON.stringify(done({ usage }))), true);
    expect(watch.take()).toHaveLength(1);
  });
});

describe('client events', () => {
  const scan = (text: string, at: readonly number[] = []): ReturnType<RealtimeWatch['clientMessage']> => {
    const watch = limited();
    const pieces = cut(Buffer.from(text), at);
    let result: ReturnType<RealtimeWatch['clientMessage']>;
    for (const [i, piece] of pieces.entries()) result = watch.clientMessage(piece, i === pieces.length - 1);
    return result;
  };
  const update = (settings: object): string => JSON.stringify({ type: 'session.update', session: settings });

  test('are looked at under an allowlist only', () => {
    expect([open().watchesClient, limited().watchesClient]).toEqual([false, true]);
  });

  test('tell every model that they name, however they are cut', () => {
    const text = update({
      model: 'a',
      audio: { input: { transcription: { model: 'b', language: 'de' } } },
      tools: [
        { type: 'function', name: 'f', parameters: { type: 'object', properties: { model: { type: 'string' } } } },
      ],
    }).replace('"model":"a"', '"mod\\u0065l":"a","model":null');
    fc.assert(
      fc.property(cuts, (at) => {
        expect(scan(text, at)).toEqual({ kind: 'Valid', models: ['a', 'b'] });
      }),
    );
  });

  test('tell no model of what is only said', () => {
    const item = { type: 'message', content: [{ type: 'input_text', text: 'model', model: 'x' }], fallbacks: 1 };
    expect(scan(JSON.stringify({ type: 'conversation.item.create', item }))).toEqual({ kind: 'Valid', models: [] });
    expect(scan(update({ metadata: { model: 'x' }, prompt: { id: 'p', variables: { model: 'x' } } }))).toEqual({
      kind: 'Valid',
      models: [],
    });
  });

  test.each([
    ['no JSON', '{"type":'],
    ['two documents', '{}{}'],
    ['a byte that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('latin1')],
    ['a model that is no text', update({ model: { name: 'x' } })],
    ['a model of endless length', update({ model: 'x'.repeat(2000) })],
    ['a name that may be a further model', update({ Model: 'x' })],
    ['another name', update({ audio: { input: { transcription: { fallback_model: 'x' } } } })],
    ['a name at the top', JSON.stringify({ type: 'response.create', models: ['x'] })],
  ])('with %s cannot be checked', (what, text) => {
    const watch = limited();
    const bytes = Buffer.from(text, what.includes('UTF-8') ? 'latin1' : 'utf8');
    expect(watch.clientMessage(bytes, true)).toMatchObject({ kind: 'Unreadable' });
    // The next one is read on its own.
    expect(watch.clientMessage(Buffer.from('{}'), true)).toEqual({ kind: 'Valid', models: [] });
  });

  test('that are large leave no more than little behind', () => {
    const watch = limited();
    const delta = Buffer.from(JSON.stringify({ type: 'input_audio_buffer.append', audio: 'A'.repeat(1_000_000) }));
    expect(watch.clientMessage(delta, true)).toEqual({ kind: 'Valid', models: [] });
  });
});

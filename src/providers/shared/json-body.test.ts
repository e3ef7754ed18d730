import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { applySplices, scanBody } from '../../../test/support/wire.ts';
import type { BodyScan } from '../wire.ts';
import { JSONBodyScanner } from './json-body.ts';

const scan = (
  body: string | Buffer,
  options = { allowlist: true, injectUsage: true },
  at: readonly number[] = [],
): BodyScan => scanBody(new JSONBodyScanner(options), cut(Buffer.from(body), at));

const message = (body: string, allowlist = true): string | undefined => {
  const result = scan(body, { allowlist, injectUsage: true });
  return result.kind === 'Invalid' ? result.message : undefined;
};

const rewritten = (body: string): string => applySplices(Buffer.from(body), scan(body)).toString();

describe('the model of a JSON body', () => {
  test.each<[string, string, string | undefined]>([
    ['at the beginning', '{"model":"gpt-4o","messages":[]}', 'gpt-4o'],
    ['at the end, after nested models', '{"a":{"model":"x"},"b":[{"model":"y"}],"model":"gpt-4o"}', 'gpt-4o'],
    ['spelled with escapes', '{"mod\\u0065l":"gpt\\u002d4o"}', 'gpt-4o'],
    ['with white space everywhere', '\n { \t"model"\r\n:\t"gpt-4o"\n}\n', 'gpt-4o'],
    ['outside ASCII', '{"model":"modèle-🚀"}', 'modèle-🚀'],
    ['null, which is none', '{"model":null}', undefined],
    ['only nested', '{"messages":[{"model":"x"}],"metadata":{"model":"y"}}', undefined],
    ['only in a string', '{"messages":"\\"model\\":\\"x\\""}', undefined],
    ['not there', '{}', undefined],
  ])('is found %s', (_, body, model) => {
    expect(scan(body)).toMatchObject({ kind: 'Valid', model });
  });

  test('is found after a large value, however the body is cut', () => {
    const body = Buffer.from(`{"messages":"${'x'.repeat(200_000)}","model":"gpt-4o"}`);
    for (const size of [1021, 65_536]) {
      expect(scanBody(new JSONBodyScanner({ allowlist: true, injectUsage: true }), chunked(body, size))).toMatchObject({
        model: 'gpt-4o',
      });
    }
  });
});

describe('models that tools run', () => {
  const tools = (body: string, allowlist = true): readonly string[] | string => {
    const result = scan(body, { allowlist, injectUsage: true });
    return result.kind === 'Valid' ? result.toolModels : result.message;
  };

  test.each<[string, string, readonly string[]]>([
    ['of an image tool', '{"model":"a","tools":[{"type":"image_generation","model":"evil"}]}', ['evil']],
    ['before the model', '{"tools":[{"model":"evil"}],"model":"a"}', ['evil']],
    ['escaped', '{"to\\u006fls":[{"mod\\u0065l":"\\u0065vil"}]}', ['evil']],
    ['in another case', '{"Tools":[{"MODEL":"evil"}]}', ['evil']],
    ['twice', '{"tools":[{"model":"a","model":"b"}],"tools":[{"x":1},{"model":"c"}]}', ['a', 'b', 'c']],
    ['of parameters', '{"tools":[{"type":"openrouter:image","parameters":{"model":"evil"}}]}', ['evil']],
    ['in a list', '{"tools":[{"models":["a","b"],"x":["c"]},"d"]}', ['a', 'b']],
    [
      'but not what a function calls so',
      '{"tools":[{"type":"function","name":"model","parameters":{"properties":{"model":{"type":"string"}},"required":["model"]}}]}',
      [],
    ],
    [
      'nor what is no tool',
      '{"metadata":{"model":"x"},"messages":[{"model":"x"}],"tools":null,"x":{"y":{"model":"z"}}}',
      [],
    ],
  ])('are found %s', (_, body, models) => {
    expect(tools(body)).toEqual(models);
    const whole = Buffer.from(body);
    const options = { allowlist: true, injectUsage: true };
    expect(scanBody(new JSONBodyScanner(options), chunked(whole, 1))).toMatchObject({ toolModels: models });
  });

  test('are nobody’s business without an allowlist', () => {
    expect(tools('{"tools":[{"model":"evil"}]}', false)).toEqual([]);
  });

  test('must have a name of a sane length', () => {
    expect(tools(`{"tools":[{"model":"${'a'.repeat(2000)}"}]}`)).toMatch(/"model" of a tool is longer than 1024 bytes/);
  });
});

describe('a member that may name further models', () => {
  test.each([
    'models',
    'Models',
    'fallbacks',
    'Fallback_Models',
    'context_window_fallbacks',
    'model_list',
    'modelId',
    'engine',
    'deployment',
    'deployment_id',
    'user_config',
    'extra_body',
    'data_sources',
    'dataSources',
    'extra\\u005fbody',
  ])('is refused under an allowlist: %s', (name) => {
    expect(message(`{"model":"a","${name}":["evil"]}`)).toMatch(/byte 13: a member may name further models/);
    expect(message(`{"model":"a","${name}":["evil"]}`, false)).toBeUndefined();
  });

  test.each(['modalities', 'metadata', 'moderation', 'service_tier', 'prompt_cache_key', 'max_completion_tokens'])(
    'is none of the usual ones: %s',
    (name) => expect(message(`{"model":"a","${name}":1}`)).toBeUndefined(),
  );
});

describe('a JSON body is invalid', () => {
  test.each<[string, string, RegExp]>([
    ['with the model twice', '{"model":"a","model":"a"}', /byte 13: "model" is there twice/],
    ['with the model twice, once escaped', '{"model":"a","\\u006dodel":"b"}', /"model" is there twice/],
    ['with stream twice', '{"stream":true,"stream":false}', /"stream" is there twice/],
    ['with stream_options twice', '{"stream_options":{},"stream_options":null}', /"stream_options" is there twice/],
    [
      'with include_usage twice',
      '{"stream_options":{"include_usage":true,"include_usag\\u0065":false}}',
      /"stream_options.include_usage" is there twice/,
    ],
    ['with a model that is a number', '{"model":1}', /byte 9: "model" must be a string/],
    ['with a model that is a list', '{"model":["a"]}', /"model" must be a string/],
    ['with an endless model', `{"model":"${'a'.repeat(2000)}"}`, /"model" is longer than 1024 bytes/],
    ['with a stream that is no boolean', '{"model":"a","stream":1}', /byte 22: "stream" must be true or false/],
    ['with a second document', '{"model":"a"}{"model":"b"}', /byte 13: unexpected bytes after the end/],
    ['with NUL behind it', '{"model":"a"}\0', /unexpected bytes after the end/],
    ['with a byte order mark', '\ufeff{"model":"a"}', /byte 0: expected a value/],
    ['that is a list', '[{"model":"a"}]', /byte 0: the body must be a JSON object/],
    ['that is a string', '"model"', /the body must be a JSON object/],
    ['that is empty', '', /byte 0: unexpected end/],
    ['that is cut off', '{"model":"a"', /byte 12: unexpected end/],
    ['with a bare name', '{model:"a"}', /byte 1: expected a member name/],
    ['nested too deeply', `{"a":${'['.repeat(600)}`, /nested deeper than 512/],
  ])('%s', (_, body, expected) => {
    expect(message(body)).toMatch(expected);
    expect(message(body, false)).toMatch(expected);
  });

  test.each<[string, string, RegExp]>([
    ['a name that differs by case', '{"model":"a","Model":"b"}', /differs from "model" only by case/],
    ['an upper-case name alone', '{"MODEL":"b"}', /differs from "model" only by case/],
    ['an escaped name that differs by case', '{"\\u004dodel":"b"}', /differs from "model" only by case/],
    ['further models', '{"model":"a","models":["b"]}', /may name further models/],
    ['fallback models', '{"model":"a","fallbacks":["b"]}', /may name further models/],
  ])('with %s, if there is an allowlist', (_, body, expected) => {
    expect(message(body)).toMatch(expected);
    expect(message(body, false)).toBeUndefined();
  });

  test('with bytes in a name that a lenient decoder drops', () => {
    const body = Buffer.concat([Buffer.from('{"mod'), Buffer.from([0xff]), Buffer.from('el":"b","model":"a"}')]);
    expect(scan(body).kind).toBe('Invalid');
    const message = 'invalid JSON body at byte 5: not UTF-8';
    expect(scan(body, { allowlist: false, injectUsage: true })).toEqual({ kind: 'Invalid', message });
  });

  test('without quoting the body', () => {
    expect(message('{"model":"a","secret-name":oops}')).not.toMatch(/secret|oops/);
  });
});

describe('usage of a stream is asked for', () => {
  test.each<[string, string, string]>([
    [
      'when there are no options',
      '{"stream":true,"model":"a"}',
      '{"stream_options":{"include_usage":true},"stream":true,"model":"a"}',
    ],
    [
      'in front of everything, after white space',
      ' { "model":"a","stream": true }',
      ' {"stream_options":{"include_usage":true}, "model":"a","stream": true }',
    ],
    [
      'when the options are null',
      '{"stream_options":null,"stream":true}',
      '{"stream_options":{"include_usage":true},"stream":true}',
    ],
    [
      'when the options are empty',
      '{"stream":true,"stream_options":{ }}',
      '{"stream":true,"stream_options":{"include_usage":true }}',
    ],
    [
      'beside other options',
      '{"stream":true,"stream_options":{"include_obfuscation":false}}',
      '{"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}',
    ],
    [
      'when it was declined',
      '{"stream":true,"stream_options":{"include_usage": false ,"x":1}}',
      '{"stream":true,"stream_options":{"include_usage": true ,"x":1}}',
    ],
    [
      'when it was null',
      '{"stream":true,"stream_options":{"include_usage":null}}',
      '{"stream":true,"stream_options":{"include_usage":true}}',
    ],
  ])('%s', (_, body, expected) => {
    expect(scan(body)).toMatchObject({ stream: true, stripUsage: true });
    expect(rewritten(body)).toBe(expected);
    JSON.parse(expected);
  });

  test.each([
    ['the client asks itself', '{"stream":true,"stream_options":{"include_usage":true}}'],
    ['nothing is streamed', '{"stream":false}'],
    ['stream is null', '{"stream":null}'],
    ['stream is not there', '{"model":"a","stream_options":{"include_usage":false}}'],
    ['the options are no object', '{"stream":true,"stream_options":[]}'],
    ['include_usage is no boolean', '{"stream":true,"stream_options":{"include_usage":"no"}}'],
    ['stream is only nested', '{"a":{"stream":true}}'],
  ])('not when %s', (_, body) => {
    expect(scan(body)).toMatchObject({ kind: 'Valid', splices: [], stripUsage: false });
  });

  test('not when the provider is to be left as the client asks', () => {
    expect(scan('{"stream":true}', { allowlist: false, injectUsage: false })).toMatchObject({
      stream: true,
      splices: [],
      stripUsage: false,
    });
  });

  const members = fc.uniqueArray(
    fc.tuple(
      fc.constantFrom('model', 'stream', 'stream_options', 'messages', 'n'),
      fc.oneof(
        fc.constant(true),
        fc.constant({}),
        fc.json().map((text): unknown => JSON.parse(text)),
        fc.string(),
      ),
    ),
    { selector: ([name]) => name },
  );

  test('so that only include_usage changes, in any body', () => {
    fc.assert(
      fc.property(members, fc.constantFrom(undefined, 1, '\t'), cuts, (pairs, indent, at) => {
        const original: Record<string, unknown> = Object.fromEntries(pairs);
        const body = Buffer.from(JSON.stringify(original, undefined, indent));
        const result = scan(body, { allowlist: false, injectUsage: true }, at);
        expect(result).toEqual(scan(body, { allowlist: false, injectUsage: true }));
        if (result.kind === 'Invalid') return;
        const after: unknown = JSON.parse(applySplices(body, result).toString());
        const options = original['stream_options'];
        const asked = { ...original, stream_options: { ...(options as object | null), include_usage: true } };
        expect(after).toEqual(result.stripUsage ? asked : original);
      }),
    );
  });
});

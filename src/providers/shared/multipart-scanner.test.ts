import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked, cut, cuts } from '../../../test/support/chunks.ts';
import { scanBody } from '../../../test/support/wire.ts';
import type { BodyScan } from '../wire.ts';
import { MultipartScanner } from './multipart-scanner.ts';

const TYPE = 'boundary=xyz';
const field = (name: string, value: string): string =>
  `--xyz\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (content: string, name = 'file'): string =>
  `--xyz\r\nContent-Disposition: form-data; name="${name}"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n${content}\r\n`;
const END = '--xyz--\r\n';
const MODEL = field('model', 'whisper-1');

const scan = (body: string | Buffer, strict = true, type = TYPE, at: readonly number[] = []): BodyScan =>
  scanBody(new MultipartScanner('model', type, strict), cut(Buffer.from(body), at));

describe('the model of a multipart body', () => {
  test.each<[string, string, string | undefined]>([
    ['before the file', MODEL + file('abc') + END, 'whisper-1'],
    ['after the file', file('abc') + MODEL + END, 'whisper-1'],
    ['without a line end at the end', `${MODEL}--xyz--`, 'whisper-1'],
    ['an empty one', field('model', '') + END, ''],
    ['none', file('abc') + END, undefined],
    ['in a file', file(`\r\n${MODEL.replaceAll('xyz', 'abc')}`) + END, undefined],
    [
      'as .NET writes it',
      `--xyz\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=model\r\n\r\nwhisper-1\r\n${END}`,
      'whisper-1',
    ],
    [
      'beside a file name as .NET writes it',
      `--xyz\r\nContent-Disposition: form-data; name=file; filename=a.mp3; filename*=utf-8''a%20b.mp3\r\n\r\n1\r\n${MODEL}${END}`,
      'whisper-1',
    ],
    [
      'beside array fields',
      field('timestamp_granularities[]', 'word') + field('include[]', 'x') + MODEL + END,
      'whisper-1',
    ],
  ])('is found %s', (_, body, model) => {
    for (const size of [1, 7, 10_000]) {
      const scanner = new MultipartScanner('model', TYPE, true);
      expect(scanBody(scanner, chunked(Buffer.from(body), size))).toMatchObject({ kind: 'Valid', model });
    }
  });

  test.each(['boundary="xyz"', 'charset=utf-8; boundary=xyz', 'boundary=xyz;charset="UTF-8"'])(
    'is found under %s',
    (type) => {
      expect(scan(MODEL + END, true, type)).toMatchObject({ kind: 'Valid', model: 'whisper-1' });
    },
  );

  test('is found in what the fetch of Node sends', async () => {
    const form = new FormData();
    form.append('file', new Blob(['\r\n--xyz\r\n']), 'grüße "1".mp3');
    form.append('model', 'whisper-1');
    form.append('stream', 'true');
    const request = new Request('http://localhost/', { method: 'POST', body: form });
    const parameters = (request.headers.get('content-type') ?? '').replace('multipart/form-data; ', '');
    const body = Buffer.from(await request.arrayBuffer());
    expect(scan(body, true, parameters)).toMatchObject({ kind: 'Valid', model: 'whisper-1', stream: true });
  });

  test('is found with any file, however it is cut', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), cuts, (content, at) => {
        fc.pre(!content.includes('--xyz'));
        expect(scan(file(content) + MODEL + END, true, TYPE, at)).toMatchObject({ kind: 'Valid', model: 'whisper-1' });
      }),
    );
  });

  test('is found with line ends and dashes that look like a boundary, however they are cut', () => {
    const noise = fc
      .array(fc.constantFrom('\r', '\n', '-', '--', '--x', '--xy', '\r\n', 'a'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(noise, cuts, (content, at) => {
        expect(scan(file(content) + MODEL + END, true, TYPE, at)).toMatchObject({ kind: 'Valid', model: 'whisper-1' });
      }),
    );
  });
});

describe('a multipart body that is valid', () => {
  const mutation = fc.record({
    at: fc.nat(),
    remove: fc.nat({ max: 4 }),
    insert: fc.constantFrom(
      '',
      '\r\n',
      '\n',
      '--xyz',
      '--',
      '"',
      ';',
      '; name="model"',
      'name',
      ' ',
      '\t',
      '\\',
      MODEL,
      END,
      'x',
    ),
  });

  test('names the model that the parser of Node finds, and never another', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { maxLength: 2 }), async (mutations) => {
        let body = file('abc') + MODEL + field('language', 'en') + END;
        for (const { at, remove, insert } of mutations) {
          const start = at % (body.length + 1);
          body = body.slice(0, start) + insert + body.slice(start + remove);
        }
        const result = scan(body);
        if (result.kind === 'Invalid') return;
        const answer = new Response(body, { headers: { 'content-type': `multipart/form-data; ${TYPE}` } });
        // A parser that refuses the body is not deceived.
        const form = await answer.formData().catch(() => undefined);
        if (form === undefined) return;
        compared++;
        expect(form.getAll('model')).toEqual(result.model === undefined ? [] : [result.model]);
      }),
      { numRuns: 2000 },
    );
    expect(compared).toBeGreaterThan(100);
  });
});

describe('a multipart body is invalid', () => {
  const disposition = (value: string, body = 'x'): string =>
    `--xyz\r\nContent-Disposition: ${value}\r\n\r\n${body}\r\n${MODEL}${END}`;

  const invalid: readonly (readonly [string, string, RegExp, string?])[] = [
    ['with the model twice', MODEL + MODEL + END, /"model" is there twice/],
    ['with a model that has a file name', file('whisper-1', 'model') + END, /"model" is not a plain text part/],
    [
      'with a model in another charset',
      MODEL.replace('\r\n\r\n', '\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n') + END,
      /not a plain text/,
    ],
    [
      'with an encoded model',
      MODEL.replace('\r\n\r\n', '\r\nContent-Transfer-Encoding: base64\r\n\r\n') + END,
      /not a plain text/,
    ],
    ['with an endless model', field('model', 'a'.repeat(2000)) + END, /longer than 1024/],
    ['with a second model spelled differently', field('Model', 'a') + MODEL + END, /resembles "model"/],
    ['with a second model in array notation', field('model[]', 'a') + MODEL + END, /resembles "model"/],
    ['with a _charset_ field', field('_charset_', 'utf-7') + MODEL + END, /_charset_/],
    ['without the final boundary', MODEL, /final boundary is missing/],
    ['cut in the final boundary', `${MODEL}--xyz-`, /final boundary is missing/],
    ['that is empty', '', /final boundary is missing/],
    ['with bytes after the final boundary', `${MODEL}${END}--xyz`, /after the final boundary/],
    ['with a line end too many', `${MODEL}${END}\r\n`, /after the final boundary/],
    ['with a preamble', `hello\r\n${MODEL}${END}`, /does not begin with the boundary/],
    ['with lines that end in LF', (MODEL + END).replaceAll('\r\n', '\n'), /followed by something else/],
    ['with a boundary after a bare LF', file('a\n--xyz\nb') + MODEL + END, /a boundary within a part/],
    ['with a boundary after nothing', file('a--xyz') + MODEL + END, /a boundary within a part/],
    ['with a longer boundary', file('a\r\n--xyzzy') + MODEL + END, /followed by something else/],
    ['with white space after a boundary', MODEL.replace('--xyz\r\n', '--xyz \r\n') + END, /followed by something else/],
    [
      'with a boundary in a header',
      `--xyz\r\nX: --xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n${END}`,
      /in the headers/,
    ],
    ['with a part without headers', `--xyz\r\n\r\nabc\r\n${END}`, /no headers/],
    ['with a part without a disposition', `--xyz\r\nX: y\r\n\r\nabc\r\n${END}`, /no content-disposition/],
    [
      'with two dispositions',
      MODEL.replace('\r\n\r\n', '\r\nContent-Disposition: form-data; name="x"\r\n\r\n') + END,
      /same header twice/,
    ],
    [
      'with a folded header',
      `--xyz\r\nContent-Disposition: form-data;\r\n name="model"\r\n\r\na\r\n${END}`,
      /malformed header/,
    ],
    [
      'with a space before a colon',
      `--xyz\r\nContent-Disposition : form-data; name="model"\r\n\r\na\r\n${END}`,
      /malformed header/,
    ],
    [
      'with a part that is multipart',
      MODEL.replace('\r\n\r\n', '\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n') + END,
      /itself multipart/,
    ],
    ['with endless headers', `--xyz\r\nX: ${'a'.repeat(9000)}\r\n\r\n`, /headers of a part are too long/],
    ['with endless parts', field('a', '').repeat(1001) + END, /more than 1000 parts/],
    ['with a name in single quotes', disposition("form-data; name='a'"), /unusual characters/],
    ['with an escaped name', disposition('form-data; name="mod\\el"'), /unusual characters/],
    ['with a percent-encoded name', disposition('form-data; name="%6dodel"'), /unusual characters/],
    ['with an empty name', disposition('form-data; name=""'), /unusual characters|malformed/],
    ['with no name', disposition('form-data; filename="a"'), /no name/],
    ['with a name given twice', disposition('form-data; name="a"; name="model"'), /same parameter twice/],
    ['with an extended name', disposition('form-data; name="a"; name*=utf-8\'\'model'), /unusual parameter/],
    [
      'with a quote in a file name',
      disposition('form-data; name="a"; filename="x\\"; name=\\"model"'),
      /malformed|unusual/,
    ],
    ['with another disposition', disposition('attachment; name="a"'), /malformed content-disposition/],
    ['with junk behind the parameters', disposition('form-data; name="a" x'), /malformed content-disposition/],
    ['without a boundary parameter', MODEL + END, /no boundary/, ''],
    ['with two boundary parameters', MODEL + END, /no boundary/, 'boundary=xyz; boundary=abc'],
    ['with an extended boundary parameter', MODEL + END, /no boundary/, "boundary*=utf-8''xyz"],
    ['with spaces in the boundary', MODEL + END, /no boundary/, 'boundary="x z"'],
  ];

  test.each(invalid)('%s, if there is an allowlist', (_, body, problem, type = TYPE) => {
    for (const size of [1, 10_000]) {
      const result = scanBody(new MultipartScanner('model', type, true), chunked(Buffer.from(body), size));
      expect(result).toEqual({ kind: 'Invalid', message: expect.stringMatching(problem) });
    }
  });

  test.each(invalid)(
    '%s, but passes without an allowlist unless the model is there twice',
    (title, body, _, type = TYPE) => {
      expect(scan(body, false, type).kind).toBe(title === 'with the model twice' ? 'Invalid' : 'Valid');
    },
  );

  test('wherever it is cut off', () => {
    const whole = Buffer.from(file('a\r\nb') + MODEL + '--xyz--');
    for (let length = 0; length < whole.length; length++) {
      expect(scan(whole.subarray(0, length)).kind).toBe('Invalid');
    }
    expect(scan(whole).kind).toBe('Valid');
  });
});

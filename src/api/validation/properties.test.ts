import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GUARDRAILS, LLM_PROVIDERS } from '../../../test/control-plane/crd/kinds.ts';
import { GUARDRAIL_SCHEMA } from '../generated/guardrail-schema.ts';
import { LLM_PROVIDER_SCHEMA } from '../generated/llmprovider-schema.ts';
import { API_VERSION } from '../group.ts';
import { admitCustomResource } from './admission.ts';
import { applyDefaults } from './defaulting.ts';
import { quote } from './field-error.ts';
import type { JSONObject } from './schema.ts';
import { decodeBase64, validateSecret } from './secret.ts';

const provider = (spec: JSONObject): JSONObject => ({
  apiVersion: 'tidegate.io/v1alpha1',
  kind: 'LLMProvider',
  metadata: { name: 'x' },
  spec,
});
const messages = (manifest: JSONObject): string[] =>
  admitCustomResource(manifest, LLM_PROVIDER_SCHEMA).errors.map(({ message }) => message);
const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JSONObject[string]>;

describe('admission of anything', () => {
  test.each([LLM_PROVIDERS, GUARDRAILS])(
    'as $resource.kind never throws, and always has words for what is wrong',
    ({ resource: { kind }, schema }) => {
      const field = fc.constantFrom(...Object.keys(schema.properties?.['spec']?.properties ?? {}));
      const spec = fc.dictionary(field, json) as fc.Arbitrary<JSONObject>;
      const manifests = spec.map((each) => ({ apiVersion: API_VERSION, kind, metadata: { name: 'x' }, spec: each }));
      fc.assert(
        fc.property(fc.oneof(manifests, fc.dictionary(fc.string(), json)), (manifest) => {
          for (const { message } of admitCustomResource(manifest, schema).errors) expect(message).toMatch(/^\S.*/);
        }),
      );
    },
  );

  test('leaves its input as it was, and admits what it has admitted', () => {
    fc.assert(
      fc.property(fc.record({ type: fc.constant('OpenAICompatible'), baseURL: fc.webUrl() }), (spec) => {
        const manifest = Object.freeze(provider(Object.freeze(spec)));
        const { object, errors } = admitCustomResource(manifest, LLM_PROVIDER_SCHEMA);
        fc.pre(errors.length === 0);
        expect(admitCustomResource(object, LLM_PROVIDER_SCHEMA, object)).toEqual({ object, errors: [] });
        expect(applyDefaults(object, LLM_PROVIDER_SCHEMA)).toMatchObject(object);
      }),
    );
  });

  test('every rule of a Guardrail has its defaults once it is admitted', () => {
    const rule = fc.record({ action: fc.constantFrom('Block', 'Mask', 'Detect') });
    const spec = fc.record({
      profanity: rule,
      wordFilters: fc
        .array(rule, { maxLength: 4 })
        .map((rules) => rules.map((each, index) => ({ ...each, name: `f${index}`, words: ['a'] }))),
    });
    fc.assert(
      fc.property(spec, (each) => {
        const manifest = Object.freeze({ ...provider(each), kind: 'Guardrail' });
        const { object, errors } = admitCustomResource(manifest, GUARDRAIL_SCHEMA);
        expect(errors).toEqual([]);
        expect(admitCustomResource(object, GUARDRAIL_SCHEMA, object)).toEqual({ object, errors: [] });
        const appliesTo = ['Input', 'Output'];
        expect(object['spec']).toMatchObject({
          mode: 'Enforce',
          failurePolicy: 'Closed',
          profanity: { appliesTo },
          wordFilters: each.wordFilters.map(() => ({ appliesTo, match: 'Word', caseSensitive: false })),
          streaming: { holdBackCharacters: 256 },
        });
      }),
    );
  });

  test('a Secret of any shape never throws and no message tells a value', () => {
    const value = fc.oneof(json, fc.constant('sk-secret'));
    const manifest = fc.record(
      { data: value, stringData: fc.dictionary(fc.string(), value), metadata: json },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(manifest, (fields) => {
        for (const { message } of validateSecret(fields)) expect(message).not.toContain('sk-secret');
      }),
    );
  });

  test('base64 of any bytes is read back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe('a base URL that the rules let pass', () => {
  const base = (baseURL: string): string[] => messages(provider({ type: 'OpenAICompatible', baseURL }));
  const piece = fc.constantFrom(
    'a',
    'Z',
    '9',
    '0',
    '0x',
    '1',
    '169.254.169.254',
    '.',
    '-',
    '_',
    '[',
    ']',
    '::',
    ':',
    '@',
    '%41',
    '%',
    '/',
    '..',
    '?',
    '#',
    '\\',
    ' ',
    'é',
    'ffff',
    '80',
    '65536',
    '\t',
    '!',
    'fe80',
    '//',
  );
  const url = fc
    .tuple(
      fc.constantFrom('http://', 'https://', 'HTTP://', 'http:/', 'ftp://', ''),
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    )
    .map(([scheme, rest]) => scheme + rest);

  test('is understood in the same way by the URL parser that connects', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          url,
          fc.webUrl(),
          fc.ipV4().map((ip) => `http://${ip}/`),
          fc.ipV6().map((ip) => `http://[${ip}]/`),
        ),
        (text) => {
          fc.pre(base(text).length === 0);
          const parsed = new URL(text);
          expect(parsed.username + parsed.password + parsed.search + parsed.hash).toBe('');
          expect(['http:', 'https:']).toContain(parsed.protocol);
          const host = /^[^/]*\/\/(\[[^\]]*\]|[^/:]*)/.exec(text)?.[1]?.toLowerCase() ?? '';
          // IPv6 is rewritten to its shortest form; everything else stays.
          if (!host.startsWith('[')) expect(parsed.hostname).toBe(host);
          expect(parsed.pathname).toBe(text.slice(text.indexOf('//') + 2).replace(/^[^/]*/, '') || '/');
        },
      ),
      { numRuns: 3000 },
    );
  });

  const METADATA = ['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192'];
  const notation = (ip: string): fc.Arbitrary<string> => {
    const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number);
    const number = ((a * 256 + b) * 256 + c) * 256 + d;
    const hex = number.toString(16).padStart(8, '0');
    return fc.constantFrom(
      ip,
      `${ip}.`,
      String(number),
      `0x${hex}`,
      `0${number.toString(8)}`,
      `${a}.${b * 65536 + c * 256 + d}`,
      `${a}.${b}.${c * 256 + d}`,
      `0${a.toString(8)}.${b}.${c}.${d}`,
      `0x${a.toString(16)}.${b}.${c}.${d}`,
      `[::ffff:${hex.slice(0, 4)}:${hex.slice(4)}]`,
      `[0:0:0:0:0:FFFF:${hex.slice(0, 4)}:${hex.slice(4)}]`,
      `[::ffff:${ip}]`,
    );
  };

  test('names no metadata address in any notation', () => {
    const host = fc.constantFrom(...METADATA).chain(notation);
    fc.assert(
      fc.property(
        fc.constantFrom('http', 'https'),
        host,
        fc.constantFrom('', ':80', '/', '/v1'),
        (scheme, name, rest) => {
          expect(base(`${scheme}://${name}${rest}`)).not.toEqual([]);
        },
      ),
    );
  });

  test('names no IPv6 metadata address in any notation', () => {
    const groups = fc.constantFrom(
      ['fd00', 'ec2', '0', '0', '0', '0', '0', '254'],
      ['fd00', 'ec2', '0', '0', '0', '0', '0', '23'],
      ['fd20', 'ce', '0', '0', '0', '0', '0', '254'],
      ['fe80', '0', '0', '0', '1', '2', '3', '4'],
      ['febf', '0', '0', '0', '0', '0', '0', '1'],
    );
    const written = fc
      .tuple(groups, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), fc.boolean(), fc.nat(8), fc.nat(8))
      .map(([parts, padded, upper, from, length]) => {
        const texts = parts.map((part, index) => (padded[index] === true ? part.padStart(4, '0') : part));
        const isZero = parts.slice(from, from + length).every((part) => part === '0');
        const text =
          length > 0 && isZero && from + length < 8
            ? `${texts.slice(0, from).join(':')}::${texts.slice(from + length).join(':')}`
            : texts.join(':');
        return upper ? text.toUpperCase() : text;
      });
    fc.assert(
      fc.property(written, (ip) => {
        expect(base(`http://[${ip}]/`)).toEqual([expect.stringContaining('must not name a link-local address')]);
      }),
      { numRuns: 500 },
    );
  });

  test('every other IPv4 and IPv6 address may be named', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        fc.pre(!ip.startsWith('169.254.') && !METADATA.includes(ip));
        expect(base(`http://${ip}:8000/v1`)).toEqual([]);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        fc.pre(!ip.includes('.') && !/^fe[89ab]/i.test(ip) && !/ffff:[^:]+:[^:]+$/i.test(ip));
        expect(base(`http://[${ip}]:8000/v1`)).toEqual([]);
      }),
    );
  });
});

describe('a quoted value', () => {
  test.each([
    ['tab\there', '"tab\\there"'],
    ['\u0000\u0007\u001b\u007f', '"\\x00\\a\\x1b\\x7f"'],
    ['"\\', '"\\"\\\\"'],
    ['é模😀', '"é模😀"'],
    ['\u00a0\u200b\u2028', '"\\u00a0\\u200b\\u2028"'],
  ])('%j is written as the API server writes it', (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });
});

/** Arbitrary values of a structural schema: mostly of its shape, often at its edges, sometimes of another type. */
import fc from 'fast-check';
import type { JSONObject, JSONValue, StructuralSchema } from '../../../src/api/validation/schema.ts';

const SIGNS = 'aZ09.-_/:@?#%[]\\ \t\n"\'<>&~|!'.split('');
const OTHERS = [
  '\u0000',
  '\u007f',
  '\u00a0',
  '\u200b',
  'é',
  '模',
  '😀',
  '::',
  '%2e',
  '/../',
  '0x7f',
  'ffff',
  'fe80',
  '65535',
  '65536',
];
const WORDS = [
  'http://',
  'https://',
  'HTTP://',
  '169.254.169.254',
  '1.2.3.4',
  'fd00:ec2::254',
  'metadata.google.internal',
  'x-api-key',
  'us-east-1',
  'arn:aws:iam::111122223333:role/',
  'Host',
];
const LENGTHS = [1, 64, 253, 256, 1024, 2048];

const text = fc.oneof(
  fc.array(fc.constantFrom(...SIGNS, ...OTHERS, ...WORDS), { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.array(fc.constantFrom('a', 'Z', '0', '-', '.'), { minLength: 1, maxLength: 9 }).map((pieces) => pieces.join('')),
  fc
    .tuple(fc.constantFrom('http://', 'https://'), fc.domain(), fc.constantFrom('', ':80', '/v1', '/v1/'))
    .map((parts) => parts.join('')),
  // Beyond ASCII, which characters are printable differs between Unicode versions.
  fc.string({ unit: 'binary-ascii', maxLength: 20 }),
  fc
    .tuple(fc.constantFrom('a', 'é', '😀'), fc.constantFrom(...LENGTHS), fc.nat(1))
    .map(([unit, length, more]) => unit.repeat(length + more)),
);

const wrong = fc.constantFrom<JSONValue>(null, 5, 1.5, true, 'text', [], ['a'], {}, { a: 1 });

/** A value for a field with this schema. */
export function valueOf(schema: StructuralSchema): fc.Arbitrary<JSONValue> {
  return fc.oneof({ weight: 40, arbitrary: shapedAs(schema) }, { weight: 1, arbitrary: wrong });
}

function shapedAs(schema: StructuralSchema): fc.Arbitrary<JSONValue> {
  const { type, minimum = 0, maximum = 1000, items, properties = {}, required = [] } = schema;
  if (schema.enum !== undefined) {
    return fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...schema.enum) }, { weight: 1, arbitrary: text });
  }
  if (type === 'string') return text;
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') {
    return fc.oneof(
      { weight: 10, arbitrary: fc.integer({ min: minimum, max: maximum }) },
      { weight: 1, arbitrary: fc.constantFrom(minimum - 1, maximum + 1, -0, 1e21, Number.MAX_SAFE_INTEGER) },
    );
  }
  if (type === 'number') {
    return fc.oneof(
      { weight: 10, arbitrary: fc.double({ min: minimum, max: maximum, noNaN: true }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(minimum, maximum, minimum - 0.5, maximum + 0.5, maximum + 1, -0, 1e21, 1e-7),
      },
    );
  }
  if (type === 'array') return fc.array(items === undefined ? wrong : valueOf(items), { maxLength: 4 });
  const members = Object.entries(properties).map(([name, child]): [string, fc.Arbitrary<JSONValue>] => [
    name,
    valueOf(child),
  ]);
  const record = (requiredKeys: readonly string[]): fc.Arbitrary<JSONObject> =>
    fc.record<JSONObject, string>(Object.fromEntries(members), {
      requiredKeys: [...requiredKeys],
    });
  return fc.oneof({ weight: 20, arbitrary: record(required) }, { weight: 1, arbitrary: record([]) });
}

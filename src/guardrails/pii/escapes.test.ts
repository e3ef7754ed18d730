/** Values of every type in texts that hold escapes as they are written: JSON amid prose, streamed JSON, source, logs. */
import { describe, expect, test } from '@jest/globals';
import { readPIICorpus } from '../../../test/support/pii-corpus.ts';
import { GrowingText } from '../engine/growing-text.ts';
import { edited, judge } from '../engine/judge.ts';
import { compileGuardrail } from '../engine/policy.ts';
import { watchRules } from '../engine/watch.ts';
import { piiDetector, piiMasks, piiTypes, type PIIType } from './pii.ts';

/** Values of a type's corpus, for what scanners of repositories would take for live secrets. */
const sample = (type: PIIType): string => {
  const { text, values } = readPIICorpus(type).find(({ values }) => values.length > 0)!;
  return text.slice(values[0]!.start, values[0]!.end);
};

/** By type: values, each with what must stand near it. */
const values: Readonly<Record<PIIType, readonly (readonly [lead: string, value: string])[]>> = {
  Email: [['', 'joe@example.com']],
  Phone: [
    ['', '+44 20 7946 0958'],
    ['', '(415) 555-0132'],
    ['', '415-555-0132'],
    ['phone', '5550132'],
  ],
  CreditCard: [['', '4111 1111 1111 1111']],
  IBAN: [['', 'DE89370400440532013000']],
  USSocialSecurityNumber: [
    ['', '123-45-6789'],
    ['ssn', '123456789'],
  ],
  UKNationalInsuranceNumber: [['', 'AB123456C']],
  IPAddress: [
    ['', '192.168.10.20'],
    ['', '2001:db8::1'],
    ['', 'fe80::1'],
    ['', '64:ff9b::192.168.0.1'],
    ['', '::ffff:192.168.0.1'],
  ],
  MACAddress: [
    ['', '3c:22:fb:84:45:e6'],
    ['', '3c22.fb84.45e6'],
  ],
  URL: [
    ['', 'https://example.com/a'],
    ['', 'ftp://example.com/a'],
    ['', 'www.example.com'],
  ],
  AWSAccessKey: [['', sample('AWSAccessKey')]],
  AWSSecretKey: [['aws', sample('AWSSecretKey')]],
  GitHubToken: [['', sample('GitHubToken')]],
  PrivateKey: [['', sample('PrivateKey').replaceAll('\n', '\\n')]],
  JWT: [['', sample('JWT')]],
  Password: [
    ['password=', 'hunter2-x9'],
    ['pwd: ', 'hunter2-x9'],
    ['postgres://app:', 'hunter2-x9@db'],
  ],
  VehicleIdentificationNumber: [
    ['', '1HGAKXDS6AL243638'],
    ['vin', '1HGAKXDS6AL243638'],
  ],
  SWIFTCode: [
    ['', 'DEUTDEFFXXX'],
    ['bic', 'DEUTDEFF'],
  ],
  USBankRoutingNumber: [['routing', '025962398']],
  PassportUS: [
    ['passport', '123456789'],
    ['passport', 'A12345678'],
  ],
};

const behind = ['\\n', '\\r\\n', '\\t', '\\r', '\\b', '\\f', '\\"', '\\/', '\\\\n'];
const behindDigits = ['\\u000a', '\\u0020', '\\u00a0', '\\u2019', '\\u5bc6\\u7801', '\\ud83d\\ude00', '\\x20', '\\xa0'];
const before = ['', '\\n', '\\r\\nnext', '\\t1', '\\"', '\\/', '\\u0020', '\\u000a1', '\\\\n'];

const policyOf = (type: PIIType) => {
  const compiled = compileGuardrail('ns/g', { pii: { entities: [{ type, action: 'Mask' }] } });
  if (compiled.kind === 'Invalid') throw new Error(compiled.message);
  return watchRules([compiled.policy], 'Output');
};

/** What becomes of a text, whole and in pieces of some sizes: all are to be the same. */
function masked(type: PIIType, text: string): ReadonlySet<string> {
  const watch = policyOf(type);
  const { outcome } = judge(watch, text);
  const results = new Set([outcome.kind === 'Mask' ? edited(text, outcome.edits) : text]);
  for (const size of [1, 2, 3, 7]) {
    const growing = new GrowingText(watch);
    let out = '';
    for (let at = 0; at < text.length; at += size) out += growing.push(text.slice(at, at + size)).release;
    results.add(out + growing.end().release);
  }
  return results;
}

describe.each(piiTypes)('%s', (type) => {
  const mask = piiMasks[type];

  /** `found`: the value, which alone is replaced, between what is before and behind it. */
  const finds = (head: string, value: string, tail: string): void => {
    const kept = type === 'Password' && value.includes('@') ? value.slice(value.indexOf('@')) : '';
    expect({ head, tail, masked: [...masked(type, head + value + tail)] }).toEqual({
      head,
      tail,
      masked: [`${head}${mask}${kept}${tail}`],
    });
  };

  test.each(values[type])(
    'is found behind an escape and before one, and the escape stays whole: %s%s',
    (lead, value) => {
      for (const escape of ['', ...behind, ...behindDigits]) {
        for (const tail of before) {
          // What gives the value its meaning stands behind the escape.
          finds(escape + lead + (lead === '' || type === 'Password' ? '' : ' '), value, tail);
          finds(
            `{"a":"x${escape === '' ? ' ' : escape}${lead}${lead === '' || type === 'Password' ? '' : ' '}`,
            value,
            tail,
          );
          // Of what announces a telephone number no other digits stand between: those of one escape alone are none.
          const isApart = escape !== '' && (type !== 'Phone' || !/\d.*\\/.test(escape));
          if (type !== 'Password' && lead !== '' && isApart) finds(lead + escape, value, tail);
        }
      }
    },
  );

  test('is in a text behind an escape what it is behind the character that is meant', () => {
    const detector = piiDetector(type);
    const found = (head: string, text: string) =>
      detector
        .find(head + text, 0, true)
        .map(({ start, end }) => ({ start: start - head.length, end: end - head.length }));
    for (const { text } of readPIICorpus(type)) {
      for (const escape of [...behind.slice(0, 4), ...behindDigits]) {
        expect({ escape, text, found: found(escape, text) }).toEqual({ escape, text, found: found('\n', text) });
      }
    }
  });
});
